//! Inet sockets in every state in the rendered captures.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use procnet_core::{
    Inode, State,
    table::inet::{Family, Record, TcpTail, Timer},
};

use super::render::{self, Kind};
use crate::render::{Host, Kernel, Word};

pub(super) fn table(host: Host, kind: Kind) -> Vec<u8> {
    let rows = match kind {
        Kind::Tcp | Kind::Tcp6 => tcp(host, kind),
        _ => datagrams(host, kind),
    };
    let mut file = render::heading(host, kind).into_bytes();
    for (at, record) in rows.iter().enumerate() {
        // Distinct, and above the middle of the address space as a kernel's are.
        let address = 0xFFFF_8880_C3A4_0000 + at as u64 * 0x8C0;
        file.extend(render::row(host, kind, record, host.pointer(address).as_bytes()));
    }
    file
}

fn ends(host: Host, kind: Kind, local: u16, remote: u16) -> (SocketAddr, SocketAddr) {
    let v6 = kind.table(host.order).family == Family::V6;
    let loopback = |port: u16| match (v6, port) {
        (true, 0) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        // An IPv4-mapped peer, and one from the documentation prefix.
        (true, 1..=49) => (Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped(), port).into(),
        (true, 50..=99) => (Ipv6Addr::new(0x2001, 0xDB8, 1, 2, 3, 4, 5, 0xFFFE), port).into(),
        (true, _) => (Ipv6Addr::LOCALHOST, port).into(),
        (false, 0) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        (false, 1..=99) => (Ipv4Addr::new(192, 0, 2, 254), port).into(),
        (false, _) => (Ipv4Addr::LOCALHOST, port).into(),
    };
    (loopback(local), loopback(remote))
}

fn record(host: Host, kind: Kind, local: u16, remote: u16) -> Record {
    let (local, remote) = ends(host, kind, local, remote);
    Record {
        slot: 0,
        local,
        remote,
        state: State::CLOSE,
        tx_queue: 0,
        rx_queue: 0,
        timer: Timer::OFF,
        timer_ticks: 0,
        retransmits: 0,
        uid: 0,
        timeout: 0,
        inode: None,
        refs: 1,
        drops: None,
        tcp: None,
    }
}

