//! Which kinds of sockets: by name, or by the letters of ss.

use clap::builder::{PossibleValuesParser, TypedValueParser as _, ValueParser};
use procnet::{Kind, Kinds};

/// The kinds, as they are typed; together they are a union.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Which sockets")]
pub(crate) struct KindArgs {
    /// Only sockets of this kind; may be given again, or as a list with commas.
    #[arg(long = "kind", short = 'A', visible_alias = "query", value_name = "KIND")]
    #[arg(value_delimiter = ',', value_parser = names())]
    kinds: Vec<Kinds>,
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
    /// Of sockets with addresses only those of IPv4.
    #[arg(long, short = '4')]
    ipv4: bool,
    /// Of sockets with addresses only those of IPv6, which IPv4 peers may use, too.
    #[arg(long, short = '6')]
    ipv6: bool,
}

impl KindArgs {
    /// What was asked for; `None` if nothing was.
    pub(crate) fn asked(&self) -> Option<Kinds> {
        let letters = [
            (self.tcp, Kinds::TCP),
            (self.udp, Kinds::UDP),
            (self.raw, Kinds::RAW),
            (self.unix, Kinds::UNIX),
            (self.packet, Kinds::PACKET),
        ];
        let letters = letters.into_iter().filter(|(typed, _)| *typed).map(|(_, kinds)| kinds);
        let named: Kinds = self.kinds.iter().copied().chain(letters).collect();
        let one_version = self.ipv4 != self.ipv6;
        match (named.is_empty(), one_version) {
            (true, false) if self.ipv4 => Some(Kinds::INET),
            (true, false) => None,
            (true, true) => Some(self.of_version(Kinds::INET)),
            (false, true) => Some(self.of_version(named)),
            (false, false) => Some(named),
        }
    }

    /// Those of the IP version that was asked for, and those that have none.
    fn of_version(&self, kinds: Kinds) -> Kinds {
        let wanted = |kind: &Kind| match version(*kind) {
            Some(4) => self.ipv4,
            Some(_) => self.ipv6,
            None => true,
        };
        kinds.iter().filter(wanted).map(Kinds::from).collect()
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
    let names = Kinds::NAMED.map(|(name, _)| name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Kinds>()).into()
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
        assert_eq!(asked("-tux"), Some(Kinds::ALL));
        assert_eq!(asked("-u --kind tcp6"), Some(Kinds::UDP | Kinds::TCP6));
        assert_eq!(asked("-A tcp,unix"), Some(Kinds::TCP | Kinds::UNIX));
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
    }
}
