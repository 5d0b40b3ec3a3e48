//! The ten tables as kernels print them.

use std::net::{IpAddr, SocketAddr};

use procnet_core::{
    ByteOrder, Inode,
    table::inet::{Family, Record, Table},
};

use crate::render::{Host, Kernel};

/// The paths of the ten tables in a capture, in the order of [`Kind::ALL`].
pub(super) const FILES: [&str; 10] = [
    "net/tcp",
    "net/tcp6",
    "net/udp",
    "net/udp6",
    "net/udplite",
    "net/udplite6",
    "net/raw",
    "net/raw6",
    "net/icmp",
    "net/icmp6",
];

/// One of the ten tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the file of its name")]
pub enum Kind {
    Tcp,
    Tcp6,
    Udp,
    Udp6,
    UdpLite,
    UdpLite6,
    Raw,
    Raw6,
    Icmp,
    Icmp6,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 10] = [
        Kind::Tcp,
        Kind::Tcp6,
        Kind::Udp,
        Kind::Udp6,
        Kind::UdpLite,
        Kind::UdpLite6,
        Kind::Raw,
        Kind::Raw6,
        Kind::Icmp,
        Kind::Icmp6,
    ];

    /// The file's name under `/proc/net`.
    #[must_use]
    pub fn file(self) -> &'static str {
        &self.path()["net/".len()..]
    }

    /// The path in a capture.
    #[must_use]
    pub fn path(self) -> &'static str {
        FILES[self as usize]
    }

    /// The table of a path in a capture.
    #[must_use]
    pub fn of(path: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.path() == path)
    }

    /// The decoder of its lines.
    #[must_use]
    pub fn table(self, order: ByteOrder) -> Table {
        match self {
            Kind::Tcp => Table::tcp4(order),
            Kind::Tcp6 => Table::tcp6(order),
            Kind::Udp | Kind::UdpLite | Kind::Raw | Kind::Icmp => Table::datagram4(order),
            Kind::Udp6 | Kind::UdpLite6 | Kind::Raw6 | Kind::Icmp6 => Table::datagram6(order),
        }
    }

    /// Whether a kernel has the file at all. Ping sockets were added in 3.0, those of IPv6 between
    /// 3.0 and 4.4; udplite was removed between 6.18 and 7.2.
    #[must_use]
    pub fn is_in(self, kernel: Kernel) -> bool {
        match self {
            Kind::UdpLite | Kind::UdpLite6 => kernel < Kernel::V7_2,
            Kind::Icmp => kernel >= Kernel::V3_0,
            Kind::Icmp6 => kernel >= Kernel::V4_4,
            _ => true,
        }
    }

    fn family(self) -> Family {
        self.table(ByteOrder::NATIVE).family
    }

    /// The width to which lines are padded, or 0.
    fn padding(self, kernel: Kernel) -> usize {
        match self {
            Kind::Tcp => 149,
            Kind::Udp | Kind::UdpLite | Kind::Icmp => 127,
            Kind::Raw if kernel == Kernel::V2_6_24 => 127,
            _ => 0,
        }
    }
}

/// The heading, with its `\n`.
#[must_use]
pub fn heading(host: Host, kind: Kind) -> String {
    let lead = match kind {
        Kind::Udp | Kind::UdpLite if host.kernel >= Kernel::V5_10 => "   sl",
        _ => "  sl",
    };
    let addresses = match (kind.family(), kind) {
        (Family::V4, _) => "local_address rem_address  ".to_owned(),
        (Family::V6, _) => format!("{:<37} {:<37}", "local_address", "remote_address"),
    };
    let last = match kind {
        Kind::Tcp | Kind::Tcp6 => "",
        _ if host.kernel == Kernel::V2_6_24 => "",
        _ => " ref pointer drops",
    };
    let columns = "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
    let line = format!("{lead}  {addresses} {columns}{last}");
    format!("{line:<width$}\n", width = kind.padding(host.kernel))
}

/// A row, with its `\n`: net/ipv4/tcp_ipv4.c `tcp4_seq_show`, net/ipv6/tcp_ipv6.c
/// `tcp6_seq_show`, net/ipv4/udp.c `udp4_format_sock`, net/ipv4/raw.c `raw_sock_seq_show`,
/// net/ipv4/ping.c `ping_v4_format_sock`, net/ipv6/datagram.c `__ip6_dgram_sock_seq_show`.
///
/// Columns that the kernel does not have are omitted, and numbers are truncated to its word size.
#[must_use]
pub fn row(host: Host, kind: Kind, record: &Record, pointer: &[u8]) -> Vec<u8> {
    let width = match kind {
        Kind::Tcp | Kind::Tcp6 | Kind::Raw => 4,
        _ if host.kernel == Kernel::V2_6_24 => 4,
        _ => 5,
    };
    let Record { slot, state, tx_queue, rx_queue, timer, retransmits, .. } = record;
    let local = address(host.order, record.local);
    let remote = address(host.order, record.remote);
    let ticks = host.word.long(record.timer_ticks);
    let uid = either_sign(record.uid, host.kernel <= Kernel::V3_0);
    let timeout = either_sign(record.timeout, true);
    let inode = host.word.long(record.inode.map_or(0, Inode::get));
    let refs = either_sign(record.refs, true);
    let mut line = format!(
        "{slot:>width$}: {local} {remote} {:02X} {tx_queue:08X}:{rx_queue:08X} \
         {:02X}:{ticks:08X} {retransmits:08X} {uid:>5} {timeout:>8} {inode} {refs} ",
        state.0, timer.0,
    )
    .into_bytes();
    line.extend(pointer);
    if let Some(tail) = record.tcp {
        let (rto, ato) = (host.word.long(tail.rto), host.word.long(tail.ato));
        let (quick, cwnd, ssthresh) = (tail.quick_pingpong, tail.cwnd, tail.ssthresh);
        line.extend(format!(" {rto} {ato} {quick} {cwnd} {ssthresh}").bytes());
    }
    if let Some(drops) = record.drops.filter(|_| host.kernel > Kernel::V2_6_24) {
        let drops = either_sign(drops, host.kernel <= Kernel::V4_19);
        line.extend(format!(" {drops}").bytes());
    }
    // Padding does not truncate longer rows.
    line.resize(line.len().max(kind.padding(host.kernel)), b' ');
    line.push(b'\n');
    line
}

/// A 32-bit number as `%d` or `%u`.
fn either_sign(value: u32, signed: bool) -> String {
    if signed { value.cast_signed().to_string() } else { value.to_string() }
}

/// An address as words in the host's byte order, and its port.
fn address(order: ByteOrder, address: SocketAddr) -> String {
    let bytes = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let word = |bytes: &[u8]| {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        let word = match order {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        };
        format!("{word:08X}")
    };
    let words: String = bytes.chunks(4).map(word).collect();
    format!("{words}:{:04X}", address.port())
}
