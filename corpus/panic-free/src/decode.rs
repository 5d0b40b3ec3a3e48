//! Every public decoder of procnet-core, called with any input.
//!
//! [`black_box`] hides values from the optimizer: results count as used, and what a decoder
//! established about a line is unknown when a method of its row is called, as it is in callers
//! that pass rows on.

use core::{
    fmt::{self, Write},
    hint::black_box,
};

use procnet_core::{
    ByteOrder, Error, Inode, Lines, State, Step, UnknownState, Window, addr, capture,
    counter::{conntrack, dev, meaning, protocols, snmp, snmp6, sockstat, softnet},
    escape,
    process::{fdinfo, link, mountinfo, stat, status},
    table::{inet, netlink, packet, unix},
};

pub(crate) use crate::netlink::{
    connection_tracking as netlink_connection_tracking, inet as netlink_inet,
    other_families as netlink_other_families, requests as netlink_requests, unix as netlink_unix,
};
pub(crate) use crate::network::{
    connections as network_connections, groups as network_groups, neighbours as network_neighbours,
    routes as network_routes,
};

pub(crate) fn lines(bytes: &[u8]) {
    let mut lines = Lines::new(bytes);
    while let Some(line) = lines.next() {
        black_box((line, lines.rest()));
    }
}

pub(crate) fn window(input: &[u8]) {
    let mut memory = [0; 512];
    let Some((size, input)) = input.split_first() else { return };
    let Some(buffer) = memory.get_mut(..usize::from(*size)) else { return };
    let mut window = Window::new(buffer);
    let mut input = input.iter();
    loop {
        match black_box(&mut window).step() {
            Step::Lines(lines) => drop(black_box(lines)),
            Step::Cut(line) => _ = black_box((line, Error::cut(line.len()))),
            Step::TooLong(start) => _ = black_box((start, Error::too_long(start.len()))),
            Step::End => return,
            Step::More => {
                let filled =
                    window.space().iter_mut().zip(&mut input).map(|(to, from)| *to = *from);
                match filled.count() {
                    0 => window.finish(),
                    // Any number, as far as the optimizer knows: callers may pass a wrong count.
                    count => black_box(&mut window).fill(black_box(count)),
                }
            }
        }
    }
}

pub(crate) fn capture(input: &[u8]) {
    let Some((name, input)) = input.split_first() else { return };
    let names = ["tcp", "unix", "dev", "snmp6", "igmp", "netstat", "stat/nf_conntrack"];
    let Some(name) = names.get(usize::from(*name)) else { return };
    let Some(layout) = capture::Layout::of(black_box(name)) else { return };
    let mut repair = capture::Repair::new(layout);
    for line in Lines::new(input) {
        black_box((black_box(&mut repair).line(line), repair.removed()));
    }
    repair.cut();
    remarks(repair.remarks());
    let mut memory = [0; 512];
    let Some(text) = memory.get_mut(..input.len()) else { return };
    text.iter_mut().zip(input).for_each(|(to, from)| *to = *from);
    let (text, found) = capture::in_place(black_box(text), layout);
    black_box(text);
    remarks(found.and(repair.remarks()));
}

fn remarks(remarks: capture::Remarks) {
    black_box((remarks.is_exact(), remarks.is_whole()));
    let _ = write!(Sink, "{remarks}");
    remarks.doubts().for_each(|doubt| _ = black_box(doubt));
}

fn inet(line: &[u8], look: impl Fn(inet::Row<'_>)) {
    let orders = [ByteOrder::Little, ByteOrder::Big];
    let makers =
        [inet::Table::tcp4, inet::Table::tcp6, inet::Table::datagram4, inet::Table::datagram6];
    for table in orders.into_iter().flat_map(|order| makers.map(|make| make(order))) {
        match black_box(inet::Row::decode(line, black_box(table))) {
            Ok(row) => look(row),
            Err(error) => self::error(error),
        }
    }
}

pub(crate) fn inet_rows(file: &[u8]) {
    let mut rows = black_box(inet::Table::tcp4(ByteOrder::NATIVE)).rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        let _ = black_box((row, rows.line()));
    }
}

