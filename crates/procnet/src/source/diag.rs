//! Sockets from sock_diag, the kernel's socket diagnostics over netlink (`NETLINK_SOCK_DIAG`):
//! several times faster than the tables, with exact names and a cookie for each socket.

mod client;
mod compressed;
mod datagrams;
mod destroy;
mod lookup;
mod peek;
mod prefetched;
mod receiver;
mod recording;
mod request;
mod socket_count;
mod storages;

use std::ops::ControlFlow;

use procnet_core::{ByteOrder, State, netlink::Messages, table::inet::Family};
use rustix::io::Errno;

use self::{
    client::Dump,
    peek::{first_listener, inodes, listener_at},
    request::Asked,
    socket_count::SocketCounts,
    storages::StorageMaps,
};
pub(crate) use self::{
    client::{Client, SharedClient},
    lookup::Tuple,
    recording::Recording,
    request::inet as protocol_of,
};
use super::{
    Source,
    long_buckets::{AT_ONCE, Again, SharedPorts, has_long_buckets},
    looks::may_look_again,
    registered,
    request::{Ahead, Outcome, Prefetch, Request, SocketSource},
};
use crate::{
    Error, Filter, Kind, Kinds, ProcRoot,
    coverage::{Failure, Fallback},
    details::Details,
    filter::Refused,
    netlink::Part,
    netns::NetnsHandle,
    plan::Plan,
    sink::Sink,
    socket::{
        Attributes, Form, SocketFields, SocketRow, fill_inet_diag, own_family_row, unix_diag_row,
        withholds_filter,
    },
};

/// Dumps sockets.
#[derive(Debug)]
pub(super) struct Diag {
    client: SharedClient,
    /// Filter conditions that the kernel refused.
    refused: Refused,
    counts: SocketCounts,
    storages: StorageMaps,
    /// Whether the visit requests any table that sock_diag provides.
    is_asked: bool,
    text: Vec<u8>,
}

impl Diag {
    pub(super) fn new(client: &SharedClient) -> Diag {
        let (refused, counts) = (Refused::default(), SocketCounts::default());
        let (client, storages) = (client.clone(), StorageMaps::default());
        Diag { client, refused, counts, storages, is_asked: false, text: Vec::new() }
    }

    /// Dumps tables as often as necessary. The kernel resumes a dump by counting within a bucket
    /// (net/unix/diag.c `unix_diag_dump`, net/ipv4/udp_diag.c `udp_dump`), and leaves sockets out
    /// while others come and go. TCP is dumped once unless its buckets are long, or
    /// the kernel reports that a dump was interrupted.
    fn tables(&mut self, request: &Request<'_>, kinds: Kinds, sink: &mut Sink<'_>) -> Outcome {
        let client = self.client.clone();
        let mut client = client.lock();
        let (mut again, mut is_settled) = (Again::Everything, false);
        for look in 1.. {
            sink.begin_look(look);
            let dumped = loop {
                match self.dump(&mut client, request, kinds, (again, look), sink) {
                    Err(errno) if sink.rows() == 0 && self.refuse(request, errno) => {}
                    dumped => break dumped,
                }
            };
            let is_whole = request::is_whole(request, kinds);
            let counted = self.counts.take(request).filter(|_| is_whole);
            match dumped {
                Ok(ControlFlow::Break(())) => return Outcome::Stopped { kinds },
                Ok(ControlFlow::Continue(Dumped { interrupted, needs })) => {
                    // Their details did not fit a message, or were behind those, or they are new.
                    if request::is_brief(request, look) && sink.new_rows() > 0 {
                        sink.coverage.details_cut = sink.coverage.details_cut | kinds;
                    }
                    let is_all = counted == Some(sink.new_rows());
                    let is_stable = look > 1 && sink.new_rows() == 0;
                    let is_exact = look == 1 && needs.is_none() && !interrupted;
                    is_settled = is_all || is_stable || is_exact;
                    if is_settled || !may_look_again(look, sink.rows()) {
                        break;
                    }
                    again = needs.filter(|_| !interrupted).unwrap_or(again);
                    if request.kind.is_tcp() {
                        sink.coverage.long_buckets = sink.coverage.long_buckets | kinds;
                    }
                }
                // Sockets already reported remain valid.
                Err(_) if look > 1 => break,
                Err(errno) if sink.rows() > 0 => {
                    return Outcome::Failed { kinds, failure: Failure::new(errno) };
                }
                Err(errno) => return Outcome::Declined(client.refused(request.kind, errno)),
            }
        }
        if !is_settled {
            sink.coverage.unsettled = sink.coverage.unsettled | kinds;
        }
        Outcome::Read { kinds, whole: request::is_whole(request, kinds) }
    }

