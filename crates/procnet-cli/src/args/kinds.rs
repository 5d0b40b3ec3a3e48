//! Which kinds of sockets: by name, or by the letters of ss.

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser},
};
use procnet::{Kind, Kinds};

/// The kinds, as they are typed; together they are a union.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Which sockets")]
pub(crate) struct KindArgs {
    /// Only sockets of this kind; may be given again, or as a list with commas. A ! before it
    /// leaves it out: 'all,!unix'.
    #[arg(long = "kind", short = 'A', visible_alias = "query", value_name = "KIND")]
    #[arg(value_delimiter = ',', value_parser = names())]
    kinds: Vec<Named>,
    /// TCP sockets.
    #[arg(long, short = 't')]
    tcp: bool,
    /// UDP sockets.
    #[arg(long, short = 'u')]
    udp: bool,
    /// Raw sockets, which are listed only when asked for.
    #[arg(long, short = 'w')]
    raw: bool,
    /// Unix sockets.
    #[arg(long, short = 'x')]
    unix: bool,
    /// Packet sockets, which are listed only when asked for.
    #[arg(long, short = '0')]
    packet: bool,
    /// Sockets of this family; may be given again.
    #[arg(long = "family", short, value_name = "FAMILY", value_delimiter = ',', value_enum)]
    families: Vec<Family>,
    /// Of sockets with addresses only those of IPv4.
    #[arg(long, short = '4')]
    ipv4: bool,
    /// Of sockets with addresses only those of IPv6, which IPv4 peers may use, too.
    #[arg(long, short = '6')]
    ipv6: bool,
}

/// A name of kinds.
#[derive(Clone, Copy, Debug)]
struct Named {
    kinds: Kinds,
    left_out: bool,
}

/// A family, as ss names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Family {
    Inet,
    Inet6,
    Unix,
    Link,
    Netlink,
}

impl KindArgs {
    /// What was asked for; `None` if nothing was.
    pub(crate) fn asked(&self) -> Option<Kinds> {
        let left_out = self.kinds.iter().filter(|named| named.left_out);
        let left_out: Kinds = left_out.map(|named| named.kinds).collect();
        match self.included() {
            None if left_out.is_empty() => None,
            included => Some(included.unwrap_or(Kinds::DEFAULT) - left_out),
        }
    }

    /// What was asked for, before anything is left out.
    fn included(&self) -> Option<Kinds> {
        let letters = [
            (self.tcp, Kinds::TCP),
            (self.udp, Kinds::UDP),
            (self.raw, Kinds::RAW),
            (self.unix || self.has(Family::Unix), Kinds::UNIX),
            (self.packet || self.has(Family::Link), Kinds::PACKET),
            (self.has(Family::Netlink), Kinds::NETLINK),
        ];
        let letters = letters.into_iter().filter(|(typed, _)| *typed).map(|(_, kinds)| kinds);
        let named = self.kinds.iter().filter(|named| !named.left_out).map(|named| named.kinds);
        let named: Kinds = named.chain(letters).collect();
        let versions = self.wants_ipv4() || self.wants_ipv6();
        if !versions {
            return (!named.is_empty()).then_some(named);
        }
        // A version narrows the kinds that come in two; where none is named, it means them all.
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

/// The IP version of a kind, if it comes in two: what has a twin whose name ends in 6.
fn version(kind: Kind) -> Option<u8> {
    let is_twin = |other: Kind| other.name().strip_suffix('6') == Some(kind.name());
    if kind.name().ends_with('6') {
        Some(6)
    } else {
        Kind::ALL.into_iter().any(is_twin).then_some(4)
    }
}

fn names() -> ValueParser {
    let named = Kinds::NAMED.into_iter();
    let values = named.flat_map(|(name, _)| {
        [PossibleValue::new(name), PossibleValue::new(format!("!{name}")).hide(true)]
    });
    let parse = |name: String| {
        let (left_out, name) = match name.strip_prefix('!') {
            Some(name) => (true, name),
            None => (false, &*name),
        };
        name.parse::<Kinds>().map(|kinds| Named { kinds, left_out })
    };
    PossibleValuesParser::new(values).try_map(parse).into()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        kinds: KindArgs,
    }

    fn asked(typed: &str) -> Option<Kinds> {
        let words = std::iter::once("procnet").chain(typed.split_whitespace());
        Typed::try_parse_from(words).unwrap().kinds.asked()
    }

    #[test]
    fn letters_and_names_are_a_union() {
        assert_eq!(asked(""), None);
        assert_eq!(asked("-t"), Some(Kinds::TCP));
        assert_eq!(asked("-tux"), Some(Kinds::DEFAULT));
        assert_eq!(asked("-u --kind tcp6"), Some(Kinds::UDP | Kinds::TCP6));
        assert_eq!(asked("-A tcp,unix"), Some(Kinds::TCP | Kinds::UNIX));
        assert_eq!(asked("-A all,!tcp"), Some(Kinds::UDP | Kinds::UNIX));
        assert_eq!(asked("-A !unix"), Some(Kinds::INET));
        assert_eq!(asked("-4 -A !udp"), Some(Kinds::TCP4));
    }

    #[test]
    fn a_version_narrows_what_has_one() {
        assert_eq!(asked("-4"), Some(Kinds::INET4));
        assert_eq!(asked("-6"), Some(Kinds::INET6));
        assert_eq!(asked("-46"), Some(Kinds::INET));
        assert_eq!(asked("-4t"), Some(Kinds::TCP4));
        assert_eq!(asked("-6tx"), Some(Kinds::TCP6 | Kinds::UNIX));
        assert_eq!(asked("-w4"), Some(Kind::Raw.into()));
        assert_eq!(asked("-46u"), Some(Kinds::UDP));
        assert_eq!(asked("-f inet6 -t"), Some(Kinds::TCP6));
        assert_eq!(asked("-f inet -f unix"), Some(Kinds::INET4 | Kinds::UNIX));
        assert_eq!(asked("-4x"), Some(Kinds::INET4 | Kinds::UNIX));
    }
}
