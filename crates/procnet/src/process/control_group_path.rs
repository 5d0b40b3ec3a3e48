//! The path of a process's control group, as far as it is known.

use std::{borrow::Cow, os::fd::AsFd};

use rustix::io::Result;

use super::{cgroup, container, pod};
use crate::file;

/// The path of a process's control group, unless it is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ControlGroupPath(Option<KnownPath>);

/// A path of a control group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownPath {
    path: Box<[u8]>,
    is_whole: bool,
}

impl ControlGroupPath {
    /// Reads it from a `cgroup` file. `is_whole` is whether the reader is shown paths from the root of the
    /// hierarchy.
    pub(crate) fn read(
        dir: impl AsFd,
        file: &[u8],
        is_whole: bool,
        text: &mut Vec<u8>,
    ) -> Result<ControlGroupPath> {
        let path = cgroup::path(file::read_small(dir, file, text)?);
        Ok(ControlGroupPath(path.map(|path| {
            // What is outside the reader's cgroup namespace begins this way (fs/kernfs/dir.c
            // `kernfs_path_from_node_locked`).
            let is_whole = is_whole && !path.starts_with(b"/..");
            KnownPath { path: path.into(), is_whole }
        })))
    }

    pub(crate) fn known(&self) -> Option<&KnownPath> {
        self.0.as_ref()
    }

    #[cfg(test)]
    pub(crate) fn whole(path: &[u8]) -> ControlGroupPath {
        ControlGroupPath(Some(KnownPath { path: path.into(), is_whole: true }))
    }

    #[cfg(test)]
    pub(crate) fn part(path: &[u8]) -> ControlGroupPath {
        ControlGroupPath(Some(KnownPath { path: path.into(), is_whole: false }))
    }
}

impl KnownPath {
    /// Whether it begins at the root of the hierarchy, so that what it does not name, there is not.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(crate) fn unit(&self) -> Option<&[u8]> {
        cgroup::unit(&self.path)
    }

    pub(crate) fn container(&self) -> Option<Cow<'_, [u8]>> {
        container::container(&self.path)
    }

    pub(crate) fn pod(&self) -> Option<Cow<'_, [u8]>> {
        pod::pod(&self.path)
    }
}
