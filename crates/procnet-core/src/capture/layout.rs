//! What kernels print around the rows of each file.

/// What kernels print around the rows of a file under `/proc/net`.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) heading: Heading,
    /// The number of blanks before the heading, at most.
    pub(super) indent: usize,
    /// Whether columns are separated by tabs.
    pub(super) has_tabs: bool,
    /// Whether the last column is a name, which may contain any byte.
    pub(super) has_names: bool,
    /// Whether each line begins with a prefix and a colon.
    pub(super) has_prefix: bool,
    /// Whether a host may have nothing to print.
    pub(super) may_be_empty: bool,
}

/// The heading of a file: the words that its lines begin with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heading {
    /// The columns are the same in every kernel.
    Fixed(&'static [&'static [&'static str]]),
    /// The columns are identified by the names in the heading.
    Names(&'static [&'static [&'static str]]),
}

impl Heading {
    pub(super) fn lines(&self) -> &'static [&'static [&'static str]] {
        match self {
            Heading::Fixed(lines) | Heading::Names(lines) => lines,
        }
    }
}

const PLAIN: Layout = Layout {
    heading: Heading::Fixed(&[]),
    indent: 0,
    has_tabs: false,
    has_names: false,
    has_prefix: false,
    may_be_empty: false,
};

const fn heading(lines: &'static [&'static [&'static str]]) -> Layout {
    Layout { heading: Heading::Fixed(lines), ..PLAIN }
}

/// net/ipv4/tcp_ipv4.c `tcp4_seq_show`, and likewise the others.
static INET: Layout = Layout { indent: 3, ..heading(&[&["sl", "local_address"]]) };
/// net/unix/af_unix.c `unix_seq_show`.
static UNIX: Layout = Layout { has_names: true, ..heading(&[&["Num", "RefCount"]]) };
/// net/packet/af_packet.c `packet_seq_show`.
static PACKET: Layout = heading(&[&["sk", "RefCnt"]]);
/// net/netlink/af_netlink.c `netlink_native_seq_show`.
static NETLINK: Layout = heading(&[&["sk", "Eth"]]);
/// net/core/net-procfs.c `dev_seq_show`.
static DEV: Layout = heading(&[&["Inter-|", "Receive"], &["face", "|bytes"]]);
/// net/wireless/wext-proc.c `wireless_dev_seq_show`.
static WIRELESS: Layout = heading(&[&["Inter-|", "sta-|"], &["face", "|"]]);
/// net/ipv4/arp.c `arp_seq_show`.
static ARP: Layout = heading(&[&["IP", "address"]]);
/// net/ipv4/fib_trie.c `fib_route_seq_show`.
static ROUTE: Layout = Layout { has_tabs: true, ..heading(&[&["Iface", "Destination"]]) };
/// net/ipv4/igmp.c `igmp_mc_seq_show`.
static IGMP: Layout = Layout { has_tabs: true, ..heading(&[&["Idx", "Device"]]) };
/// net/core/net-procfs.c `ptype_seq_show`.
static PTYPE: Layout = heading(&[&["Type", "Device"]]);
/// net/core/sock.c `proto_seq_show`.
static PROTOCOLS: Layout = Layout { heading: Heading::Names(&[&["protocol", "size"]]), ..PLAIN };
/// net/netfilter/nf_conntrack_standalone.c `ct_cpu_seq_show`.
static CONNTRACK: Layout = Layout { heading: Heading::Names(&[&["entries"]]), ..PLAIN };
/// net/ipv4/proc.c `snmp_seq_show`, `netstat_seq_show`, `sockstat_seq_show`.
static PREFIXED: Layout = Layout { has_prefix: true, ..PLAIN };
/// net/ipv6/proc.c `snmp6_seq_show_item`.
static SNMP6: Layout = Layout { has_tabs: true, ..PLAIN };
/// net/core/net-procfs.c `softnet_seq_show`: every host has a CPU.
static SOFTNET: Layout = PLAIN;
/// net/ipv6/addrconf.c `if6_seq_show`, net/ipv6/route.c `rt6_info_route`, net/ipv6/mcast.c
/// `igmp6_mc_seq_show`, net/netfilter/nf_conntrack_standalone.c `ct_seq_show`.
static LISTED: Layout = Layout { may_be_empty: true, ..PLAIN };

impl Layout {
    /// Whether a host may have nothing to print in it: if not, an empty file is no table.
    #[must_use]
    pub fn may_be_empty(&self) -> bool {
        self.may_be_empty
    }

    /// The layout of a file, by its name below `/proc/net`: `tcp6`, `dev`, `stat/nf_conntrack`,
    /// `dev_snmp6/eth0`. `None` if no decoder reads it.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Layout> {
        Some(match name {
            "tcp" | "tcp6" | "udp" | "udp6" | "udplite" | "udplite6" | "raw" | "raw6" | "icmp"
            | "icmp6" => &INET,
            "unix" => &UNIX,
            "packet" => &PACKET,
            "netlink" => &NETLINK,
            "dev" => &DEV,
            "wireless" => &WIRELESS,
            "arp" => &ARP,
            "route" => &ROUTE,
            "igmp" => &IGMP,
            "ptype" => &PTYPE,
            "protocols" => &PROTOCOLS,
            "stat/nf_conntrack" | "stat/ip_conntrack" => &CONNTRACK,
            "snmp" | "netstat" | "sockstat" | "sockstat6" => &PREFIXED,
            "softnet_stat" => &SOFTNET,
            "if_inet6" | "ipv6_route" | "igmp6" | "nf_conntrack" | "ip_conntrack" => &LISTED,
            "snmp6" | "dev_snmp6" => &SNMP6,
            name if name.starts_with("dev_snmp6/") => &SNMP6,
            _ => return None,
        })
    }
}
