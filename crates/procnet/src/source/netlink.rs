//! The second source: socket diagnostics (`NETLINK_SOCK_DIAG`), several times faster than
//! the tables, with exact names.
//!
//! Asked for is the network namespace of the calling thread and no other: the kernel's answer
//! is about the namespace in which the socket was made (net/core/sock_diag.c), so it is made
//! anew when the thread has moved. What this kernel does not tell is remembered for the
//! scanner's life, as each attempt may make the kernel look for a module.

mod channel;
mod request;
mod rows;

use std::ops::ControlFlow;

use rustix::io::Errno;

use self::channel::{Channel, End};
use super::{Fallback, Source, seen::Seen};
use crate::{
    Error, ErrorKind, Kind, Kinds, ProcRoot, Query, Socket, coverage::Coverage, owners::Register,
};

/// No datagram of the kernel is longer (net/netlink/af_netlink.c `netlink_dump`: at most
/// 32 KiB, and as much as this socket was ever given room for).
const DATAGRAM: usize = 32 << 10;

/// How often all but tcp sockets are asked for at most, and what the kernel says has changed
/// meanwhile. The kernel finds its place again by counting within a bucket (net/unix/diag.c
/// `unix_diag_dump`, net/ipv4/udp_diag.c `udp_dump`), and leaves some out while others come and
/// go. Buckets of tcp hold hardly more than one.
const LOOKS: u32 = 3;

/// Asks the kernel, over one socket that is kept.
#[derive(Debug, Default)]
pub(crate) struct Netlink {
    /// `None` until it is needed, and once a dump was not read to its end: the kernel would
    /// refuse the next one.
    channel: Option<Channel>,
    /// Where the socket is, by device and inode.
    namespace: Option<(u64, u64)>,
    /// What no later attempt will tell.
    lacking: Vec<(Kind, Fallback)>,
    sequence: u32,
    buffer: Vec<u8>,
}

/// What is asked of socket diagnostics in one visit.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'q> {
    query: &'q Query,
    /// The tables to be asked for.
    pub(crate) kinds: Kinds,
    /// Nothing may come from elsewhere.
    pub(crate) strict: bool,
    /// The kernel leaves out what the query does not ask for.
    filtered: bool,
}

impl Ask<'_> {
    /// The same, and the kernel leaves out nothing.
    pub(crate) fn unfiltered(self) -> Self {
        Ask { filtered: false, ..self }
    }

    /// The tables that one walk of the kernel tells, beginning with this one.
    pub(crate) fn walk(&self, kind: Kind) -> Kinds {
        let both = self.kinds.contains(Kind::Tcp) && self.kinds.contains(Kind::Tcp6);
        if kind == Kind::Tcp && both { Kinds::TCP } else { kind.into() }
    }

    /// Whether every socket of these tables is told, not only what the query asks for.
    pub(crate) fn is_whole(&self, kind: Kind) -> bool {
        request::is_whole(self, kind)
    }
}

/// Why a table was not told.
pub(crate) enum Untold {
    /// Nothing of it was.
    Nothing(Fallback),
    /// It ended before its end.
    Rest(Errno),
}

impl Netlink {
    /// What to ask socket diagnostics for in a visit of the tables under `net`.
    pub(crate) fn begin<'q>(
        &mut self,
        query: &'q Query,
        root: &ProcRoot,
        net: &[u8],
        coverage: &mut Coverage,
    ) -> Result<Ask<'q>, Error> {
        let strict = query.source == Source::Netlink;
        let mut ask = Ask { query, kinds: Kinds::NONE, strict, filtered: true };
        if query.source == Source::Procfs {
            return Ok(ask);
        }
        match self.enter(root, net) {
            Ok(()) => ask.kinds = query.kinds,
            Err(fallback) if strict => {
                let error = Error::new(ErrorKind::NoNetlink, root.path_of(net));
                return Err(error.because(fallback.failure()));
            }
            Err(fallback) => {
                query.kinds.iter().for_each(|kind| coverage.fall_back(kind, fallback));
            }
        }
        Ok(ask)
    }

    /// Goes to the calling thread's network namespace, if that is the one of the tables.
    fn enter(&mut self, root: &ProcRoot, net: &[u8]) -> Result<(), Fallback> {
        if !root.is_own() {
            return Err(Fallback::OtherRoot);
        }
        let host = root.host_net().map_err(|_| Fallback::OtherRoot)?;
        let own = root.namespace(&host).ok_or(Fallback::OtherNamespace)?;
        if net != &host[..] && root.namespace(net) != Some(own) {
            return Err(Fallback::OtherNamespace);
        }
        if self.namespace.replace(own) != Some(own) {
            self.channel = None;
        }
        Ok(())
    }

    /// Hands each socket of some tables, which one walk tells, to `each`, once.
    pub(crate) fn tables(
        &mut self,
        ask: &Ask<'_>,
        kinds: Kinds,
        seen: &mut Seen,
        coverage: &mut Coverage,
        register: &impl Register,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Untold> {
        seen.next_table();
        let Some(kind) = kinds.iter().next() else { return Ok(ControlFlow::Continue(())) };
        let lacking = self.lacking.iter().find(|(other, _)| *other == kind);
        if let Some((_, fallback)) = lacking {
            return Err(Untold::Nothing(*fallback));
        }
        for look in 1..=LOOKS {
            let mut rows = rows::Rows::new(kinds, look);
            let asked = self.dump(ask, kinds, |payload| {
                rows.row(payload, &mut *seen, register, coverage, &mut each)
            });
            match asked {
                Ok(End::Stopped) => return Ok(ControlFlow::Break(())),
                // As soon as a look adds nothing, there is nothing more.
                Ok(End::Whole { .. }) if look > 1 && rows.added == 0 => break,
                Ok(End::Whole { interrupted }) if !kind.is_tcp() || interrupted => {}
                Ok(End::Whole { .. }) => break,
                // What was handed over stands.
                Err(_) if look > 1 => break,
                Err(errno) if rows.told > 0 => return Err(Untold::Rest(errno)),
                Err(errno) => return Err(Untold::Nothing(self.lack(kind, errno))),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Remembers that a table is not told, unless it may be another time.
    #[cold]
    fn lack(&mut self, kind: Kind, errno: Errno) -> Fallback {
        let told = request::is_told(kind);
        let fallback = if told { Fallback::of(errno) } else { Fallback::NotTold };
        if !fallback.is_passing() {
            self.lacking.push((kind, fallback));
        }
        fallback
    }

    /// Asks for tables, and hands on what each message holds.
    fn dump(
        &mut self,
        ask: &Ask<'_>,
        kinds: Kinds,
        each: impl FnMut(procnet_core::netlink::Payload<'_>) -> ControlFlow<()>,
    ) -> Result<End, Errno> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let mut space = [0; request::LONGEST];
        let request = match request::write(ask, kinds, self.sequence, &mut space) {
            Ok(Some(request)) => request,
            // No state is asked for in which such a socket can be.
            Ok(None) => return Ok(End::Whole { interrupted: false }),
            Err(errno) => return Err(errno),
        };
        self.buffer.resize(DATAGRAM, 0);
        let channel = match self.channel.take() {
            Some(channel) => channel,
            None => Channel::open()?,
        };
        let end = channel.dump(request, self.sequence, &mut self.buffer, each)?;
        if matches!(end, End::Whole { .. }) {
            self.channel = Some(channel);
        }
        Ok(end)
    }
}