    /// Dumps tables once, in one or two parts, and reports each socket. `Break` if the sink has had
    /// enough.
    fn dump(
        &mut self,
        client: &mut Client,
        request: &Request<'_>,
        kinds: Kinds,
        (again, look): (Again, u32),
        sink: &mut Sink<'_>,
    ) -> Result<ControlFlow<(), Dumped>, Errno> {
        if request::is_empty(request, kinds) {
            return Ok(ControlFlow::Continue(Dumped::NOTHING));
        }
        if self.storages.are_withheld(request) {
            sink.coverage.details_withheld = sink.coverage.details_withheld | kinds;
        }
        let filter = request.plan.filter();
        let asked = Attributes {
            details: request.plan.query.details,
            for_filter: filter.is_some_and(Filter::needs_attributes),
        };
        let kind = |family| match family {
            Family::V6 if kinds == Kinds::TCP => Kind::Tcp6,
            _ => request.kind,
        };
        let row_details = request.plan.details(request.kind);
        let is_tcp = request.kind.is_tcp();
        let is_filtered = request::is_filtered(request, kinds);
        let is_bound_wanted = kinds.iter().any(|kind| request.plan.wants_bound(kind));
        let mut bound = is_bound_wanted.then(|| SharedPorts::of(State::BOUND_INACTIVE));
        let mut listeners_resumed = false;
        let mut interrupted = false;
        for port_locked in request::parts(request, kinds) {
            let only_listeners = again == Again::Listeners;
            let is_brief = request::is_brief(request, look);
            let maps = self.storages.descriptors();
            let part = Asked {
                kinds,
                refused: self.refused,
                only_listeners,
                port_locked,
                is_brief,
                storages: self.storages.asked(request, &maps),
            };
            let mut dump = match client.take_prefetched(request.netns, kinds) {
                Some(dump) => dump,
                None => self.start_dump(client, request, part)?,
            };
            // The sockets of a further look are mostly those of the first one.
            dump.is_recorded = look == 1;
            // Those of the last socket.
            let mut fields = SocketFields::new(request.kind, State::CLOSE, Form::InetDiag);
            fields.port_locked = port_locked;
            let end = loop {
                let datagram = client.next(&mut dump)?;
                sink.expect(inodes(datagram, request.kind));
                let mut end = None;
                if is_tcp {
                    // The kernel reports a bucket of listeners at once, as far as a datagram has
                    // room.
                    let before = listener_at(fields.state, fields.ends.map(|ends| ends.local));
                    let first = first_listener(datagram);
                    listeners_resumed |=
                        before.is_some() && first.is_some() && (before == first || is_filtered);
                }
                // Overwritten for each message, and never moved.
                let mut row = SocketRow { fields, bytes: &[], is_distinct: false };
                for message in Messages::new(datagram, ByteOrder::NATIVE) {
                    let message = message.map_err(|_| Errno::BADMSG)?;
                    if !dump.answer.is_data(&message) {
                        if let Part::End(found) = dump.answer.message(Ok(message))? {
                            end = Some(found);
                        }
                        continue;
                    }
                    let payload = message.payload;
                    let decoded = if request.kind == Kind::Unix {
                        unix_diag_row(payload, asked.details).map(|decoded| row = decoded)
                    } else if let Some(decoded) =
                        own_family_row(request.kind, payload, asked.details)
                    {
                        if row_details.contains(Details::FILTER) && withholds_filter(payload) {
                            sink.coverage.details_withheld = sink.coverage.details_withheld | kinds;
                        }
                        decoded.map(|decoded| row = decoded)
                    } else {
                        row.bytes = payload.as_bytes();
                        fill_inet_diag(&mut row.fields, payload, kind, asked)
                    };
                    match decoded {
                        Ok(()) if sink.row(&row).is_break() => return Ok(ControlFlow::Break(())),
                        Ok(()) => bound.iter_mut().for_each(|bound| bound.note(&row.fields)),
                        Err(error) => sink.undecodable(request.kind, None, error),
                    }
                }
                fields = row.fields;
                if let Some(end) = end {
                    break end;
                }
            };
            client.finish(&dump);
            self.counts.end(request);
            interrupted |= end.interrupted;
        }
        let buckets = client.tcp_buckets(request.netns);
        let needs = if !is_tcp
            || has_long_buckets(sink.rows(), buckets)
            || bound.is_some_and(|bound| bound.may_be_resumed(AT_ONCE))
        {
            Some(Again::Everything)
        } else {
            listeners_resumed.then_some(Again::Listeners)
        };
        Ok(ControlFlow::Continue(Dumped { interrupted, needs }))
    }

    /// Requests a dump of tables. An empty table is requested as well, which shows whether the
    /// kernel has a handler for it.
    fn start_dump(
        &mut self,
        client: &mut Client,
        request: &Request<'_>,
        asked: Asked<'_>,
    ) -> Result<Dump, Errno> {
        self.counts.begin(request);
        client.dump(request.root, request.netns, |envelope, space| {
            request::write(request, asked, envelope, space)
        })
    }

