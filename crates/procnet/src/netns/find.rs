//! The search for every network namespace of a host.
//!
//! A namespace lives while a process is in it, its file is mounted or held open, or a socket or
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
    Error, ErrorKind, Namespace, ProcRoot,
    file::{self, RelativePath},
    owners::Held,
    place::{self, Id, Place},
};

/// The kind of file system that files of namespaces are in (include/uapi/linux/magic.h).
const NSFS_MAGIC: fs::FsWord = 0x6e73_6673;

/// The table by which namespaces are told apart where their files may not be looked at.
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
    /// The place of each namespace that was found.
    known: HashMap<Id, usize, RandomState>,
    /// The same by the inode of `net/dev`; made where it is needed.
    tables: HashMap<Id, usize, RandomState>,
    /// Processes whose `ns/net` may not be looked at.
    shy: Vec<u32>,
    /// Mount points, kept so that those that stay cost no memory again.
    points: Vec<Arc<Path>>,
    point: Vec<u8>,
}

impl Finder {
    /// Adds every namespace to `places`, which holds that of the root. How many processes there
    /// are of which it cannot be told where they are.
    ///
    /// `held` are descriptors that were seen to hold namespaces; those that do not any more are
    /// taken out.
    pub(crate) fn find(
        &mut self,
        root: &ProcRoot,
        held: &mut Vec<Held>,
        places: &mut Vec<Place>,
    ) -> Result<u64, Error> {
        self.known.clear();
        self.tables.clear();
        self.shy.clear();
        self.device = None;
        if !root.is_live() {
            return Ok(0);
        }
        let caller = place::callers();
        for place in places.iter_mut().filter(|place| place.id.is_none()) {
            // Its file may not be looked at: by this it is known again.
            place.dev = place.net.as_deref().and_then(|net| place::identify(root, &dev(net)).ok());
        }
        self.known.extend(places.iter().enumerate().filter_map(|(at, it)| Some((it.id?, at))));
        let mut pids = std::mem::take(&mut self.pids);
        let listed = root.list_pids(&mut self.text, &mut pids);
        for pid in &pids {
            self.process(root, *pid, places);
        }
        self.pids = pids;
        listed?;
        let untold = self.by_tables(root, places);
        self.device = places.iter().find_map(|place| place.id).or(caller).map(|(device, _)| device);
        self.mounted(root, places);
        self.add(root, held, places);
        for place in places.iter_mut() {
            place.is_own |= caller.is_some() && place.id == caller;
        }
        Ok(untold)
    }

    /// Adds the namespaces that are held by descriptors, which were seen to do so; those that
    /// do not any more are taken out.
    pub(crate) fn add(&mut self, root: &ProcRoot, held: &mut Vec<Held>, places: &mut Vec<Place>) {
        let Some(device) = self.device else { return };
        held.retain(|held| {
            let id = (device, held.namespace);
            let holds = place::identify(root, &held.door) == Ok(id);
            if holds {
                let door = Some(held.door.clone());
                self.note(Place { door, id: Some(id), ..Place::default() }, places);
            }
            holds
        });
    }

    /// The namespace whose file is at a path; if a process is in it, its tables are to be had
    /// without entering it.
    pub(crate) fn at(&mut self, root: &ProcRoot, path: &Path) -> Result<Place, Error> {
        let absolute = std::path::absolute(path);
        let absolute = absolute.as_deref().unwrap_or(path);
        let door = place::bytes(absolute);
        let kind = fs::statfs(absolute).map(|stat| stat.f_type);
        let is_namespace = kind.map_err(|errno| Error::io(path, errno))? == NSFS_MAGIC;
        if !is_namespace {
            return Err(Error::new(ErrorKind::NotNamespace, path));
        }
        let id = place::identify(root, &door).map_err(|errno| Error::io(path, errno))?;
        let mut places = Vec::new();
        places.extend(Place::of_host(root).ok());
        self.find(root, &mut Vec::new(), &mut places)?;
        let known = places.into_iter().find(|place| place.id == Some(id));
        let mut place = known.unwrap_or_default();
        place.namespace.inode = Some(id.1);
        place.namespace.path = Some(Arc::from(path));
        Ok(Place { id: Some(id), door: Some(door), ..place })
    }

    /// Notes where a process is.
    fn process(&mut self, root: &ProcRoot, pid: u32, places: &mut Vec<Place>) {
        let door = file::path(format_args!("{pid}/ns/net"));
        let id = match place::identify(root, &door) {
            Ok(id) => id,
            Err(Errno::NOENT | Errno::SRCH) => return self.survivor(root, pid, places),
            Err(_) => return self.shy.push(pid),
        };
        if let Some(at) = self.known.get(&id) {
            places[*at].namespace.pid.get_or_insert(pid);
            return;
        }
        let net = Some(file::path(format_args!("{pid}/net")));
        let namespace = Namespace { inode: Some(id.1), pid: Some(pid), path: None };
        let (id, door) = (Some(id), Some(door));
        let place = Place { namespace, id, net, door, in_passing: true, ..Place::default() };
        self.adopt(root, &place, places);
        self.note(place, places);
    }