fn tcp(host: Host, kind: Kind) -> Vec<Record> {
    let full =
        |ssthresh| Some(TcpTail { rto: 204, ato: 40, quick_pingpong: 30, cwnd: 10, ssthresh });
    let listening = Some(TcpTail { rto: 1000, ato: 0, quick_pingpong: 0, cwnd: 10, ssthresh: 0 });
    let row = |local, remote| record(host, kind, local, remote);
    let inode = |number| Inode::new(number);
    // Up to 6.12 a socket without an inode has uid 0.
    let orphan = if host.kernel >= Kernel::V6_18 { 1000 } else { 0 };
    // Overdue by two ticks: clamped since 4.4, a wrapped unsigned long before.
    let overdue = if host.kernel >= Kernel::V4_4 { 0 } else { host.word.long(u64::MAX - 1) };
    let largest = if host.word == Word::Bits32 { 2_147_483_647 } else { 4_294_967_295 };
    let mut rows = vec![
        Record {
            state: State::LISTEN,
            rx_queue: 1,
            inode: inode(9),
            tcp: listening,
            ..row(8080, 0)
        },
        Record {
            state: State::LISTEN,
            inode: inode(largest),
            uid: 4_294_967_294,
            tcp: listening,
            ..row(443, 0)
        },
        Record {
            state: State::ESTABLISHED,
            rx_queue: 6,
            uid: 1000,
            inode: inode(30_411),
            refs: 2,
            timer: Timer::KEEPALIVE,
            timer_ticks: 719_990,
            tcp: full(-1),
            ..row(8080, 33_000)
        },
        Record {
            state: State::ESTABLISHED,
            tx_queue: 5_000_000,
            inode: inode(30_412),
            timer: Timer::RETRANSMIT,
            timer_ticks: overdue,
            retransmits: 3,
            timeout: 2,
            tcp: full(7),
            ..row(33_000, 22)
        },
        Record {
            state: State::ESTABLISHED,
            uid: orphan,
            rx_queue: 5,
            tcp: full(-1),
            ..row(8080, 33_001)
        },
        Record {
            state: State::SYN_SENT,
            tx_queue: 1,
            inode: inode(30_413),
            refs: 2,
            timer: Timer::RETRANSMIT,
            timer_ticks: 27,
            tcp: full(-1),
            ..row(33_002, 80)
        },
        Record {
            state: State::SYN_RECV,
            timer: Timer::RETRANSMIT,
            timer_ticks: 95,
            uid: 1000,
            refs: 0,
            ..row(8080, 33_003)
        },
        Record {
            state: State::FIN_WAIT1,
            tx_queue: 2_175_009,
            timer: Timer::PROBE,
            timer_ticks: 4,
            uid: orphan,
            refs: 2,
            tcp: full(12),
            ..row(33_004, 8080)
        },
        Record {
            state: State::FIN_WAIT2,
            timer: Timer::TIME_WAIT,
            timer_ticks: 5922,
            refs: 3,
            ..row(33_005, 8080)
        },
        Record {
            state: State::FIN_WAIT2,
            inode: inode(30_414),
            tcp: full(-1),
            ..row(33_006, 8080)
        },
        Record {
            state: State::TIME_WAIT,
            timer: Timer::TIME_WAIT,
            timer_ticks: 5921,
            refs: 3,
            ..row(33_007, 8080)
        },
        Record {
            state: State::CLOSE_WAIT,
            rx_queue: 1,
            uid: 1000,
            inode: inode(30_415),
            tcp: full(-1),
            ..row(8080, 33_005)
        },
        Record {
            state: State::LAST_ACK,
            tx_queue: 1,
            uid: orphan,
            refs: 2,
            timer: Timer::RETRANSMIT,
            timer_ticks: 10,
            tcp: full(-1),
            ..row(8080, 33_008)
        },
        Record {
            state: State::CLOSING,
            tx_queue: 1,
            uid: orphan,
            refs: 2,
            timer: Timer::RETRANSMIT,
            timer_ticks: 11,
            tcp: full(2),
            ..row(33_009, 99)
        },
    ];
    for (row, slot) in rows.iter_mut().zip(0..) {
        row.slot = slot;
    }
    // As in the ten-thousandth row of a larger table.
    rows[13].slot = 10_000;
    rows
}

fn datagrams(host: Host, kind: Kind) -> Vec<Record> {
    let drops = |count| (host.kernel > Kernel::V2_6_24).then_some(count);
    let row = |slot, local, remote, inode| Record {
        slot,
        refs: 2,
        drops: drops(0),
        inode: Inode::new(inode),
        ..record(host, kind, local, remote)
    };
    match kind {
        // The port is the protocol number, the slot its bucket.
        Kind::Raw | Kind::Raw6 => vec![
            row(58, 58, 0, 40_001),
            Record { rx_queue: 0x4100, drops: drops(7), ..row(255, 255, 0, 40_002) },
        ],
        Kind::Icmp | Kind::Icmp6 => vec![Record { uid: 1000, ..row(44, 4660, 0, 40_003) }],
        _ => vec![
            Record { uid: 1000, rx_queue: 0x340, ..row(1800, 5353, 0, 40_004) },
            Record { state: State::ESTABLISHED, ..row(1801, 40_000, 53, 40_005) },
            // At least 2³¹, which kernels up to 4.19 print as negative.
            Record { drops: drops(4_294_967_293), ..row(1801, 5353, 0, 40_006) },
            Record { tx_queue: 0x1180, uid: 4_294_967_294, ..row(65_535, 65_535, 40, 40_007) },
        ],
    }
}
