//! Metadata of the numbers in counter files: counter or gauge, unit, width, and how to combine
//! the rows of several CPUs.
//!
//! The files themselves do not state any of that. The rate of a gauge is meaningless, and so is a
//! rate that ignores where the counter wraps. Metadata is defined by rules: the counters of a
//! file, or of a prefix, share one, and exceptions are listed by name. Each [`Meaning`] names its
//! source in the kernel. Unknown names get the default of their file, which is documented at each
//! variant of [`File`].
//!
//! ```
//! use procnet_core::counter::meaning::{File, Kind, Unit, Width};
//!
//! let established = File::Snmp.meaning(b"Tcp", b"CurrEstab");
//! assert_eq!((established.kind, established.unit), (Kind::Gauge, Unit::Connections));
//! let octets = File::Netstat.meaning(b"IpExt", b"InOctets");
//! assert_eq!((octets.unit, octets.width), (Unit::Bytes, Width::Bits64));
//! assert_eq!(File::Conntrack.meaning(b"", b"drop").width.bits(64), 32);
//! ```

mod rules;

use core::fmt;

/// A counter file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum File {
    /// `net/dev`. Names are `bytes`, `packets`, `errs` and so on, as in the heading; the group may
    /// be `receive` or `transmit`, and is ignored. Default: a counter of packets.
    Dev,
    /// `net/snmp`; the group is the prefix (`Tcp`). Default: a word-sized counter of packets,
    /// messages, datagrams or segments, depending on the prefix; of events under an unknown prefix.
    Snmp,
    /// `net/netstat`; the group is the prefix (`TcpExt`). Default: a word-sized counter of events;
    /// under `IpExt` a 64-bit counter of packets.
    Netstat,
    /// `net/snmp6`, which has no groups. Default: by prefix (`Ip6`, `Icmp6`, `Udp6`, `UdpLite6`),
    /// else a word-sized counter of events.
    Snmp6,
    /// `net/dev_snmp6/INTERFACE`: as [`Snmp6`](File::Snmp6), plus `ifIndex`.
    DevSnmp6,
    /// `net/sockstat`; the group is the prefix (`TCP`). Default: a gauge of sockets.
    Sockstat,
    /// `net/sockstat6`: as [`Sockstat`](File::Sockstat).
    Sockstat6,
    /// `net/softnet_stat`, which has no heading: names are those in the kernel source
    /// (`processed`, `time_squeeze`, `backlog_len`). Default: a 32-bit counter of events, to be
    /// summed over CPUs.
    Softnet,
    /// `net/stat/nf_conntrack`. Default: a 32-bit counter of packets, to be summed over CPUs.
    Conntrack,
    /// `net/protocols`; the group is the protocol, and is ignored. Default: a gauge without a unit.
    Protocols,
}

impl File {
    /// Every file.
    pub const ALL: [File; 10] = [
        File::Dev,
        File::Snmp,
        File::Netstat,
        File::Snmp6,
        File::DevSnmp6,
        File::Sockstat,
        File::Sockstat6,
        File::Softnet,
        File::Conntrack,
        File::Protocols,
    ];

