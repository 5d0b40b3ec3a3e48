//! Filters of a single condition.

use std::{net::IpAddr, num::NonZeroU32, ops::RangeInclusive};

use procnet_core::{Inode, State};

use super::{
    Condition, ControlGroup, End, Filter, Interface, Order, Within, pattern::Pattern,
    prefix::Prefix, states::States,
};

impl Filter {
    /// Matches every socket: the result of parsing an empty string.
    #[must_use]
    pub fn everything() -> Filter {
        Filter::is(Condition::States(States::ALL))
    }

    /// Sockets bound to this port; unix sockets are bound to none.
    #[must_use]
    pub fn local_port(port: u16) -> Filter {
        Filter::is(Condition::Port(End::Local, Order::Equal, port))
    }

    /// Sockets bound to one of these ports.
    #[must_use]
    pub fn local_ports(ports: RangeInclusive<u16>) -> Filter {
        Filter::ports(End::Local, &ports)
    }

    /// Sockets whose other end has this port.
    #[must_use]
    pub fn remote_port(port: u16) -> Filter {
        Filter::is(Condition::Port(End::Remote, Order::Equal, port))
    }

    /// Sockets whose other end has one of these ports.
    #[must_use]
    pub fn remote_ports(ports: RangeInclusive<u16>) -> Filter {
        Filter::ports(End::Remote, &ports)
    }

    /// Sockets bound to this address. An IPv4 address also matches the same address mapped into
    /// IPv6 (`::ffff:a.b.c.d`).
    #[must_use]
    pub fn local(address: IpAddr) -> Filter {
        Filter::local_prefix(address, u8::MAX)
    }

    /// Sockets bound to an address that begins with the first `bits` bits of this one; a number
    /// beyond its length means all of them.
    #[must_use]
    pub fn local_prefix(address: IpAddr, bits: u8) -> Filter {
        Filter::is(Condition::Address(End::Local, Prefix::new(address, bits)))
    }

    /// Sockets whose other end has this address, as for [`local`](Filter::local).
    #[must_use]
    pub fn remote(address: IpAddr) -> Filter {
        Filter::remote_prefix(address, u8::MAX)
    }

    /// Sockets whose other end has an address that begins with the first `bits` bits of this one.
    #[must_use]
    pub fn remote_prefix(address: IpAddr, bits: u8) -> Filter {
        Filter::is(Condition::Address(End::Remote, Prefix::new(address, bits)))
    }

    /// Unix sockets whose name matches a pattern, as fnmatch(3) compares it without regard to the
    /// case of ASCII letters: `*` stands for any bytes, `?` for one byte, `[a-z]` for one of those
    /// listed, and `\` makes the next character literal. Besides, `\xNN` stands for a byte that is
    /// printed in this form. `@` stands for each NUL of an abstract name; a socket without a name has
    /// an empty one, which `*` matches.
    #[must_use]
    pub fn name(pattern: &str) -> Filter {
        Filter::is(Condition::Name(Pattern::new(pattern)))
    }

    /// Sockets in one of these states.
    #[must_use]
    pub fn states(states: impl IntoIterator<Item = State>) -> Filter {
        Filter::is(Condition::States(states.into_iter().collect()))
    }

    /// Sockets that wait for others, as `ss -l` lists them: TCP and unix sockets that listen, and
    /// sockets of all kinds but TCP that are not connected.
    #[must_use]
    pub fn listening() -> Filter {
        Filter::is(Condition::Listening)
    }

    /// Sockets of this user.
    #[must_use]
    pub fn uid(uid: u32) -> Filter {
        Filter::is(Condition::Uid(Order::Equal, uid))
    }

    /// The socket with this inode.
    #[must_use]
    pub fn inode(inode: Inode) -> Filter {
        Filter::is(Condition::Inode(inode.get()))
    }

    /// Sockets that this process holds, possibly together with others.
    ///
    /// Unlike with [`Query::pid`](crate::Query::pid), every process is walked, and the sockets are
    /// those of the host's network namespace.
    #[must_use]
    pub fn pid(pid: u32) -> Filter {
        Filter::is(Condition::Pid(pid))
    }

