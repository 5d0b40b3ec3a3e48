//! Descriptors that hold network namespaces, found during a walk.

use crate::file::{self, RelativePath};

/// A descriptor that holds a network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NetnsHolder {
    /// The namespace's inode.
    pub(crate) namespace: u64,
    /// The path of the descriptor below the root.
    pub(crate) path: RelativePath,
}

impl NetnsHolder {
    /// Records a descriptor, unless another one that holds the same namespace is known.
    pub(super) fn note(known: &mut Vec<NetnsHolder>, namespace: u64, directory: &[u8], fd: u32) {
        // A host has some hundreds of them.
        const MAX: usize = 4096;
        if known.len() < MAX && !known.iter().any(|other| other.namespace == namespace) {
            let directory = String::from_utf8_lossy(directory);
            let path = file::path(format_args!("{directory}/{fd}"));
            known.push(NetnsHolder { namespace, path });
        }
    }
}
