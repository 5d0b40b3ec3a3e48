//! The search for every network namespace of a host.
//!
//! A namespace lives while a process is in it, its file is mounted or holders open, or a socket or
//! an interface of it is: those of the last kind cannot be found. Looked at are
//!
//! 1. each process's `ns/net`, and where that is not allowed the inode of its `net/dev`, which
//!    is another in each namespace and may be looked at by everybody;
//! 2. `mountinfo`, for namespaces that are mounted, as `ip netns` does;
//! 3. descriptors, as far as a walk for owners has come by some that hold a namespace.
//!
//! A thread that went elsewhere than its process is not looked at.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet_core::process::mountinfo;
use rustix::{fs, io::Errno};

use crate::{
    Error, ErrorKind, ProcRoot,
    file::{self, RelativePath},
    netns::{
        Namespace,
        handle::{self, NetnsHandle, NetnsId},
    },
    owners::NetnsHolder,
};

/// The kind of file system that files of namespaces are in (include/uapi/linux/magic.h).
const NSFS_MAGIC: fs::FsWord = 0x6e73_6673;

/// The table that distinguishes namespaces whose files may not be accessed.
fn dev(net: &[u8]) -> RelativePath {
    file::path(format_args!("{}/dev", String::from_utf8_lossy(net)))
}

/// Finds namespaces; what it needs again each time is kept.
#[derive(Debug, Default)]
pub(crate) struct Finder {
    pids: Vec<u32>,
    text: Vec<u8>,
    /// That of all files of namespaces, which are in one file system.
    device: Option<u64>,
    /// The handle of each namespace that was found.
    known: HashMap<NetnsId, usize, RandomState>,
    /// The same by the inode of `net/dev`; made where it is needed.
    tables: HashMap<NetnsId, usize, RandomState>,
    /// Processes whose `ns/net` may not be looked at.
    unreadable_pids: Vec<u32>,
    /// Mount points, kept so that those that stay cost no memory again.
    points: Vec<Arc<Path>>,
    point: Vec<u8>,
}

impl Finder {
    /// Adds every namespace to `handles`, which holds that of the root. Returns the number of
    /// processes whose namespace is unknown.
    ///
    /// `holders` are descriptors that were seen to hold namespaces; those that do not any more are
    /// taken out.
    pub(crate) fn find(
        &mut self,
        root: &ProcRoot,
        holders: &mut Vec<NetnsHolder>,
        handles: &mut Vec<NetnsHandle>,
    ) -> Result<u64, Error> {
        self.known.clear();
        self.tables.clear();
        self.unreadable_pids.clear();
        self.device = None;
        if !root.is_live() {
            return Ok(0);
        }
        let caller = handle::callers();
        for handle in handles.iter_mut().filter(|handle| handle.id.is_none()) {
            // Its file may not be looked at: by this it is known again.
            handle.dev =
                handle.net.as_deref().and_then(|net| handle::identify(root, &dev(net)).ok());
        }
        self.known.extend(handles.iter().enumerate().filter_map(|(at, it)| Some((it.id?, at))));
        let mut pids = std::mem::take(&mut self.pids);
        let listed = root.list_pids(&mut self.text, &mut pids);
        for pid in &pids {
            self.process(root, *pid, handles);
        }
        self.pids = pids;
        listed?;
        let unknown = self.by_tables(root, handles);
        self.device =
            handles.iter().find_map(|handle| handle.id).or(caller).map(|(device, _)| device);
        self.mounted(root, handles);
        self.add(root, holders, handles);
        for handle in handles.iter_mut() {
            handle.is_callers |= caller.is_some() && handle.id == caller;
        }
        Ok(unknown)
    }

