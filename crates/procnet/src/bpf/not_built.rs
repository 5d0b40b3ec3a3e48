//! In place of the loader, where the library is built without BPF.

#[derive(Clone, Debug, Default)]
pub(crate) struct SharedLoader(());