pub(crate) fn inet_brief(line: &[u8]) {
    inet(line, |row| _ = black_box(row.brief()));
}

pub(crate) fn inet_record(line: &[u8]) {
    inet(line, |row| _ = black_box(row.record()));
}

pub(crate) fn inet_columns(line: &[u8]) {
    inet(line, |row| {
        let _ = black_box((row.line(), row.slot(), row.local(), row.remote(), row.state()));
        let _ = black_box((row.tx_queue(), row.rx_queue(), row.timer(), row.timer_ticks()));
        let _ = black_box((row.retransmits(), row.uid(), row.timeout(), row.inode()));
        let _ = black_box((row.refs(), row.pointer(), row.drops(), row.tcp()));
    });
}

pub(crate) fn unix_rows(file: &[u8]) {
    let mut rows = unix::Table.rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        match black_box(row) {
            Ok(row) => {
                black_box((row.is_listening(), row.name.map(|name| name.is_path())));
            }
            Err(error) => self::error(error),
        }
    }
}

pub(crate) fn unix_row(line: &[u8]) {
    let _ = black_box(unix::Row::decode(line));
    black_box(unix::Name::new(line).is_path());
}

pub(crate) fn packet(file: &[u8]) {
    let mut rows = packet::Table.rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        let _ = black_box((row, rows.line()));
    }
    let _ = black_box(packet::Row::decode(file));
}

pub(crate) fn netlink_table(file: &[u8]) {
    let mut rows = netlink::Table.rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        let _ = black_box((row.map(|row| row.protocol.name()), rows.line()));
    }
    let _ = black_box(netlink::Row::decode(file));
}

pub(crate) fn dev_rows(file: &[u8]) {
    let mut sum = dev::Counters::default();
    let mut rows = dev::Table.rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        match black_box(row) {
            Ok(row) => {
                black_box(row.name());
                sum += row.counters;
            }
            Err(error) => self::error(error),
        }
    }
    black_box(<[u64; 16]>::from(sum));
}

pub(crate) fn dev_row(line: &[u8]) {
    let _ = black_box(dev::Row::decode(line));
}

pub(crate) fn snmp(file: &[u8]) {
    let mut pairs = snmp::Pairs::new(file);
    while let Some(pair) = black_box(&mut pairs).next() {
        match black_box(pair) {
            Ok(pair) => {
                black_box((pair.prefix(), pair.line(), pair.values_line(), pairs.line()));
                let mut counters = pair.counters();
                while let Some(counter) = black_box(&mut counters).next() {
                    let _ = black_box(counter);
                }
            }
            Err(error) => self::error(error),
        }
    }
}

pub(crate) fn sockstat(file: &[u8]) {
    let mut rows = sockstat::Rows::new(file);
    while let Some(row) = black_box(&mut rows).next() {
        match black_box(row) {
            Ok(row) => {
                black_box((row.prefix(), rows.line()));
                let mut values = row.values();
                while let Some(value) = black_box(&mut values).next() {
                    let _ = black_box(value);
                }
            }
            Err(error) => self::error(error),
        }
    }
}

pub(crate) fn conntrack(file: &[u8]) {
    let mut rows = conntrack::Rows::new(file);
    rows.column_names().for_each(|name| _ = black_box(name));
    while let Some(row) = black_box(&mut rows).next() {
        black_box((rows.names(), rows.line()));
        let mut columns = black_box(row).columns();
        while let Some(column) = black_box(&mut columns).next() {
            let _ = black_box(column);
        }
    }
}

pub(crate) fn snmp6(file: &[u8]) {
    let mut rows = snmp6::Table.rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        let _ = black_box((row, rows.line()));
    }
}

