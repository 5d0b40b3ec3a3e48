//! Names in a filter that stand for numbers on this host: resolved once per query.

use std::ops::RangeInclusive;

use procnet_core::Inode;
use rustix::{
    fs::{AtFlags, CWD, statat, statfs},
    io::Errno,
    net::{AddressFamily, SocketFlags, SocketType, netdevice::name_to_index, socket_with},
};

use super::{Condition, ControlGroup, Filter, Interface};
use crate::{Netns, ProcRoot, Query, control_group, file};

/// A number; `None` if nothing has the name, so that no socket can match.
type Found<T> = Option<T>;

/// A name, and its number if that is known.
type Named<'f, T> = (&'f str, Option<Found<T>>);

/// Names of one type. A few are stored without allocation; `SmallVec` would tie the lifetime of the
/// names to that of the filter.
#[derive(Debug, Default)]
struct Names<'f, T> {
    few: [Option<Named<'f, T>>; 2],
    more: Vec<Named<'f, T>>,
}

impl<'f, T: Copy> Names<'f, T> {
    fn push(&mut self, name: &'f str, number: Option<Found<T>>) {
        match self.few.iter_mut().find(|free| free.is_none()) {
            Some(free) => *free = Some((name, number)),
            None => self.more.push((name, number)),
        }
    }

    fn of(&self, name: &str) -> Option<Found<T>> {
        let mut all = self.few.iter().flatten().chain(&self.more);
        all.find(|(other, _)| *other == name)?.1
    }
}

/// The numbers of the names in a filter. If a name could not be resolved, the value of its
/// condition is unknown.
#[derive(Debug, Default)]
pub(crate) struct ResolvedNames<'f> {
    interfaces: Names<'f, u32>,
    control_groups: Names<'f, u64>,
    /// The range from which the kernel chooses ports.
    ephemeral: Option<(u16, u16)>,
}

impl<'f> ResolvedNames<'f> {
    /// Resolves the names in a query's filter on the calling thread's host.
    pub(crate) fn of(
        query: &Query,
        filter: Option<&'f Filter>,
        root: &ProcRoot,
        text: &mut Vec<u8>,
    ) -> ResolvedNames<'f> {
        let mut names = ResolvedNames::default();
        let Some(filter) = filter else { return names };
        // The same names may have other meanings in another namespace.
        let is_here = root.is_own()
            && query.pid.is_none()
            && query.netns.as_ref().is_none_or(|netns| *netns == Netns::Own);
        filter.conditions(&mut |condition| match condition {
            Condition::Interface(Interface::Name(name)) if is_here => {
                names.interfaces.push(name, index(name));
            }
            Condition::ControlGroup(ControlGroup::Path(path)) => {
                names.control_groups.push(path, group(path));
            }
            Condition::Autobound if is_here => names.ephemeral = ephemeral_ports(root, text),
            _ => {}
        });
        names
    }

    /// Names in a namespace in which the kernel chooses ports from this range.
    #[cfg(test)]
    pub(super) fn with_ephemeral(ports: (u16, u16)) -> ResolvedNames<'f> {
        ResolvedNames { ephemeral: Some(ports), ..ResolvedNames::default() }
    }

    pub(super) fn interface(&self, interface: &Interface) -> Option<Found<u32>> {
        match interface {
            Interface::Index(index) => Some(Some(*index)),
            Interface::Name(name) => self.interfaces.of(name),
        }
    }

    pub(super) fn control_group(&self, group: &ControlGroup) -> Option<Found<u64>> {
        match group {
            ControlGroup::Id(id) => Some(Some(*id)),
            ControlGroup::Path(path) => self.control_groups.of(path),
        }
    }

    pub(super) fn ephemeral_ports(&self) -> Option<RangeInclusive<u16>> {
        self.ephemeral.map(|(first, last)| first..=last)
    }
}

/// The index of an interface in the calling thread's network namespace.
fn index(name: &str) -> Option<Found<u32>> {
    let socket = |family| socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, None);
    let socket = socket(AddressFamily::INET).or_else(|_| socket(AddressFamily::UNIX)).ok()?;
    match name_to_index(&socket, name) {
        Ok(index) => Some(Some(index)),
        Err(Errno::NODEV | Errno::NAMETOOLONG | Errno::INVAL) => Some(by_number(name)),
        Err(_) => None,
    }
}

/// `if7` is the interface with index 7, unless one has that name (lib/ll_map.c `ll_idx_a2n`): `ss`
/// prints interfaces without a name in this form.
fn by_number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("if").filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
    digits?.parse().ok()
}

/// The id of a control group: the inode of its directory, since Linux 5.5.
fn group(path: &str) -> Option<Found<u64>> {
    if path.starts_with("/sys/") {
        return directory(path.as_bytes());
    }
    let mount = control_group::mount()?;
    directory(&file::path(format_args!("{mount}/{}", path.trim_start_matches('/'))))
}

fn directory(path: &[u8]) -> Option<Found<u64>> {
    match statat(CWD, path, AtFlags::empty()) {
        Ok(stat) if is_control_group(path) => Some(Inode::new(stat.st_ino).map(Inode::get)),
        Ok(_) | Err(Errno::NOENT | Errno::NOTDIR | Errno::INVAL) => Some(None),
        Err(_) => None,
    }
}

fn is_control_group(path: &[u8]) -> bool {
    statfs(path)
        .is_ok_and(|it| u64::try_from(it.f_type).is_ok_and(|magic| magic == control_group::MAGIC))
}

/// `ip_local_port_range` of the calling thread's network namespace; IPv4 and IPv6 share it.
fn ephemeral_ports(root: &ProcRoot, text: &mut Vec<u8>) -> Option<(u16, u16)> {
    let read = file::read_small(root.dir(), b"sys/net/ipv4/ip_local_port_range", text).ok()?;
    let mut numbers = std::str::from_utf8(read).ok()?.split_ascii_whitespace();
    let mut next = || numbers.next()?.parse().ok();
    Some((next()?, next()?))
}