    /// The path below `/proc/net`; for `dev_snmp6`, that of the directory.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            File::Dev => "dev",
            File::Snmp => "snmp",
            File::Netstat => "netstat",
            File::Snmp6 => "snmp6",
            File::DevSnmp6 => "dev_snmp6",
            File::Sockstat => "sockstat",
            File::Sockstat6 => "sockstat6",
            File::Softnet => "softnet_stat",
            File::Conntrack => "stat/nf_conntrack",
            File::Protocols => "protocols",
        }
    }

    /// The metadata of a number. The group is the prefix or row that its name belongs to, or empty
    /// if the file has no groups.
    #[must_use]
    pub fn meaning(self, group: &[u8], name: &[u8]) -> Meaning {
        match self {
            File::Dev => rules::dev(name),
            File::Snmp => rules::snmp(group, name),
            File::Netstat => rules::netstat(group, name),
            File::Snmp6 | File::DevSnmp6 => rules::snmp6(name),
            File::Sockstat | File::Sockstat6 => rules::sockstat(group, name),
            File::Softnet => rules::softnet(name),
            File::Conntrack => rules::conntrack(name),
            File::Protocols => rules::protocols(name),
        }
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The metadata of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meaning {
    /// Counter, gauge or label.
    pub kind: Kind,
    /// The unit.
    pub unit: Unit,
    /// The width of the kernel variable: where a counter wraps.
    pub width: Width,
    /// Whether the kernel prints it as a signed number; only gauges are.
    pub signed: bool,
    /// How to combine the rows of several CPUs.
    pub cpus: Cpus,
    /// The source of these facts in the kernel: a file and usually a function.
    pub source: &'static str,
}

impl Meaning {
    const fn counter(unit: Unit, width: Width, source: &'static str) -> Meaning {
        Meaning { kind: Kind::Counter, unit, width, signed: false, cpus: Cpus::Summed, source }
    }

    const fn gauge(unit: Unit, width: Width, source: &'static str) -> Meaning {
        Meaning { kind: Kind::Gauge, unit, width, signed: false, cpus: Cpus::Summed, source }
    }

    const fn label(width: Width, source: &'static str) -> Meaning {
        let unit = Unit::None;
        Meaning { kind: Kind::Label, unit, width, signed: false, cpus: Cpus::Summed, source }
    }

    const fn of(self, unit: Unit) -> Meaning {
        Meaning { unit, ..self }
    }

    const fn signed(self) -> Meaning {
        Meaning { signed: true, ..self }
    }

    const fn cpus(self, cpus: Cpus) -> Meaning {
        Meaning { cpus, ..self }
    }
}

/// How a number changes over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Increases from 0 and wraps: the difference between two readings matters. A decrease that a
    /// wrap does not explain means that the counted object was recreated.
    Counter,
    /// Rises and falls, or is a setting: the reading itself matters.
    ///
    /// Gauges that the kernel sums over CPUs without a lock (`CurrEstab`) may momentarily be
    /// slightly negative, which prints as a huge number, as it is unsigned.
    Gauge,
    /// Identifies something, such as an index: neither differences nor sums are meaningful.
    Label,
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Pages of memory; the page size depends on the host.
    Pages,
    /// Packets, including IP datagrams.
    Packets,
    /// IP fragments.
    Fragments,
    /// TCP segments.
    Segments,
    /// UDP datagrams.
    Datagrams,
    /// ICMP messages.
    Messages,
    /// Connections: of TCP, or tracked ones.
    Connections,
    /// Sockets.
    Sockets,
    /// Milliseconds.
    Milliseconds,
    /// Hops: a time to live.
    Hops,
    /// Occurrences of an event.
    Events,
    /// No unit: a [`Label`](Kind::Label), or unknown.
    None,
}

impl Unit {
    /// The name of the unit; empty for [`None`](Unit::None).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "bytes",
            Unit::Pages => "pages",
            Unit::Packets => "packets",
            Unit::Fragments => "fragments",
            Unit::Segments => "segments",
            Unit::Datagrams => "datagrams",
            Unit::Messages => "messages",
            Unit::Connections => "connections",
            Unit::Sockets => "sockets",
            Unit::Milliseconds => "milliseconds",
            Unit::Hops => "hops",
            Unit::Events => "events",
            Unit::None => "",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The width of the kernel variable, which may differ from the printed width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// 32 bits on every host; a busy one wraps within hours.
    Bits32,
    /// 64 bits on every host.
    Bits64,
    /// An `unsigned long`: 64 bits on 64-bit kernels, 32 on others. On the latter a value beyond
    /// 32 bits shows that the variable is wider: some drivers keep 64-bit interface counters.
    Word,
}

impl Width {
    /// The width in bits on a kernel with words of `word` bits.
    #[must_use]
    pub fn bits(self, word: u32) -> u32 {
        match self {
            Width::Bits32 => 32,
            Width::Bits64 => 64,
            Width::Word => word,
        }
    }
}

/// How a file represents per-CPU values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cpus {
    /// One number: a sum over all CPUs, or not per CPU at all.
    Summed,
    /// One row per CPU, to be summed.
    Each,
    /// One row per CPU, all with the same number: use it once.
    Same,
    /// One row per CPU, with a number that identifies it: do not sum.
    Own,
}

#[cfg(test)]
mod tests;
