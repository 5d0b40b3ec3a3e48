//! Tables whose rows nobody can forge: all but that of unix sockets.

use std::ops::ControlFlow;

use procnet_core::{Error as DecodeError, Lines, State, Step};
use rustix::io::Result;

use super::{Input, open, tcp_buckets::TcpBuckets, text::Text};
use crate::{
    line_reader::LineReader,
    sink::Sink,
    socket::SocketRow,
    source::{
        long_buckets::{Again, SharedPorts, has_long_buckets},
        looks::may_look_again,
        request::Request,
    },
};

/// The length of a row of tcp, and a little less than that of tcp6 (net/ipv4/tcp_ipv4.c `TMPSZ`).
const ROW: usize = 150;

/// Reports the rows of a table, each once. `Break` if the sink has had enough.
pub(super) fn read(
    first: Input<'_>,
    buffer: &mut [u8],
    buckets: &mut TcpBuckets,
    mut text: impl Text,
    request: &Request<'_>,
    sink: &mut Sink<'_>,
) -> Result<ControlFlow<()>> {
    let (kind, is_live) = (request.kind, request.root.is_live());
    let listeners = request.plan.is_listeners(kind);
    let repeated = sink.coverage.repeated;
    let mut shared = SharedPorts::of(State::LISTEN);
    let mut first = Some(first);
    let (mut again, mut is_settled) = (Again::Everything, false);
    for look in 1.. {
        let mut input = match first.take() {
            Some(input) => input,
            None => match open(request) {
                Ok(file) => Input::fresh(file),
                // Sockets already reported remain valid, even if the table can no longer be read.
                Err(_) => break,
            },
        };
        sink.begin_look(look);
        let mut reader = LineReader::new(buffer, |space| input.read(space));
        let mut number = 0;
        'table: while let Some(step) = reader.next()? {
            let (lines, is_cut) = match step {
                Step::Lines(lines) => (lines, false),
                Step::Cut(line) => (Lines::new(line), true),
                Step::TooLong(start) => {
                    number += 1;
                    sink.undecodable(kind, Some(number), DecodeError::too_long(start.len()));
                    continue;
                }
                Step::End | Step::More => break,
            };
            if is_cut {
                text.cut();
            }
            for line in lines {
                number += 1;
                let Some(line) = text.line(line) else { continue };
                let mut row = match SocketRow::decode(kind, request.order, line, number) {
                    None => continue,
                    Some(Err(error)) => {
                        sink.undecodable(kind, Some(number), error.behind(text.removed()));
                        continue;
                    }
                    Some(Ok(row)) => row,
                };
                if is_cut {
                    row.fields.suspect = true;
                    sink.coverage.cut(kind);
                }
                if text.is_swapped(&row) {
                    sink.coverage.swapped += 1;
                }
                let only_listeners = listeners || again == Again::Listeners;
                if only_listeners && row.fields.state != State::LISTEN {
                    sink.skip();
                    // The kernel lists its listening hash first (net/ipv4/tcp_ipv4.c
                    // `tcp_get_idx`); up to 3.0 including the request socks of each listener.
                    if is_live && row.fields.state != State::SYN_RECV {
                        break 'table;
                    }
                    continue;
                }
                if look == 1 {
                    shared.note(&row.fields);
                }
                if sink.row(&row).is_break() {
                    sink.coverage.remark(kind, text.remarks(number));
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        sink.coverage.remark(kind, text.remarks(number));
        let needs = match look {
            _ if !is_live => None,
            1 if kind.is_tcp() => needs_again(request, sink, buckets, &shared),
            // The kernel resumes these tables by counting rows (net/ipv4/udp.c `udp_get_idx`):
            // while sockets come and go, it repeats some and leaves out as many.
            1 => (sink.coverage.repeated > repeated).then_some(Again::Everything),
            _ if sink.new_rows() == 0 => None,
            _ => Some(again),
        };
        match needs {
            None => {
                is_settled = true;
                break;
            }
            Some(_) if !may_look_again(look, sink.rows()) => break,
            Some(needs) => {
                again = needs;
                if kind.is_tcp() {
                    sink.coverage.long_buckets = sink.coverage.long_buckets | kind.into();
                }
            }
        }
    }
    if !is_settled {
        sink.coverage.unsettled = sink.coverage.unsettled | kind.into();
    }
    Ok(ControlFlow::Continue(()))
}

/// What the kernel may have left out of a TCP table, so that it has to be read again.
fn needs_again(
    request: &Request<'_>,
    sink: &Sink<'_>,
    buckets: &mut TcpBuckets,
    shared: &SharedPorts,
) -> Option<Again> {
    let page = (rustix::param::page_size() / ROW) as u64;
    let rows = sink.rows();
    if rows <= page {
        return None;
    }
    // The number of buckets does not matter where only listeners were read.
    let is_all = !request.plan.is_listeners(request.kind);
    if is_all && has_long_buckets(rows, buckets.get(request)) {
        return Some(Again::Everything);
    }
    shared.may_be_resumed(page).then_some(Again::Listeners)
}
