//! The loader of BPF programs: reading the kernel's type information takes longer than all else, so the
//! programs of a scanner share it.

use std::sync::{Arc, OnceLock};

use procnet_bpf::{Loader, Refusal};

use crate::coverage::{BpfRefusal, NoBpf};

/// What programs need to know of the running kernel, read when it is first needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedLoader(Arc<OnceLock<Result<Loader, NoBpf>>>);

impl SharedLoader {
    /// Whether programs may be loaded, as far as that is known without loading one.
    ///
    /// # Errors
    ///
    /// Why none may be.
    pub(crate) fn permitted(&self) -> Result<(), NoBpf> {
        match self.0.get() {
            Some(loader) => loader.as_ref().map(drop).map_err(Clone::clone),
            None => Loader::permitted().map_err(|refusal| refused(&refusal)),
        }
    }

    /// Loads a program.
    ///
    /// # Errors
    ///
    /// Why none may be loaded, or not this one.
    pub(crate) fn load<P>(
        &self,
        program: impl FnOnce(&Loader) -> Result<P, Refusal>,
    ) -> Result<P, NoBpf> {
        let loader = self.0.get_or_init(|| Loader::new().map_err(|refusal| refused(&refusal)));
        program(loader.as_ref().map_err(Clone::clone)?).map_err(|refusal| refused(&refusal))
    }
}

/// Opens the map with this ID, which keeps values with sockets.
pub(crate) fn socket_storage(id: u32) -> Result<std::os::fd::OwnedFd, rustix::io::Errno> {
    procnet_bpf::socket_storage(id)
        .map_err(|error| rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO))
}

fn refused(refusal: &Refusal) -> NoBpf {
    NoBpf::Refused(BpfRefusal::new(refusal))
}
