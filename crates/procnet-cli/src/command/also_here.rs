//! Kinds of sockets that the host has, and a list leaves out by default.

use std::io::{self, IsTerminal as _};

use procnet::{Kind, Kinds, Scanner, counters::Protocols};

use crate::{args::Sockets, messages::message, output::Purpose};

/// The sockets of other kinds, as `/proc/net/protocols` counts them; reading it neither loads a module
/// nor looks at any socket. To be read before this command has netlink sockets of its own.
pub(super) struct AlsoHere(Option<Protocols>);

impl AlsoHere {
    /// Of a list on a terminal of everything there is by default.
    pub(super) fn of(args: &Sockets, scanner: &mut Scanner) -> AlsoHere {
        let selection = &args.selection;
        let is_plain = selection.named_kinds().is_none()
            && !selection.has_conditions()
            && selection.is_in_own_netns();
        let is_for_people =
            args.printing.format.purpose() == Purpose::Display && io::stdout().is_terminal();
        // A capture has no sockets of kinds that have no table.
        let is_wanted = is_plain && is_for_people && !scanner.root().is_capture();
        // Whatever fails only costs a hint.
        AlsoHere(is_wanted.then(|| scanner.protocols().ok()).flatten())
    }

    /// Names them.
    pub(super) fn print(self) {
        let others = self.0.map(|protocols| others(&protocols)).unwrap_or_default();
        if !others.is_empty() {
            message!("also here: {} (--kind every)", others.join(", "));
        }
    }
}

/// The kinds beyond those listed by default, each with the number of its sockets, if that is known.
fn others(protocols: &Protocols) -> Vec<String> {
    let others = Kinds::ALL - Kinds::DEFAULT;
    let mut named: Vec<(&str, Option<u32>)> = Vec::new();
    for kind in others.iter() {
        let Some(count) = count(protocols, kind) else { continue };
        // Both versions of IP together.
        let name = kind.name().trim_end_matches('6');
        match named.last_mut() {
            Some((last, sum)) if *last == name => *sum = sum.zip(count).map(|(a, b)| a + b),
            _ => named.push((name, count)),
        }
    }
    let text = |(name, count): (&str, Option<u32>)| match count {
        Some(count) => format!("{count} {name}"),
        None => name.to_owned(),
    };
    named.into_iter().map(text).collect()
}

/// The number of sockets of a kind, if there are any: `Some(None)` if the kernel does not count them,
/// but somebody had their module loaded.
fn count(protocols: &Protocols, kind: Kind) -> Option<Option<u32>> {
    match protocols.sockets_of(kind)? {
        0 => {
            let mut registered = kind.protocols().iter().filter_map(|name| protocols.get(name));
            let is_loaded = registered.any(|protocol| protocol.module != "kernel");
            (is_loaded && is_uncounted(kind)).then_some(None)
        }
        count => Some(Some(count)),
    }
}

/// Whether the kernel never counts the sockets of a kind.
fn is_uncounted(kind: Kind) -> bool {
    matches!(kind, Kind::Vsock | Kind::Tipc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_are_named_with_their_numbers_if_the_kernel_counts_them() {
        let row = |name: &str, sockets: u32, module: &str| {
            let methods = "y ".repeat(19);
            format!("{name} 1240 {sockets} -1 NI 0 yes {module} {}\n", methods.trim_end())
        };
        let heading = "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in \
                       de sh ss gs se re bi br ha uh gp em xx\n";
        let of = |rows: &[String]| {
            others(&Protocols::decode((heading.to_owned() + &rows.concat()).as_bytes()))
        };
        let always =
            [row("TCP", 9, "kernel"), row("UNIX", 9, "kernel"), row("PACKET", 0, "kernel")];
        assert!(of(&always).is_empty());
        let more = [
            row("AF_VSOCK", 0, "vsock"),
            row("SCTPv6", 2, "sctp"),
            row("SCTP", 1, "sctp"),
            row("TIPC", 0, "kernel"),
            row("SMC6", 1, "smc"),
            row("SMC", 0, "smc"),
            row("NETLINK", 24, "kernel"),
            row("ALG", 4, "af_alg"),
            row("XDP", 0, "kernel"),
        ];
        assert_eq!(of(&more), ["24 netlink", "3 sctp", "1 smc", "vsock"]);
    }
}
