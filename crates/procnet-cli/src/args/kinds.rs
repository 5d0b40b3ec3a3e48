//! Kinds of sockets: by name, or by the letters of ss.

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser},
};
use procnet::{Filter, Kind, Kinds};

/// The kinds given, of which the union is listed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct KindArgs {
    /// Only sockets of this kind; may be repeated or a comma-separated list. ! excludes a kind:
    /// 'all,!unix'
    #[arg(long = "kind", short = 'A', visible_aliases = ["query", "socket"], value_name = "KIND")]
    #[arg(value_delimiter = ',', value_parser = names())]
    kinds: Vec<Named>,
    /// TCP sockets
    #[arg(long, short = 't')]
    tcp: bool,
    /// UDP sockets
    #[arg(long, short = 'u')]
    udp: bool,
    /// Raw sockets (not listed by default)
    #[arg(long, short = 'w')]
    raw: bool,
    /// Unix sockets
    #[arg(long, short = 'x')]
    unix: bool,
    /// Packet sockets (not listed by default)
    #[arg(long, short = '0')]
    packet: bool,
    /// MPTCP sockets (not listed by default; their subflows are TCP sockets)
    #[arg(long, short = 'M')]
    mptcp: bool,
    /// SCTP sockets and associations (not listed by default)
    #[arg(long, short = 'S')]
    sctp: bool,
    /// DCCP sockets (not listed by default)
    #[arg(long, short = 'd')]
    dccp: bool,
    /// SMC sockets (not listed by default)
    #[arg(long)]
    smc: bool,
    /// vsock sockets, of virtual machines (not listed by default)
    #[arg(long)]
    vsock: bool,
    /// TIPC sockets (not listed by default)
    #[arg(long)]
    tipc: bool,
    /// XDP sockets (not listed by default)
    #[arg(long)]
    xdp: bool,
    /// Sockets of this family; may be repeated
    #[arg(long = "family", short, value_name = "FAMILY", value_delimiter = ',', value_enum)]
    families: Vec<Family>,
    /// Only IPv4 sockets, of those with addresses
    #[arg(long, short = '4')]
    ipv4: bool,
    /// Only IPv6 sockets, of those with addresses; they may have IPv4 peers
    #[arg(long, short = '6')]
    ipv6: bool,
}

/// A named set of kinds, or the sockets of one kind and type.
#[derive(Clone, Copy, Debug)]
struct Named {
    kinds: Kinds,
    of_type: Option<Type>,
    excluded: bool,
}

/// Sockets of one kind and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Type {
    kind: Kind,
    word: &'static str,
}

/// The names of ss for sockets of one kind and type: the one it documents, and the one it prints
/// (misc/ss.c `filter_db_parse`).
const TYPES: [([&str; 2], Type); 7] = [
    (["unix_stream", "u_str"], Type { kind: Kind::Unix, word: "stream" }),
    (["unix_dgram", "u_dgr"], Type { kind: Kind::Unix, word: "dgram" }),
    (["unix_seqpacket", "u_seq"], Type { kind: Kind::Unix, word: "seqpacket" }),
    (["packet_raw", "p_raw"], Type { kind: Kind::Packet, word: "raw" }),
    (["packet_dgram", "p_dgr"], Type { kind: Kind::Packet, word: "dgram" }),
    (["vsock_stream", "v_str"], Type { kind: Kind::Vsock, word: "stream" }),
    (["vsock_dgram", "v_dgr"], Type { kind: Kind::Vsock, word: "dgram" }),
];

/// A family, by its name in ss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Family {
    Inet,
    Inet6,
    Unix,
    Link,
    Netlink,
    Vsock,
    Tipc,
    Xdp,
    Smc,
}

impl KindArgs {
    /// The selected kinds; `None` if none are given.
    pub(crate) fn selected(&self) -> Option<Kinds> {
        let excluded = self.kinds.iter().filter(|named| named.excluded && named.of_type.is_none());
        let excluded: Kinds = excluded.map(|named| named.kinds).collect();
        match self.included() {
            None if excluded.is_empty() => None,
            included => Some(included.unwrap_or(Kinds::DEFAULT) - excluded),
        }
    }

