//! The serde form of a network namespace.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path, sync::Arc};

use procnet_core::escape::Escaped;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Shown, unescape};
use crate::netns::Namespace;

#[derive(Serialize, Deserialize)]
#[serde(rename = "Namespace")]
pub(super) struct NamespaceForm<P> {
    inode: Option<u64>,
    pid: Option<u32>,
    path: Option<P>,
}

/// As one object: `inode`, `pid`, a process in it, and `path`, where it is mounted, escaped; each
/// may be null.
impl Serialize for Namespace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let path = self.path.as_deref().map(|path| Shown(Escaped(path.as_os_str().as_bytes())));
        NamespaceForm { inode: self.inode, pid: self.pid, path }.serialize(serializer)
    }
}

impl TryFrom<NamespaceForm<String>> for Namespace {
    type Error = serde::de::value::Error;

    fn try_from(form: NamespaceForm<String>) -> Result<Namespace, Self::Error> {
        let NamespaceForm { inode, pid, path } = form;
        let path = path.as_deref().map(unescape::<Self::Error>).transpose()?;
        let path = path.map(|path| Arc::from(Path::new(OsStr::from_bytes(&path))));
        Ok(Namespace { inode, pid, path })
    }
}

impl<'de> Deserialize<'de> for Namespace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Namespace, D::Error> {
        NamespaceForm::<String>::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}