    /// Adds the namespaces that are holders by descriptors, which were seen to do so; those that
    /// do not any more are taken out.
    pub(crate) fn add(
        &mut self,
        root: &ProcRoot,
        holders: &mut Vec<NetnsHolder>,
        handles: &mut Vec<NetnsHandle>,
    ) {
        let Some(device) = self.device else { return };
        holders.retain(|holder| {
            let id = (device, holder.namespace);
            let holds = handle::identify(root, &holder.path) == Ok(id);
            if holds {
                let ns_path = Some(holder.path.clone());
                self.note(NetnsHandle { ns_path, id: Some(id), ..NetnsHandle::default() }, handles);
            }
            holds
        });
    }

    /// The namespace whose file is at a path; if a process is in it, its tables are to be had
    /// without entering it.
    pub(crate) fn at(&mut self, root: &ProcRoot, path: &Path) -> Result<NetnsHandle, Error> {
        let absolute = std::path::absolute(path);
        let absolute = absolute.as_deref().unwrap_or(path);
        let ns_path = handle::bytes(absolute);
        let kind = fs::statfs(absolute).map(|stat| stat.f_type);
        let is_namespace = kind.map_err(|errno| Error::io(path, errno))? == NSFS_MAGIC;
        if !is_namespace {
            return Err(Error::new(ErrorKind::NotNamespace, path));
        }
        let id = handle::identify(root, &ns_path).map_err(|errno| Error::io(path, errno))?;
        let mut handles = Vec::new();
        handles.extend(NetnsHandle::of_host(root).ok());
        self.find(root, &mut Vec::new(), &mut handles)?;
        let known = handles.into_iter().find(|handle| handle.id == Some(id));
        let mut handle = known.unwrap_or_default();
        handle.namespace.inode = Some(id.1);
        handle.namespace.path = Some(Arc::from(path));
        Ok(NetnsHandle { id: Some(id), ns_path: Some(ns_path), ..handle })
    }

    /// Notes where a process is.
    fn process(&mut self, root: &ProcRoot, pid: u32, handles: &mut Vec<NetnsHandle>) {
        let ns_path = file::path(format_args!("{pid}/ns/net"));
        let id = match handle::identify(root, &ns_path) {
            Ok(id) => id,
            Err(Errno::NOENT | Errno::SRCH) => return self.survivor(root, pid, handles),
            Err(_) => return self.unreadable_pids.push(pid),
        };
        if let Some(at) = self.known.get(&id) {
            handles[*at].namespace.pid.get_or_insert(pid);
            return;
        }
        let net = Some(file::path(format_args!("{pid}/net")));
        let namespace = Namespace { inode: Some(id.1), pid: Some(pid), path: None };
        let (id, ns_path) = (Some(id), Some(ns_path));
        let handle = NetnsHandle {
            namespace,
            id,
            net,
            ns_path,
            through_process: true,
            ..NetnsHandle::default()
        };
        self.adopt(root, &handle, handles);
        self.note(handle, handles);
    }

    /// Gives the root's own handle, if its file may not be looked at, what a process in the same
    /// namespace shows of it.
    fn adopt(&mut self, root: &ProcRoot, found: &NetnsHandle, handles: &mut [NetnsHandle]) {
        let Some((at, handle)) = handles.iter_mut().enumerate().find(|(_, it)| it.id.is_none())
        else {
            return;
        };
        let shown = found.net.as_deref().and_then(|net| handle::identify(root, &dev(net)).ok());
        if let (Some(id), true) = (found.id, shown.is_some() && shown == handle.dev) {
            (handle.id, handle.ns_path) = (Some(id), found.ns_path.clone());
            handle.namespace.inode = Some(id.1);
            self.known.insert(id, at);
        }
    }

    /// Notes where the threads are of a process whose leader has ended.
    fn survivor(&mut self, root: &ProcRoot, pid: u32, handles: &mut Vec<NetnsHandle>) {
        // One that has ended whole, as most have, is nowhere.
        let Ok(net) = root.process_net(pid, &mut self.text) else { return };
        let mut handle = NetnsHandle { through_process: true, ..NetnsHandle::of_tables(root, net) };
        handle.namespace.pid = Some(pid);
        if handle.id.is_some() {
            self.note(handle, handles);
        }
    }