    /// The condition on the types of unix, packet and vsock sockets, if a name selects or excludes some.
    pub(crate) fn types(&self) -> Option<Filter> {
        let of_kind = |kind: Kind| {
            let typed =
                self.kinds.iter().filter_map(|named| Some((named.of_type?, named.excluded)));
            let typed = typed.filter(move |(of, _)| of.kind == kind).collect::<Vec<_>>();
            let whole = self.letters().chain(self.whole_names()).any(|it| it.contains(kind));
            let (mut included, mut excluded) = (String::new(), String::new());
            for (of, is_excluded) in typed {
                match is_excluded {
                    true => excluded += &format!(" and type != {}", of.word),
                    false if whole => {}
                    false => included += &format!(" or type = {}", of.word),
                }
            }
            let of_these = match &*included {
                "" => String::new(),
                types => format!(" and ( {} )", types.trim_start_matches(" or ")),
            };
            let all = format!("{of_these}{excluded}");
            let all = all.strip_prefix(" and ")?;
            format!("kind != {kind} or ( {all} )").parse::<Filter>().ok()
        };
        [Kind::Unix, Kind::Packet, Kind::Vsock].into_iter().filter_map(of_kind).reduce(Filter::and)
    }

    /// The selected kinds, before exclusions.
    fn included(&self) -> Option<Kinds> {
        let named = self.kinds.iter().filter(|named| !named.excluded).map(|named| named.kinds);
        let named: Kinds = named.chain(self.letters()).collect();
        let versions = self.wants_ipv4() || self.wants_ipv6();
        if !versions {
            return (!named.is_empty()).then_some(named);
        }
        // An IP version narrows the kinds that have one; if none is given, it selects them all.
        let narrows = named.iter().any(|kind| version(kind).is_some());
        let kinds = if narrows { named } else { named | Kinds::INET };
        let wanted = |kind: &Kind| match version(*kind) {
            Some(4) => self.wants_ipv4(),
            Some(_) => self.wants_ipv6(),
            None => true,
        };
        Some(kinds.iter().filter(wanted).map(Kinds::from).collect())
    }

    /// The kinds of which names select all sockets.
    fn whole_names(&self) -> impl Iterator<Item = Kinds> {
        let whole = self.kinds.iter().filter(|named| !named.excluded && named.of_type.is_none());
        whole.map(|named| named.kinds)
    }

    /// The kinds that letters and families select.
    fn letters(&self) -> impl Iterator<Item = Kinds> + use<> {
        let letters = [
            (self.tcp, Kinds::TCP),
            (self.udp, Kinds::UDP),
            (self.raw, Kinds::RAW),
            (self.unix || self.has(Family::Unix), Kinds::UNIX),
            (self.packet || self.has(Family::Link), Kinds::PACKET),
            (self.mptcp, Kinds::MPTCP),
            (self.sctp, Kinds::SCTP),
            (self.dccp, Kinds::DCCP),
            (self.smc || self.has(Family::Smc), Kinds::SMC),
            (self.vsock || self.has(Family::Vsock), Kinds::VSOCK),
            (self.tipc || self.has(Family::Tipc), Kinds::TIPC),
            (self.xdp || self.has(Family::Xdp), Kinds::XDP),
            (self.has(Family::Netlink), Kinds::NETLINK),
        ];
        letters.into_iter().filter(|(given, _)| *given).map(|(_, kinds)| kinds)
    }

    fn has(&self, family: Family) -> bool {
        self.families.contains(&family)
    }

    fn wants_ipv4(&self) -> bool {
        self.ipv4 || self.has(Family::Inet)
    }

    fn wants_ipv6(&self) -> bool {
        self.ipv6 || self.has(Family::Inet6)
    }
}

/// The IP version of a kind, if it has one: there is a kind of the same name with a 6.
fn version(kind: Kind) -> Option<u8> {
    let is_ipv6_of_it = |other: Kind| other.name().strip_suffix('6') == Some(kind.name());
    if kind.name().ends_with('6') {
        Some(6)
    } else {
        Kind::ALL.into_iter().any(is_ipv6_of_it).then_some(4)
    }
}

