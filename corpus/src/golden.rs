//! Decoded rows in words, as the golden files keep them.

use procnet_core::{
    Error, Inode, Lines,
    counter::{conntrack, dev, snmp, sockstat},
    escape::Escaped,
    process::{link, stat::Stat, status::Uids},
    table::{
        inet::{self, Table},
        unix,
    },
};

mod counter;
mod link_level;
mod netlink;
pub(crate) mod network;

pub(crate) use counter::{protocols, snmp6, softnet};
pub(crate) use link_level::{netlink_table, packet};
pub(crate) use netlink::netlink;

type Rows = Vec<(usize, Result<String, Error>)>;

/// The golden file: a line for each row or error, with the number of the line it came from.
#[must_use]
pub fn text(rows: &Rows) -> String {
    let line = |(line, row): &(usize, Result<String, Error>)| match row {
        Ok(row) => format!("{line}: {row}\n"),
        Err(error) => format!("{line}: error: {error}\n"),
    };
    rows.iter().map(line).collect()
}

fn shown(inode: Option<Inode>) -> String {
    inode.map_or_else(|| "none".to_owned(), |inode| inode.to_string())
}

pub(crate) fn inet(bytes: &[u8], table: Table) -> Rows {
    let mut found = Rows::new();
    let mut rows = table.rows(bytes);
    while let Some(row) = rows.next() {
        found.push((rows.line(), row.and_then(|row| inet_row(&row))));
    }
    found
}

fn inet_row(row: &inet::Row<'_>) -> Result<String, Error> {
    let record = row.record()?;
    let inode = shown(record.inode);
    let pointer = Escaped(row.pointer()?);
    let mut text = format!(
        "{} local={} remote={} {} tx={} rx={} timer={}/{} retransmits={} uid={} timeout={} \
         inode={inode} refs={} pointer={pointer}",
        record.slot,
        record.local,
        record.remote,
        record.state,
        record.tx_queue,
        record.rx_queue,
        record.timer,
        record.timer_ticks,
        record.retransmits,
        record.uid,
        record.timeout,
        record.refs,
    );
    if let Some(drops) = record.drops {
        text.push_str(&format!(" drops={drops}"));
    }
    if let Some(tail) = record.tcp {
        text.push_str(&format!(
            " rto={} ato={} quick={} cwnd={} ssthresh={}",
            tail.rto, tail.ato, tail.quick_pingpong, tail.cwnd, tail.ssthresh
        ));
    }
    Ok(text)
}

pub(crate) fn unix(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = unix::Table.rows(bytes);
    while let Some(row) = rows.next() {
        let row = row.map(|row| {
            let name = row.name.map_or_else(|| "none".to_owned(), |name| format!("\"{name}\""));
            format!(
                "{} state={} inode={} listening={} refs={} flags={:x} pointer={} name={name}",
                row.kind,
                row.state.0,
                shown(row.inode),
                row.is_listening(),
                row.refs,
                row.flags,
                Escaped(row.pointer),
            )
        });
        found.push((rows.line(), row));
    }
    found
}

pub(crate) fn dev(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = dev::Table.rows(bytes);
    while let Some(row) = rows.next() {
        let row = row.map(|row| {
            let values = <[u64; 16]>::from(row.counters).map(|value| value.to_string());
            format!(
                "\"{row}\" receive={} transmit={}",
                values[..8].join(" "),
                values[8..].join(" ")
            )
        });
        found.push((rows.line(), row));
    }
    found
}

pub(crate) fn snmp(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut pairs = snmp::Pairs::new(bytes);
    while let Some(pair) = pairs.next() {
        let Ok(pair) = pair else {
            found.push((pairs.line(), pair.map(|_| String::new())));
            continue;
        };
        let mut text = Escaped(pair.prefix()).to_string();
        let mut errors = Rows::new();
        for counter in pair.counters() {
            match counter {
                Ok(counter) => {
                    text.push_str(&format!(" {}={}", Escaped(counter.name), counter.value));
                }
                Err(error) => errors.push((pair.values_line(), Err(error))),
            }
        }
        found.push((pair.line(), Ok(text)));
        found.append(&mut errors);
    }
    found
}

pub(crate) fn sockstat(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = sockstat::Rows::new(bytes);
    while let Some(row) = rows.next() {
        let line = rows.line();
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                found.push((line, Err(error)));
                continue;
            }
        };
        let prefix = Escaped(row.prefix());
        found.extend(row.values().map(|value| {
            let word = |value: sockstat::Value<'_>| {
                format!("{prefix} {}={}", Escaped(value.name), value.value)
            };
            (line, value.map(word))
        }));
    }
    found
}

pub(crate) fn conntrack(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = conntrack::Rows::new(bytes);
    while let Some(row) = rows.next() {
        let mut text = "cpu".to_owned();
        let mut errors = Rows::new();
        for column in row.columns() {
            match column {
                Ok(column) => text.push_str(&format!(" {}={}", Escaped(column.name), column.value)),
                Err(error) => errors.push((rows.line(), Err(error))),
            }
        }
        found.push((rows.line(), Ok(text)));
        found.append(&mut errors);
    }
    found
}

pub(crate) fn status(bytes: &[u8]) -> Rows {
    // An error's offset counts within the line of users.
    let line = Lines::new(bytes).position(|line| line.starts_with(b"Uid:"));
    let uids = Uids::decode(bytes).map(|uids| {
        let Uids { real, effective, saved, filesystem } = uids;
        format!("real={real} effective={effective} saved={saved} filesystem={filesystem}")
    });
    vec![(line.map_or(1, |at| at + 1), uids)]
}

pub(crate) fn stat(bytes: &[u8]) -> Rows {
    let stat = Stat::decode(bytes).map(|stat| {
        let Stat { pid, comm, state, ppid, threads, start_time } = stat;
        let (comm, state) = (Escaped(comm), char::from(state));
        format!("{pid} \"{comm}\" {state} ppid={ppid} threads={threads} started={start_time}")
    });
    vec![(1, stat)]
}

pub(crate) fn link(bytes: &[u8]) -> Rows {
    let inode = |target: &[u8]| shown(link::socket_inode(target));
    (1..).zip(Lines::new(bytes)).map(|(line, target)| (line, Ok(inode(target)))).collect()
}
