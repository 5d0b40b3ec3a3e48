//! In place of the loader, where the library is built without BPF.

use crate::coverage::NoBpf;

#[derive(Clone, Debug, Default)]
pub(crate) struct SharedLoader(());

impl SharedLoader {
    pub(crate) fn permitted(&self) -> Result<(), NoBpf> {
        Err(NoBpf::NotBuilt)
    }
}

/// Maps are opened by bpf(2).
pub(crate) fn socket_storage(_id: u32) -> Result<std::os::fd::OwnedFd, rustix::io::Errno> {
    Err(rustix::io::Errno::NOSYS)
}
