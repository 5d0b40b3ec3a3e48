//! Finds every network namespace of a host.
//!
//! A namespace exists while a process is in it, while its file is mounted or held open, or while a
//! socket or an interface belongs to it: namespaces of the last kind cannot be found here (a pass of a
//! BPF iterator reports the sockets). The search reads
//!
//! 1. each process's `ns/net`, and if that is not permitted the inode of its `net/dev`, which
//!    differs between namespaces and which everybody may stat;
//! 2. `mountinfo`, for mounted namespaces, such as those of `ip netns`;
//! 3. descriptors that hold a namespace, as far as a walk for owners has found them.
//!
//! A thread in another namespace than its process is not found.

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

/// The magic number of the file system of namespace files (include/uapi/linux/magic.h).
const NSFS_MAGIC: fs::FsWord = 0x6e73_6673;

/// The table that distinguishes namespaces whose files may not be accessed.
fn dev(net: &[u8]) -> RelativePath {
    file::path(format_args!("{}/dev", String::from_utf8_lossy(net)))
}

/// Finds namespaces; its buffers are reused.
#[derive(Debug, Default)]
pub(crate) struct Finder {
    pids: Vec<u32>,
    text: Vec<u8>,
    /// The device of all namespace files, which are in one file system.
    device: Option<u64>,
    /// The handle of each namespace found.
    known: HashMap<NetnsId, usize, RandomState>,
    /// The same by the inode of `net/dev`; filled only if needed.
    tables: HashMap<NetnsId, usize, RandomState>,
    /// Processes whose `ns/net` may not be accessed.
    unreadable_pids: Vec<u32>,
    /// Mount points, kept so that unchanged ones are not allocated again.
    points: Vec<Arc<Path>>,
    point: Vec<u8>,
}

impl Finder {
    /// Adds every namespace to `handles`, which contains that of the root. Returns the number of
    /// processes whose namespace is unknown.
    ///
    /// `holders` are descriptors that were seen holding namespaces; those that no longer do are
    /// removed.
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
            // Its file may not be accessed: this identifies the namespace instead.
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

    /// Whether the processes that were searched are not all that there are in this pid namespace.
    pub(crate) fn lacks_processes(&self, root: &ProcRoot) -> bool {
        root.is_live() && root.hides_processes(&self.pids)
    }

    /// Adds the namespaces of `holders`, descriptors that were seen holding them; those that no
    /// longer do are removed.
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

    /// The namespace whose file is at a path. If a process is in it, its tables can be read without
    /// entering it.
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

    /// Records the namespace of a process.
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

    /// If the file of the root's own namespace may not be accessed, completes its handle from a
    /// process in the same namespace.
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

    /// Records the namespaces of the threads of a process whose leader has exited.
    fn survivor(&mut self, root: &ProcRoot, pid: u32, handles: &mut Vec<NetnsHandle>) {
        // A process that has exited entirely, which is the usual case, has no namespace.
        let Ok(net) = root.process_net(pid, &mut self.text) else { return };
        let mut handle = NetnsHandle { through_process: true, ..NetnsHandle::of_tables(root, net) };
        handle.namespace.pid = Some(pid);
        if handle.id.is_some() {
            self.note(handle, handles);
        }
    }

    /// Adds a handle if its namespace is not known yet.
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

    /// Records the namespaces of processes whose `ns/net` may not be accessed. Returns the number
    /// that remain unknown.
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

    /// Adds mounted namespaces: those in the mount namespaces of the caller and of process 1.
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

    /// Adds the namespaces listed in one `mountinfo` file; mount points are below `prefix`.
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
        // If it may not be read, nothing is known to be mounted.
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
            // Something else may be mounted on top of it.
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