    /// Gives the root's own place, if its file may not be looked at, what a process in the same
    /// namespace shows of it.
    fn adopt(&mut self, root: &ProcRoot, found: &Place, places: &mut [Place]) {
        let Some((at, place)) = places.iter_mut().enumerate().find(|(_, it)| it.id.is_none())
        else {
            return;
        };
        let shown = found.net.as_deref().and_then(|net| place::identify(root, &dev(net)).ok());
        if let (Some(id), true) = (found.id, shown.is_some() && shown == place.dev) {
            (place.id, place.door) = (Some(id), found.door.clone());
            place.namespace.inode = Some(id.1);
            self.known.insert(id, at);
        }
    }

    /// Notes where the threads are of a process whose leader has ended.
    fn survivor(&mut self, root: &ProcRoot, pid: u32, places: &mut Vec<Place>) {
        // One that has ended whole, as most have, is nowhere.
        let Ok(net) = root.process_net(pid, &mut self.text) else { return };
        let mut place = Place { in_passing: true, ..Place::of_tables(root, net) };
        place.namespace.pid = Some(pid);
        if place.id.is_some() {
            self.note(place, places);
        }
    }

    /// Notes a place, if its namespace is not known.
    fn note(&mut self, mut place: Place, places: &mut Vec<Place>) {
        let Some(id) = place.id else { return };
        place.namespace.inode = Some(id.1);
        match self.known.get(&id).map(|at| &mut places[*at].namespace) {
            Some(known) => {
                known.path = known.path.take().or(place.namespace.path);
                known.pid = known.pid.or(place.namespace.pid);
            }
            None => {
                self.known.insert(id, places.len());
                places.push(place);
            }
        }
    }

    /// Notes where processes are whose `ns/net` may not be looked at; how many remain untold.
    fn by_tables(&mut self, root: &ProcRoot, places: &mut Vec<Place>) -> u64 {
        let mut untold = 0;
        if !self.shy.is_empty() {
            let nets =
                places.iter().enumerate().filter_map(|(at, it)| Some((it.net.as_ref()?, at)));
            let ids =
                nets.filter_map(|(net, at)| Some((place::identify(root, &dev(net)).ok()?, at)));
            self.tables.extend(ids);
        }
        for pid in self.shy.drain(..) {
            let net = file::path(format_args!("{pid}/net"));
            match place::identify(root, &dev(&net)) {
                Ok(id) if self.tables.contains_key(&id) => {}
                Ok(id) => {
                    self.tables.insert(id, places.len());
                    let namespace = Namespace { pid: Some(pid), ..Namespace::default() };
                    let (net, dev) = (Some(net), Some(id));
                    places.push(Place {
                        namespace,
                        net,
                        dev,
                        in_passing: true,
                        ..Place::default()
                    });
                }
                Err(Errno::NOENT | Errno::SRCH) => {}
                Err(_) => untold += 1,
            }
        }
        untold
    }

    /// Notes what is mounted: where the caller sees it, and where the first process does.
    fn mounted(&mut self, root: &ProcRoot, places: &mut Vec<Place>) {
        let Some(device) = self.device else { return };
        let same = |one: &[u8], other: &[u8]| {
            place::identify(root, one).is_ok_and(|id| place::identify(root, other) == Ok(id))
        };
        let known = std::mem::take(&mut self.points);
        if root.is_own() {
            self.mounts(root, b"self/mountinfo", b"", device, &known, places);
        }
        if !root.is_own() || !same(b"self/ns/mnt", b"1/ns/mnt") {
            self.mounts(root, b"1/mountinfo", b"1/root", device, &known, places);
        }
    }

    /// Notes what one file tells of; mount points are below `prefix`.
    fn mounts(
        &mut self,
        root: &ProcRoot,
        file: &[u8],
        prefix: &[u8],
        device: u64,
        known: &[Arc<Path>],
        places: &mut Vec<Place>,
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
            let mut door = RelativePath::from_slice(prefix);
            door.extend_from_slice(&self.point);
            let id = (device, mount.namespace);
            // Something else may be mounted above it.
            if place::identify(root, &door) == Ok(id) {
                self.points.push(Arc::clone(&path));
                let namespace = Namespace { path: Some(path), ..Namespace::default() };
                let (id, door) = (Some(id), Some(door));
                self.note(Place { namespace, id, door, ..Place::default() }, places);
            }
        }
        self.text = text;
    }
}
