//! In place of the loader, where the library is built without BPF.

use crate::coverage::NoBpf;

#[derive(Clone, Debug, Default)]
pub(crate) struct SharedLoader(());

impl SharedLoader {
    pub(crate) fn permitted(&self) -> Result<(), NoBpf> {
        Err(NoBpf::NotBuilt)
    }
}
