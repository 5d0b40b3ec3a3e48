//! Tables whose rows nobody can forge: all but that of unix sockets.

use std::ops::ControlFlow;

use procnet_core::{Error as DecodeError, State, Step};
use rustix::io::Result;

use super::{Input, open};
use crate::{line_reader::LineReader, sink::Sink, socket::SocketRow, source::request::Request};

/// The maximum number of reads of a table that leaves out rows.
const MAX_LOOKS: u32 = 3;

/// Reports the rows of a table, each once. `Break` if the sink has had enough.
pub(super) fn read(
    first: Input<'_>,
    buffer: &mut [u8],
    request: &Request<'_>,
    sink: &mut Sink<'_>,
) -> Result<ControlFlow<()>> {
    let (kind, is_live) = (request.kind, request.root.is_live());
    let listeners = request.plan.is_listeners(kind);
    let repeated = sink.coverage.repeated;
    let mut first = Some(first);
    for look in 1..=MAX_LOOKS {
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
            let lines = match step {
                Step::Lines(lines) => lines,
                Step::TooLong(start) => {
                    number += 1;
                    sink.undecodable(kind, Some(number), DecodeError::too_long(start.len()));
                    continue;
                }
                Step::End | Step::More => break,
            };
            for line in lines {
                number += 1;
                let row = match SocketRow::decode(kind, request.order, line, number) {
                    None => continue,
                    Some(Err(error)) => {
                        sink.undecodable(kind, Some(number), error);
                        continue;
                    }
                    Some(Ok(row)) => row,
                };
                if listeners && row.fields.state != State::LISTEN {
                    sink.skip();
                    // The kernel lists its listening hash first (net/ipv4/tcp_ipv4.c
                    // `tcp_get_idx`); up to 3.0 including the request socks of each listener.
                    if is_live && row.fields.state != State::SYN_RECV {
                        break 'table;
                    }
                    continue;
                }
                if sink.row(&row).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        // The kernel resumes these tables by counting rows (net/ipv4/udp.c `udp_get_idx`): while
        // sockets come and go, it repeats some and leaves out as many.
        let is_loose = is_live && !kind.is_tcp() && sink.coverage.repeated > repeated;
        if !is_loose {
            break;
        }
    }
    Ok(ControlFlow::Continue(()))
}
