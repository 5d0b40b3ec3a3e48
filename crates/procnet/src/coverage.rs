//! What an answer covers, and what it could not see.

mod capture;
mod failure;
mod fallback;
mod namespaces;
mod no_bpf;
mod processes;
mod repeats;
mod rows;

use std::fmt;

use procnet_core::capture::Remarks;

pub(crate) use self::failure::errno;
pub use self::{
    failure::Failure,
    fallback::Fallback,
    namespaces::Namespaces,
    no_bpf::{BpfRefusal, NoBpf},
    processes::{Descriptor, Hidden, LeftOut, Processes, Unexamined, UnreadDescriptors},
    repeats::MaybeRepeated,
    rows::{BadRow, Suspects, Undecodable},
};
use crate::{Kind, Kinds, Source, list::List};

/// The number of examples of a fault kept beside its count.
const EXAMPLES: usize = 4;

/// What an answer covers, and what it could not see: every answer comes with one.
///
/// Nothing is dropped without being counted here. `Display` writes a line for each thing missing
/// from the answer, and nothing if it [is complete](Coverage::is_complete).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// The source each table came from.
    pub sources: List<(Source, Kinds), 2>,
    /// Tables that did not come from the first source of [`Source::Auto`], by reason. Nothing is
    /// missing because of that, except for kinds [without a table](Kind::has_table): those are
    /// [`unreadable`](Coverage::unreadable) as well.
    pub fallbacks: List<(Fallback, Kinds), 2>,
    /// Tables without the requested [details](crate::Query::details), as their source does not
    /// report them.
    pub without_details: Kinds,
    /// Kinds of which some sockets lack requested details that are long: filters and memberships of packet
    /// sockets. Those of one socket did not fit a message of sock_diag, or the socket was created while the
    /// others were listed.
    pub details_cut: Kinds,
    /// Kinds of which the kernel withheld requested details: the filters attached to packet sockets, for
    /// want of `CAP_NET_ADMIN` in the user namespace that owns the network namespace; of other kinds what
    /// BPF maps keep, for want of `CAP_BPF` in the initial user namespace.
    pub details_withheld: Kinds,
    /// Tables without the requested [bound, inactive](crate::Query::bound) sockets, for the same
    /// reason.
    pub without_bound: Kinds,
    /// Tables of a [BPF iterator](crate::Source::Bpf) that may lack sockets which no descriptor holds:
    /// those in `TIME_WAIT`, connections that are not accepted yet, orphans, sockets in a message. The
    /// kernel's counts do not show that there are none.
    pub without_descriptor: Kinds,
    /// Sockets passed to the visitor.
    pub sockets: u64,
    /// Rows the kernel returned, before any filter.
    pub rows: u64,
    /// Rows the kernel returned again while sockets came and went; each was reported once.
    pub repeated: u64,
    /// Sockets that may have been reported twice.
    pub maybe_repeated: MaybeRepeated,
    /// Rows that only a repeated read of a table returned: the kernel leaves some out while sockets
    /// come and go. Some of these rows are sockets created since the first read. TCP tables, where
    /// this hardly happens, are read again only if their buckets are long.
    pub recovered: u64,
    /// Tables whose every read returned rows that no earlier one had, as sockets came and went: the
    /// kernel may have left out a socket that existed all the time.
    pub unsettled: Kinds,
    /// TCP tables that were read again because their buckets are long: the same few sockets may be
    /// left out in each read. See [`Snapshot::carry_over`](crate::snapshot::Snapshot::carry_over).
    pub long_buckets: Kinds,
    /// Datagrams of other senders than the kernel that netlink sockets received, and discarded:
    /// somebody tries to forge answers. Nothing is missing because of them.
    pub foreign: u64,
    /// Rows that do not decode.
    pub undecodable: Undecodable,
    /// Reported sockets whose row may be forged: see [`Socket::suspect`](crate::Socket::suspect).
    pub suspect: Suspects,
    /// Reported sockets with an inode, but without a visible owner. The kernel's own sockets have
    /// none; a socket being passed over a unix socket has none until it is received, and no file of
    /// /proc says in which queue it is. In a [container](Processes::contained), the owner may be
    /// outside; it may be a thread that was [not compared](Processes::uncompared) with its process.
    pub ownerless: u64,
    /// Sockets of these that certainly are the kernel's: netlink sockets with port ID 0.
    pub kernel: u64,
    /// Reported sockets without a file: `TIME_WAIT`, connections not accepted yet and others. They
    /// have no owner at all.
    pub without_inode: u64,
    /// Kinds this kernel, or this capture, does not have: tcp6 and udp6 without IPv6, mptcp in a kernel
    /// built without it.
    pub absent: Kinds,
    /// Tables that this [capture](crate::capture) does not have, of those [absent](Coverage::absent):
    /// the host may have had them.
    pub not_captured: Kinds,
    /// Tables whose text is not exactly the kernel's: what was forgiven, and what is doubtful.
    pub remarks: List<(Kind, Remarks), 2>,
    /// Sockets of a capture whose local address is a loopback address in the wrong byte order, such
    /// as 1.0.0.127: see [`Scanner::byte_order`](crate::Scanner::byte_order).
    pub swapped: u64,
    /// Tables that exist, but could not be read to their end.
    pub unreadable: List<(Kind, Failure), 2>,
    /// The network namespaces visited.
    pub namespaces: Namespaces,
    /// The walk that looked for owners; `None` if the query did not request them.
    pub processes: Option<Processes>,
    /// What an [incremental](crate::Query::incremental) search left out because of its budget.
    pub left_out: LeftOut,
    /// Sockets left out because an attribute that the query's [`Filter`](crate::Filter) needs is
    /// unknown: they may match it or not.
    pub undecided: u64,
    /// Whether the query's limit was reached: there may be more sockets.
    pub truncated: bool,
}

