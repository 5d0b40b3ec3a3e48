//! What the numbers in files of counters mean: whether they only grow, what they count, how
//! wide they are, and what becomes of them where a file has a row for each CPU.
//!
//! The files say none of that. A rate taken of a gauge is nonsense, and so is a rate that
//! does not know where its counter wraps. What is said here goes by rule: a file's counters,
//! or those under one prefix, are alike, and what is not is in a list. Each [`Meaning`] names
//! where in the kernel it was read. A name that no list has is taken by its file's rule: see
//! [`File`], whose variants give it.
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

/// A file whose numbers are explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum File {
    /// `net/dev`. Names are `bytes`, `packets`, `errs` and so on, as the heading has them; the
    /// group may be `receive` or `transmit`, and makes no difference. Unknown: a counter of
    /// packets.
    Dev,
    /// `net/snmp`; the group is the prefix (`Tcp`). Unknown: a counter as wide as a word, of
    /// packets, messages, datagrams or segments, as its prefix has it; of events under an
    /// unknown prefix.
    Snmp,
    /// `net/netstat`; the group is the prefix (`TcpExt`). Unknown: a counter of events, as wide
    /// as a word; under `IpExt` one of packets, and 64 bits wide.
    Netstat,
    /// `net/snmp6`, which has no groups. Unknown: by its prefix (`Ip6`, `Icmp6`, `Udp6`,
    /// `UdpLite6`), else a counter of events, as wide as a word.
    Snmp6,
    /// `net/dev_snmp6/INTERFACE`: as [`Snmp6`](File::Snmp6), and `ifIndex`.
    DevSnmp6,
    /// `net/sockstat`; the group is the prefix (`TCP`). Unknown: a gauge of sockets.
    Sockstat,
    /// `net/sockstat6`: as [`Sockstat`](File::Sockstat).
    Sockstat6,
    /// `net/softnet_stat`, which has no heading: names are those of the kernel's source
    /// (`processed`, `time_squeeze`, `backlog_len`). Unknown: a counter of events, of 32 bits,
    /// to be added up.
    Softnet,
    /// `net/stat/nf_conntrack`. Unknown: a counter of packets, of 32 bits, to be added up.
    Conntrack,
    /// `net/protocols`; the group is the protocol, and makes no difference. Unknown: a gauge
    /// without a unit.
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

    /// Its path below `/proc/net`; of `dev_snmp6`, which is a directory of files, that of the
    /// directory.
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

    /// What the number under a name means. The group is what the file puts its names under, or
    /// empty where it has no groups.
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

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meaning {
    /// Whether it only grows.
    pub kind: Kind,
    /// What it counts.
    pub unit: Unit,
    /// Where it wraps, if it is a counter.
    pub width: Width,
    /// Whether the kernel prints it with a sign: only gauges are.
    pub signed: bool,
    /// What becomes of the rows of several CPUs.
    pub cpus: Cpus,
    /// Where in the kernel that was read: the file and, mostly, the function.
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

/// How a number moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// It grows from 0, and wraps: what matters is the difference between two readings. Where
    /// it falls by more than a wrap explains, what it counts for was made anew.
    Counter,
    /// It rises and falls, or is a setting: what matters is the reading itself.
    ///
    /// Those that the kernel adds up over CPUs while these go on (`CurrEstab`) may read, for a
    /// moment, as a little below 0: a huge number, as it is printed without a sign.
    Gauge,
    /// A number that names something, as an index does: neither its difference nor its sum
    /// means anything.
    Label,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Pages of memory, whose size is the host's.
    Pages,
    /// Packets, whole ones of IP among them.
    Packets,
    /// Fragments of packets.
    Fragments,
    /// Segments of TCP.
    Segments,
    /// Datagrams of UDP.
    Datagrams,
    /// Messages of ICMP.
    Messages,
    /// Connections, of TCP or tracked ones.
    Connections,
    /// Sockets.
    Sockets,
    /// Milliseconds.
    Milliseconds,
    /// Routers that a packet may still pass.
    Hops,
    /// How often something happened.
    Events,
    /// Nothing: it is a [`Label`](Kind::Label), or not known.
    None,
}

impl Unit {
    /// In a word; empty for [`None`](Unit::None).
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

/// How wide the kernel's own variable is, whatever width it is printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// 32 bits on every host: a busy one wraps within hours.
    Bits32,
    /// 64 bits on every host.
    Bits64,
    /// An `unsigned long`: 64 bits on 64-bit kernels, 32 on others. There, what goes beyond 32
    /// bits has more: counters of interfaces have 64 where their driver keeps them so.
    Word,
}

impl Width {
    /// The width on a host whose kernel has words of `word` bits.
    #[must_use]
    pub fn bits(self, word: u32) -> u32 {
        match self {
            Width::Bits32 => 32,
            Width::Bits64 => 64,
            Width::Word => word,
        }
    }
}

/// What a file has of each CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cpus {
    /// Nothing: the kernel has added up, or there is only one number.
    Summed,
    /// A row for each CPU, to be added up.
    Each,
    /// A row for each CPU, with the same number on all: to be taken once.
    Same,
    /// A row for each CPU, with a number that is its own: not to be added up.
    Own,
}

#[cfg(test)]
mod tests;