    /// Notes a handle, if its namespace is not known.
    fn note(&mut self, mut handle: NetnsHandle, handles: &mut Vec<NetnsHandle>) {
        let Some(id) = handle.id else { return };
        handle.namespace.inode = Some(id.1);
        match self.known.get(&id).map(|at| &mut handles[*at].namespace) {
            Some(known) => {
                known.path = known.path.take().or(handle.namespace.path);
                known.pid = known.pid.or(handle.namespace.pid);
            }
            None => {
                self.known.insert(id, handles.len());
                handles.push(handle);
            }
        }
    }

    /// Notes where processes are whose `ns/net` may not be looked at; how many remain unknown.
    fn by_tables(&mut self, root: &ProcRoot, handles: &mut Vec<NetnsHandle>) -> u64 {
        let mut unknown = 0;
        if !self.unreadable_pids.is_empty() {
            let nets =
                handles.iter().enumerate().filter_map(|(at, it)| Some((it.net.as_ref()?, at)));
            let ids =
                nets.filter_map(|(net, at)| Some((handle::identify(root, &dev(net)).ok()?, at)));
            self.tables.extend(ids);
        }
        for pid in self.unreadable_pids.drain(..) {
            let net = file::path(format_args!("{pid}/net"));
            match handle::identify(root, &dev(&net)) {
                Ok(id) if self.tables.contains_key(&id) => {}
                Ok(id) => {
                    self.tables.insert(id, handles.len());
                    let namespace = Namespace { pid: Some(pid), ..Namespace::default() };
                    let (net, dev) = (Some(net), Some(id));
                    handles.push(NetnsHandle {
                        namespace,
                        net,
                        dev,
                        through_process: true,
                        ..NetnsHandle::default()
                    });
                }
                Err(Errno::NOENT | Errno::SRCH) => {}
                Err(_) => unknown += 1,
            }
        }
        unknown
    }

    /// Notes what is mounted: where the caller sees it, and where the first process does.
    fn mounted(&mut self, root: &ProcRoot, handles: &mut Vec<NetnsHandle>) {
        let Some(device) = self.device else { return };
        let same = |one: &[u8], other: &[u8]| {
            handle::identify(root, one).is_ok_and(|id| handle::identify(root, other) == Ok(id))
        };
        let known = std::mem::take(&mut self.points);
        if root.is_own() {
            self.mounts(root, b"self/mountinfo", b"", device, &known, handles);
        }
        if !root.is_own() || !same(b"self/ns/mnt", b"1/ns/mnt") {
            self.mounts(root, b"1/mountinfo", b"1/root", device, &known, handles);
        }
    }

    /// Notes the namespace of one file; mount points are below `prefix`.
    fn mounts(
        &mut self,
        root: &ProcRoot,
        file: &[u8],
        prefix: &[u8],
        device: u64,
        known: &[Arc<Path>],
        handles: &mut Vec<NetnsHandle>,
    ) {
        let mut text = std::mem::take(&mut self.text);
        // Where it may not be read, nothing is known to be mounted.
        let read = file::read_small(root.dir(), file, &mut text).unwrap_or_default();
        for mount in mountinfo::mounts(read) {
            self.point.clear();
            self.point.extend(mount.path());
            let point = Path::new(OsStr::from_bytes(&self.point));
            let path = known.iter().chain(&self.points).find(|known| known.as_ref() == point);
            let path = path.cloned().unwrap_or_else(|| Arc::from(point));
            let mut ns_path = RelativePath::from_slice(prefix);
            ns_path.extend_from_slice(&self.point);
            let id = (device, mount.namespace);
            // Something else may be mounted above it.
            if handle::identify(root, &ns_path) == Ok(id) {
                self.points.push(Arc::clone(&path));
                let namespace = Namespace { path: Some(path), ..Namespace::default() };
                let (id, ns_path) = (Some(id), Some(ns_path));
                self.note(
                    NetnsHandle { namespace, id, ns_path, ..NetnsHandle::default() },
                    handles,
                );
            }
        }
        self.text = text;
    }
}
