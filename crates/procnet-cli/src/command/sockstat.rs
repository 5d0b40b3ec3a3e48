//! `procnet sockstat`: how many sockets there are, as the kernel counts them.

use procnet::{ErrorKind, SocketCounts};

use crate::{
    Sight,
    args::Shown,
    error::Error,
    messages::{bad_lines, message},
    output::Writer,
    row::{CounterRow, escaped},
};

pub(super) fn run(args: &Shown) -> Result<Sight, Error> {
    let mut scanner = args.host.scanner()?;
    let ipv4 = scanner.socket_counts()?;
    let ipv6 = match scanner.socket_counts6() {
        Ok(counts) => counts,
        // A kernel may be built without IPv6.
        Err(error) if error.kind() == ErrorKind::Absent => {
            message!("{error}");
            SocketCounts::default()
        }
        Err(error) => return Err(error.into()),
    };
    let mut writer = Writer::open(args.printing, CounterRow::header())?;
    let mut sight = Sight::Whole;
    for (table, counts) in [("sockstat", &ipv4), ("sockstat6", &ipv6)] {
        for protocol in &counts.protocols {
            let name = escaped(&protocol.name);
            for (counter, value) in &protocol.counters {
                let row = CounterRow { protocol: &name, name: &escaped(counter), value: *value };
                writer.row(&row)?;
            }
        }
        sight = sight.and(bad_lines(table, &counts.undecodable));
    }
    writer.finish()?;
    Ok(sight)
}