    /// Whether the kernel may have refused a condition of the filter; if so, the kernel is not sent
    /// that condition again.
    #[cold]
    fn refuse(&mut self, request: &Request<'_>, errno: Errno) -> bool {
        if self.storages.refuse(request, errno) {
            return true;
        }
        let Some(filter) = request.plan.filter().filter(|_| !request.unfiltered) else {
            return false;
        };
        let may = filter.may_be_refused(self.refused);
        self.refused = match errno {
            Errno::PERM if may.marks => Refused { marks: true, ..self.refused },
            Errno::INVAL if may.newer => Refused { newer: true, ..self.refused },
            _ => return false,
        };
        true
    }
}

/// The end of a dump.
#[derive(Clone, Copy, Debug)]
struct Dumped {
    /// Whether the kernel reported a change meanwhile.
    interrupted: bool,
    /// What may have been left out, and has to be dumped again.
    needs: Option<Again>,
}

impl Dumped {
    /// A dump that had nothing to report.
    const NOTHING: Dumped = Dumped { interrupted: false, needs: None };
}

impl SocketSource for Diag {
    fn name(&self) -> Source {
        Source::Netlink
    }

    fn begin(
        &mut self,
        root: &ProcRoot,
        namespaces: &[NetnsHandle],
        plan: &Plan<'_>,
    ) -> Result<(), Error> {
        let kinds = plan.kinds;
        self.storages.begin(plan.query)?;
        self.counts.clear();
        let mut client = self.client.lock();
        // A socket is created only if it is used, as it is itself listed.
        self.is_asked = kinds.iter().any(request::is_supported);
        client.begin(root, if self.is_asked { namespaces } else { &[] });
        // Whether unix sockets will be read from text affects how other tables are read.
        let first = namespaces.first().filter(|_| kinds.contains(Kind::Unix));
        if let Some(netns) = first.filter(|netns| client.refusal(netns).is_none()) {
            let _ = client.probe(root, netns, Kind::Unix);
        }
        Ok(())
    }

    fn add(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]) {
        if self.is_asked {
            self.client.lock().add(root, namespaces);
        }
    }

    fn refusal(&self, _root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback> {
        self.is_asked.then(|| self.client.lock().refusal(netns)).flatten()
    }

    fn provides(&self, kind: Kind) -> bool {
        self.client.lock().unsupported(kind).is_none()
    }

    fn prefetch(&mut self, request: &Request<'_>, ahead: Ahead<'_>) -> Prefetch {
        let client = self.client.clone();
        let mut client = client.lock();
        let refusal = client.unsupported(request.kind).or(client.refusal(request.netns));
        // Those without a table are few.
        if refusal.is_some() || !request.kind.has_table() {
            return Prefetch::Declined;
        }
        let kinds = request::kinds(request);
        // As are packet sockets; and what BPF maps keep may be refused.
        let with_storages = request.plan.details(request.kind).contains(Details::STORAGES);
        if request.kind == Kind::Packet || with_storages {
            return Prefetch::Whole { kinds, bytes: 0 };
        }
        let is_split = request::parts(request, kinds).any(|part| part.is_some());
        if is_split || request::is_empty(request, kinds) {
            return Prefetch::Whole { kinds, bytes: 0 };
        }
        let refused = self.refused;
        let all = Asked {
            kinds,
            refused,
            only_listeners: false,
            port_locked: None,
            is_brief: false,
            storages: None,
        };
        let Ok(dump) = self.start_dump(&mut client, request, all) else {
            return Prefetch::Whole { kinds, bytes: 0 };
        };
        match client.prefetch(&dump, kinds, ahead) {
            Some(bytes) => {
                self.counts.end(request);
                Prefetch::Whole { kinds, bytes }
            }
            None => Prefetch::Full,
        }
    }

    fn read(&mut self, request: &Request<'_>, sink: &mut Sink<'_>) -> Outcome {
        let client = self.client.lock();
        let refusal = client.unsupported(request.kind).or(client.refusal(request.netns));
        drop(client);
        let without_table = !request.kind.has_table();
        if without_table && registered::is_absent(request, &mut self.text) {
            return Outcome::Absent;
        }
        if request.kind == Kind::Packet
            && refusal.is_none()
            && registered::is_not_loaded(request, &mut self.text)
        {
            return Outcome::Absent;
        }
        let outcome = match refusal {
            Some(fallback) => Outcome::Declined(fallback),
            None => self.tables(request, request::kinds(request), sink),
        };
        match outcome {
            Outcome::Declined(_)
                if without_table && registered::is_empty(request, &mut self.text) =>
            {
                Outcome::Absent
            }
            outcome => outcome,
        }
    }
}