    /// Sockets held by a process whose name matches a pattern, as for [`name`](Filter::name), but the
    /// case of letters matters.
    ///
    /// The kernel cuts names at 15 bytes. Of a process with a name that long, the whole name may
    /// match as well: the last component of the path of its executable, or of one of the first three
    /// words of its command line (a script follows its interpreter), if it begins with the 15 bytes.
    #[must_use]
    pub fn comm(pattern: &str) -> Filter {
        Filter::is(Condition::Comm(Pattern::new(pattern)))
    }

    /// Sockets held by a process in a systemd unit whose name matches a pattern, as for
    /// [`comm`](Filter::comm): the innermost service or scope in the path of the process's control group,
    /// with `.service` at its end or without.
    ///
    /// A process in none matches no pattern. If the path cannot be read, that is unknown.
    #[must_use]
    pub fn unit(pattern: &str) -> Filter {
        Filter::is(Condition::RunsIn(Within::Unit, Pattern::new(pattern)))
    }

    /// Sockets held by a process in a container whose id or name matches a pattern, as for
    /// [`unit`](Filter::unit). An id of 64 digits also matches by its first 12, which runtimes print.
    ///
    /// The path of a control group is a claim, not a proof: see
    /// [`ProcessDetails::container`](crate::process::ProcessDetails::container).
    #[must_use]
    pub fn container(pattern: &str) -> Filter {
        Filter::is(Condition::RunsIn(Within::Container, Pattern::new(pattern)))
    }

    /// Sockets held by a process in a pod whose uid matches a pattern, or whose id for those of Podman,
    /// as for [`container`](Filter::container).
    #[must_use]
    pub fn pod(pattern: &str) -> Filter {
        Filter::is(Condition::RunsIn(Within::Pod, Pattern::new(pattern)))
    }

    /// Sockets with this mark, compared in the bits of `mask`. Only sock_diag reports it, and only
    /// with `CAP_NET_ADMIN`.
    #[must_use]
    pub fn mark(mark: u32, mask: u32) -> Filter {
        Filter::is(Condition::Mark { mark: mark & mask, mask })
    }

    /// Sockets bound to the interface with this index, or with `None` to no interface. Only
    /// sock_diag reports it.
    #[must_use]
    pub fn interface(index: Option<NonZeroU32>) -> Filter {
        let index = index.map_or(0, NonZeroU32::get);
        Filter::is(Condition::Interface(Interface::Index(index)))
    }

    /// Sockets bound to the interface that has this name at the time of the visit.
    #[must_use]
    pub fn interface_named(name: &str) -> Filter {
        Filter::is(Condition::Interface(Interface::of(name)))
    }

    /// Sockets of a version 2 control group, by its id, which is the inode of its directory. Only
    /// sock_diag reports it, since Linux 5.8, for sockets with addresses.
    #[must_use]
    pub fn control_group(id: u64) -> Filter {
        Filter::is(Condition::ControlGroup(ControlGroup::Id(id)))
    }

    /// Sockets of the control group with this path at the time of the visit. The path starts at the
    /// root of the hierarchy, or includes its mount point.
    #[must_use]
    pub fn control_group_at(path: &str) -> Filter {
        Filter::is(Condition::ControlGroup(ControlGroup::of(path)))
    }

    /// Sockets whose port the kernel chose: one in the ephemeral range that was not named in `bind`.
    /// Unix sockets without a name, or with one that the kernel chose; packet sockets bound to
    /// nothing; netlink sockets with a negative port id.
    ///
    /// Only sock_diag can decide for which sockets `bind` named the port
    /// (net/ipv4/inet_diag.c `INET_DIAG_BC_AUTO`); otherwise it is unknown for a port in that range.
    #[must_use]
    pub fn autobound() -> Filter {
        Filter::is(Condition::Autobound)
    }

    fn ports(end: End, ports: &RangeInclusive<u16>) -> Filter {
        if ports.is_empty() {
            return Filter::states([]);
        }
        let bound = |order, port: &u16| Filter::is(Condition::Port(end, order, *port));
        bound(Order::AtLeast, ports.start()).and(bound(Order::AtMost, ports.end()))
    }
}