impl Coverage {
    /// Whether everything requested was seen, up to the query's own limit.
    ///
    /// Processes that ended during the walk, repeated rows and absent tables do not make an answer
    /// incomplete: nothing that exists is missing because of them.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.each_gap(&mut |_gap| Err(fmt::Error)).is_ok()
    }

    /// The tables that came from this source.
    #[must_use]
    pub fn from(&self, source: Source) -> Kinds {
        let of_source = self.sources.iter().filter(|(other, _)| *other == source);
        of_source.map(|(_, kinds)| *kinds).collect()
    }

    /// Passes each thing that is missing to `report`. This is the one place that decides what
    /// counts as missing, and how it is worded. It names every field, so that none is forgotten.
    fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        let Coverage {
            sources: _,
            // Those of kinds without a table are reported below.
            fallbacks: _,
            without_details,
            details_cut,
            details_withheld,
            without_bound,
            without_descriptor,
            sockets: _,
            rows: _,
            repeated: _,
            maybe_repeated,
            recovered: _,
            unsettled,
            long_buckets: _,
            foreign: _,
            undecodable,
            suspect,
            ownerless,
            kernel,
            without_inode: _,
            absent: _,
            not_captured,
            remarks,
            swapped,
            unreadable,
            namespaces,
            processes,
            left_out,
            undecided,
            truncated: _,
        } = self;
        for (kind, failure) in unreadable {
            match self.why_unread(*kind) {
                Some(why) => report(format_args!("{kind} sockets cannot be listed: {why}"))?,
                None => report(format_args!("table {kind}: {failure}"))?,
            }
        }
        for kind in unsettled.iter() {
            report(format_args!(
                "table {kind}: sockets came and went in each of its reads: one that existed all \
                 the time may be missing"
            ))?;
        }
        capture::each_gap(*not_captured, remarks, *swapped, report)?;
        undecodable.each_gap(report)?;
        maybe_repeated.each_gap(report)?;
        suspect.each_gap(report)?;
        namespaces.each_gap(report)?;
        match undecided {
            0 => {}
            1 => report(format_args!(
                "1 socket left out: it is unknown whether it meets the filter"
            ))?,
            more => report(format_args!(
                "{more} sockets left out: it is unknown whether they meet the filter"
            ))?,
        }
        for (kinds, what) in
            [(without_details, "details"), (without_bound, "sockets bound and inactive")]
        {
            for kind in kinds.iter() {
                let by = self.lesser_source(kind);
                report(format_args!("table {kind}: {what} are not reported by {by}"))?;
            }
        }
        for kind in details_cut.iter() {
            report(format_args!(
                "table {kind}: filters and memberships of some sockets are missing: they are too long \
                 for sock_diag, or the sockets are new"
            ))?;
        }
        for kind in details_withheld.iter() {
            match kind {
                Kind::Packet => report(format_args!(
                    "table {kind}: filters are revealed only with CAP_NET_ADMIN"
                ))?,
                _ => report(format_args!(
                    "table {kind}: the storage of BPF maps is revealed only with CAP_BPF"
                ))?,
            }
        }
        for kind in without_descriptor.iter() {
            report(format_args!("table {kind}: sockets without a descriptor are not seen by BPF"))?;
        }
        let LeftOut { sockets, processes: left } = left_out;
        if (*sockets, *left) != (0, 0) {
            report(format_args!(
                "the budget left out the owners of {sockets} sockets, and {left} processes"
            ))?;
        }
        let Some(processes) = processes else { return Ok(()) };
        processes.each_gap(report)?;
        let unowned = ownerless.saturating_sub(*kernel);
        let s = if unowned == 1 { "" } else { "s" };
        if processes.contained && unowned > 0 {
            report(format_args!(
                "{unowned} socket{s} without a visible owner: processes outside this pid namespace \
                 are not visible"
            ))?;
        }
        match processes.uncompared {
            threads if threads == 0 || unowned == 0 => Ok(()),
            1 => report(format_args!(
                "{unowned} socket{s} without a visible owner: 1 thread may have descriptors of its own, \
                 which are too many to compare"
            )),
            threads => report(format_args!(
                "{unowned} socket{s} without a visible owner: {threads} threads may have descriptors \
                 of their own, which are too many to compare"
            )),
        }
    }

    /// The source of a table that lacks something: any but sock_diag.
    fn lesser_source(&self, kind: Kind) -> &'static str {
        if self.from(Source::Bpf).contains(kind) {
            "BPF"
        } else if self.from(Source::Recorded).contains(kind) {
            "recorded answers of sock_diag"
        } else {
            "/proc"
        }
    }

    /// Why sockets of a kind without a table were not listed.
    pub(crate) fn why_unread(&self, kind: Kind) -> Option<Fallback> {
        let mut reasons = self.fallbacks.iter().filter(|_| !kind.has_table());
        reasons.find(|(_, kinds)| kinds.contains(kind)).map(|(why, _)| *why)
    }

    pub(crate) fn add_source(&mut self, source: Source, kinds: Kinds) {
        match self.sources.iter_mut().find(|(other, _)| *other == source) {
            Some((_, known)) => *known = *known | kinds,
            None => self.sources.push((source, kinds)),
        }
    }

    pub(crate) fn add_fallback(&mut self, kind: Kind, fallback: Fallback) {
        match self.fallbacks.iter_mut().find(|(other, _)| *other == fallback) {
            Some((_, kinds)) => *kinds = *kinds | kind.into(),
            None => self.fallbacks.push((fallback, kind.into())),
        }
    }
}

/// Receives a line about something that is missing.
type Report<'r> = dyn FnMut(fmt::Arguments<'_>) -> fmt::Result + 'r;

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each_gap(&mut |gap| writeln!(f, "{gap}"))
    }
}

/// The first few examples of something, and whether there are more.
struct Examples<'e, T> {
    first: &'e [T],
    count: u64,
}

impl<T: fmt::Display> fmt::Display for Examples<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, example) in self.first.iter().enumerate() {
            write!(f, "{}{example}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(if (self.first.len() as u64) < self.count { ", …" } else { "" })
    }
}
