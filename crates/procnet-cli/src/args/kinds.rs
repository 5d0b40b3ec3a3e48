//! Kinds of sockets: by name, or by the letters of ss.

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser},
};
use procnet::{Kind, Kinds};

/// The kinds given, of which the union is listed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct KindArgs {
    /// Only sockets of this kind; may be repeated or a comma-separated list. ! excludes a kind:
    /// 'all,!unix'
    #[arg(long = "kind", short = 'A', visible_alias = "query", value_name = "KIND")]
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

/// A named set of kinds.
#[derive(Clone, Copy, Debug)]
struct Named {
    kinds: Kinds,
    excluded: bool,
}

/// A family, by its name in ss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Family {
    Inet,
    Inet6,
    Unix,
    Link,
    Netlink,
}

impl KindArgs {
    /// The selected kinds; `None` if none are given.
    pub(crate) fn selected(&self) -> Option<Kinds> {
        let excluded = self.kinds.iter().filter(|named| named.excluded);
        let excluded: Kinds = excluded.map(|named| named.kinds).collect();
        match self.included() {
            None if excluded.is_empty() => None,
            included => Some(included.unwrap_or(Kinds::DEFAULT) - excluded),
        }
    }

    /// The selected kinds, before exclusions.
    fn included(&self) -> Option<Kinds> {
        let letters = [
            (self.tcp, Kinds::TCP),
            (self.udp, Kinds::UDP),
            (self.raw, Kinds::RAW),
            (self.unix || self.has(Family::Unix), Kinds::UNIX),
            (self.packet || self.has(Family::Link), Kinds::PACKET),
            (self.has(Family::Netlink), Kinds::NETLINK),
        ];
        let letters = letters.into_iter().filter(|(given, _)| *given).map(|(_, kinds)| kinds);
        let named = self.kinds.iter().filter(|named| !named.excluded).map(|named| named.kinds);
        let named: Kinds = named.chain(letters).collect();
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
    let named = Kinds::NAMED.into_iter();
    let values = named.flat_map(|(name, _)| {
        [PossibleValue::new(name), PossibleValue::new(format!("!{name}")).hide(true)]
    });
    let parse = |name: String| {
        let (excluded, name) = match name.strip_prefix('!') {
            Some(name) => (true, name),
            None => (false, &*name),
        };
        name.parse::<Kinds>().map(|kinds| Named { kinds, excluded })
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
    fn letters_and_names_are_combined() {
        assert_eq!(selected(""), None);
        assert_eq!(selected("-t"), Some(Kinds::TCP));
        assert_eq!(selected("-tux"), Some(Kinds::DEFAULT));
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