pub(crate) fn softnet(file: &[u8]) {
    let mut rows = softnet::Table.rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        match black_box(row) {
            Ok(row) => {
                row.columns().for_each(|column| _ = black_box(column));
                let mut further = row.further();
                while let Some(value) = black_box(&mut further).next() {
                    let _ = black_box(value);
                }
            }
            Err(error) => self::error(error),
        }
    }
}

pub(crate) fn protocols(file: &[u8]) {
    let mut rows = protocols::Rows::new(file);
    while let Some(row) = black_box(&mut rows).next() {
        black_box((rows.names(), rows.line()));
        match black_box(row) {
            Ok(row) => {
                let mut methods = row.methods();
                while let Some(method) = black_box(&mut methods).next() {
                    let _ = black_box(method);
                }
            }
            Err(error) => self::error(error),
        }
    }
}

pub(crate) fn meanings(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b' ').unwrap_or(0);
    let (group, name) = bytes.split_at_checked(at).unwrap_or_default();
    for file in meaning::File::ALL {
        let meaning = black_box(black_box(file).meaning(group, name));
        black_box((meaning.width.bits(64), meaning.unit.name(), file.name()));
    }
}

pub(crate) fn process(file: &[u8]) {
    let _ = black_box(link::socket_inode(file));
    let _ = black_box(link::network_namespace(file));
    for mount in mountinfo::mounts(file) {
        black_box((mount.namespace, mount.path().last()));
    }
    let _ = black_box(status::Uids::decode(file));
    if let Some(files) = fdinfo::UserFiles::decode(file) {
        for name in files.names() {
            black_box(name);
        }
    }
    let _ = black_box(stat::Stat::decode(file));
}

pub(crate) fn addresses(bytes: &[u8]) {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        if let Ok(digits) = bytes.try_into() {
            black_box(addr::ipv4(digits, black_box(order)));
        }
        if let Ok(digits) = bytes.try_into() {
            black_box(addr::ipv6(digits, black_box(order)));
        }
    }
}

pub(crate) fn words(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let _ = black_box(text.parse::<State>());
    let mut unescaped = escape::unescape(text);
    while let Some(byte) = black_box(&mut unescaped).next() {
        let _ = black_box(byte);
    }
    let numbers = bytes.iter().map(|byte| (State(*byte).name(), Inode::new(u64::from(*byte))));
    numbers.for_each(|number| _ = black_box(number));
}

fn error(error: Error) {
    black_box((error.kind(), error.column().name(), error.offset()));
}

/// `Display`, with and without padding, and `Debug` of small values.
///
/// Two things are omitted, as core itself contains a panic there, which cannot occur: `Display` of
/// addresses (core::net unwraps writes to a buffer that is always large enough), and derived
/// `Debug` of more than five fields (core::fmt asserts that the numbers of fields and names match).
pub(crate) fn display(bytes: &[u8]) {
    let number = bytes.first().copied().unwrap_or(0);
    show(&escape::Escaped(bytes));
    show(&unix::Name::new(bytes));
    show(&State(number));
    show(&inet::Timer(number));
    show(&unix::SocketType(u16::from(number)));
    show(&netlink::Protocol(u16::from(number)));
    show(&UnknownState);
    if let Some(inode) = Inode::new(u64::from(number)) {
        show(&inode);
    }
    match black_box(dev::Row::decode(bytes)) {
        Ok(row) => _ = black_box(write!(Sink, "{row}")),
        Err(error) => {
            show(&error);
            show(&error.kind());
            show(&error.column());
        }
    }
}

/// Discards text.
struct Sink;

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

pub(crate) fn show(value: &(impl fmt::Display + fmt::Debug)) {
    let _ = black_box(write!(Sink, "{value} {value:>30.7} {value:?} {value:#?}"));
}

/// A panic that the check must detect.
#[cfg(feature = "deliberate")]
pub(crate) fn deliberate(bytes: &[u8]) {
    black_box(bytes[7]);
}