fn names() -> ValueParser {
    let named = Kinds::NAMED.into_iter().map(|(name, _)| (name, false));
    let typed = TYPES.into_iter().flat_map(|([name, printed], _)| [(name, false), (printed, true)]);
    let values = named.chain(typed).flat_map(|(name, hidden)| {
        let value = PossibleValue::new(name).hide(hidden);
        [value, PossibleValue::new(format!("!{name}")).hide(true)]
    });
    let parse = |name: String| {
        let (excluded, name) = match name.strip_prefix('!') {
            Some(name) => (true, name),
            None => (false, &*name),
        };
        match TYPES.into_iter().find(|(names, _)| names.contains(&name)) {
            Some((_, of)) => Ok(Named { kinds: of.kind.into(), of_type: Some(of), excluded }),
            None => name.parse::<Kinds>().map(|kinds| Named { kinds, of_type: None, excluded }),
        }
    };
    PossibleValuesParser::new(values).try_map(parse).into()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        kinds: KindArgs,
    }

    fn selected(args: &str) -> Option<Kinds> {
        let words = std::iter::once("procnet").chain(args.split_whitespace());
        Cli::try_parse_from(words).unwrap().kinds.selected()
    }

    #[test]
    fn names_of_types_select_sockets_of_one_type() {
        let types = |args: &str| {
            let words = std::iter::once("procnet").chain(args.split_whitespace());
            let kinds = Cli::try_parse_from(words).unwrap().kinds;
            (kinds.selected(), kinds.types().map(|it| it.to_string()))
        };
        for (args, kinds, condition) in [
            ("-A unix_stream", Some(Kinds::UNIX), "type = stream"),
            ("-A u_str,unix_dgram", Some(Kinds::UNIX), "type = stream or type = dgram"),
            ("-A tcp,u_seq", Some(Kinds::TCP | Kinds::UNIX), "type = seqpacket"),
            ("-A unix,!unix_dgram", Some(Kinds::UNIX), "type != dgram"),
            ("-x -A !u_dgr,!u_seq", Some(Kinds::UNIX), "type != dgram and type != seqpacket"),
            ("-A !unix_dgram", None, "type != dgram"),
        ] {
            let condition = match condition.contains(" or ") || condition.contains(" and ") {
                true => format!("kind != unix or ( {condition} )"),
                false => format!("kind != unix or {condition}"),
            };
            let condition: Filter = condition.parse().unwrap();
            let canonical = condition.to_string();
            assert_eq!(types(args), (kinds, Some(canonical)), "{args}");
        }
        let packet = "kind != packet or type = raw".to_owned();
        assert_eq!(types("-A packet_raw"), (Some(Kinds::PACKET), Some(packet)));
        // All unix sockets are asked for, too.
        assert_eq!(types("-x -A unix_stream"), (Some(Kinds::UNIX), None));
        assert_eq!(types("-A all,p_raw").1.as_deref(), Some("kind != packet or type = raw"));
        assert_eq!(types("-tux"), (Some(Kinds::DEFAULT), None));
    }

    #[test]
    fn letters_and_names_are_combined() {
        assert_eq!(selected(""), None);
        assert_eq!(selected("-t"), Some(Kinds::TCP));
        assert_eq!(selected("-tux"), Some(Kinds::DEFAULT));
        assert_eq!(selected("-MSd"), Some(Kinds::MPTCP | Kinds::SCTP | Kinds::DCCP));
        assert_eq!(selected("-S6 --vsock"), Some(Kinds::VSOCK | Kind::Sctp6.into()));
        let others = Kinds::SMC | Kinds::VSOCK | Kinds::TIPC | Kinds::XDP;
        assert_eq!(selected("-f vsock,tipc,xdp,smc"), Some(others));
        assert_eq!(selected("-A vsock_stream"), Some(Kinds::VSOCK));
        assert_eq!(selected("-u --kind tcp6"), Some(Kinds::UDP | Kinds::TCP6));
        assert_eq!(selected("-A tcp,unix"), Some(Kinds::TCP | Kinds::UNIX));
        assert_eq!(selected("-A all,!tcp"), Some(Kinds::UDP | Kinds::UNIX));
        assert_eq!(selected("-A !unix"), Some(Kinds::INET));
        assert_eq!(selected("-4 -A !udp"), Some(Kinds::TCP4));
    }

    #[test]
    fn an_ip_version_narrows_the_kinds_that_have_one() {
        assert_eq!(selected("-4"), Some(Kinds::INET4));
        assert_eq!(selected("-6"), Some(Kinds::INET6));
        assert_eq!(selected("-46"), Some(Kinds::INET));
        assert_eq!(selected("-4t"), Some(Kinds::TCP4));
        assert_eq!(selected("-6tx"), Some(Kinds::TCP6 | Kinds::UNIX));
        assert_eq!(selected("-w4"), Some(Kind::Raw.into()));
        assert_eq!(selected("-46u"), Some(Kinds::UDP));
        assert_eq!(selected("-f inet6 -t"), Some(Kinds::TCP6));
        assert_eq!(selected("-f inet -f unix"), Some(Kinds::INET4 | Kinds::UNIX));
        assert_eq!(selected("-4x"), Some(Kinds::INET4 | Kinds::UNIX));
    }
}
