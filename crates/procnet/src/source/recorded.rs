//! Sockets from recorded answers of sock_diag: for each kind the datagrams of a dump, one after the
//! other, in the file `sock_diag/KIND` of the directory of tables.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
};

use procnet_core::{ByteOrder, netlink::Messages};
use rustix::io::{Errno, Result as SystemResult};

use super::{
    Source,
    request::{Ahead, Outcome, Prefetch, Request, SocketSource},
};
use crate::{
    Error, Filter, Kind, Kinds, ProcRoot,
    coverage::{Failure, Fallback},
    netlink::{Answer, Part},
    netns::NetnsHandle,
    plan::Plan,
    sink::Sink,
    socket::{Attributes, inet_diag_row, own_family_row, unix_diag_row},
};

/// The longest recording, in bytes: some ten million sockets.
const MAX: u64 = 1 << 30;

/// Reads recordings into one buffer that is reused.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    answer: Vec<u8>,
}

fn file_name(kind: Kind) -> String {
    format!("sock_diag/{kind}")
}

impl Recorded {
    /// Reports each socket of a recording. `Break` if the sink has had enough.
    fn report(
        &mut self,
        request: &Request<'_>,
        sink: &mut Sink<'_>,
    ) -> SystemResult<ControlFlow<()>> {
        let file = request.netns.open(request.root, &file_name(request.kind))?;
        self.answer.clear();
        let read = File::from(file.file).take(MAX + 1).read_to_end(&mut self.answer);
        if read.map_err(|error| errno(&error))? as u64 > MAX {
            return Err(Errno::FBIG);
        }
        sink.begin_look(1);
        let asked = Attributes {
            details: request.plan.query.details,
            for_filter: request.plan.filter().is_some_and(Filter::needs_attributes),
        };
        // A recording does not say what the dump was asked for.
        let kinds = request.kind.into();
        if !request.plan.details(request.kind).is_empty() {
            sink.coverage.without_details = sink.coverage.without_details | kinds;
        }
        if request.plan.wants_bound(request.kind) {
            sink.coverage.without_bound = sink.coverage.without_bound | kinds;
        }
        let family = request.kind.family_of_addresses();
        let mut answer = None;
        for message in Messages::new(&self.answer, ByteOrder::NATIVE) {
            let message = message.map_err(|_| Errno::BADMSG)?;
            let answer = answer.get_or_insert_with(|| Answer::to(message.sequence));
            let payload = match answer.message(Ok(message))? {
                Part::Data(payload) => payload,
                Part::Nothing => continue,
                Part::End(_) => return Ok(ControlFlow::Continue(())),
            };
            let mut is_of_family = true;
            let decoded = match request.kind {
                Kind::Unix => unix_diag_row(payload, asked.details),
                kind if Kinds::OF_OWN_FAMILY.contains(kind) => {
                    own_family_row(kind, payload, asked.details).ok_or(Errno::BADMSG)?
                }
                kind => {
                    let kind = |found| {
                        is_of_family = family == Some(found);
                        kind
                    };
                    inet_diag_row(payload, kind, asked)
                }
            };
            match decoded {
                // One dump may hold both families.
                Ok(_) if !is_of_family => {}
                Ok(row) if sink.row(&row).is_break() => return Ok(ControlFlow::Break(())),
                Ok(_) => {}
                Err(error) => sink.undecodable(request.kind, None, error),
            }
        }
        // The recording was cut short: only its last message says that the dump was whole.
        Err(Errno::BADMSG)
    }
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

impl SocketSource for Recorded {
    fn name(&self) -> Source {
        Source::Recorded
    }

    fn file_name(&self, kind: Kind) -> Cow<'static, str> {
        file_name(kind).into()
    }

    fn begin(
        &mut self,
        _root: &ProcRoot,
        _namespaces: &[NetnsHandle],
        _plan: &Plan<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn add(&mut self, _root: &ProcRoot, _namespaces: &[NetnsHandle]) {}

    fn refusal(&self, root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback> {
        netns.can_read_tables(root).err()
    }

    fn provides(&self, _kind: Kind) -> bool {
        true
    }

    fn prefetch(&mut self, _request: &Request<'_>, _ahead: Ahead<'_>) -> Prefetch {
        Prefetch::Declined
    }

    fn read(&mut self, request: &Request<'_>, sink: &mut Sink<'_>) -> Outcome {
        let kinds = request.kind.into();
        match self.report(request, sink) {
            Ok(ControlFlow::Continue(())) => Outcome::Read { kinds, whole: true },
            Ok(ControlFlow::Break(())) => Outcome::Stopped { kinds },
            Err(errno) => Outcome::Failed { kinds, failure: Failure::new(errno) },
        }
    }
}
