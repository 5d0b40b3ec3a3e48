//! Families of sockets that the kernel has, and that procnet does not list.

use std::{fs, path::Path};

use procnet::{Scanner, counters::RegisteredProtocol};

use crate::row::{Finding, Seen, escaped};

/// Protocols whose sockets are in a file below `/proc/net`, with a format of its own.
const FILES: [(&str, &str); 18] = [
    ("KEY", "pfkey"),
    ("HCI", "hci"),
    ("L2CAP", "l2cap"),
    ("RFCOMM", "rfcomm"),
    ("SCO", "sco"),
    ("ISO", "iso"),
    ("BNEP", "bnep"),
    ("HIDP", "hidp"),
    ("PPPOE", "pppoe"),
    ("PPPOL2TP", "pppol2tp"),
    ("X25", "x25/socket"),
    ("AX25", "ax25"),
    ("NETROM", "nr"),
    ("ROSE", "rose"),
    ("LLC", "llc/socket"),
    ("PHONET", "phonet"),
    ("KCM", "kcm"),
    ("DDP", "atalk/socket"),
];

/// What shows that a process has a socket of any family.
const BY_DESCRIPTOR: &str = "a process that has one is seen by its descriptors: in `ls -l /proc/PID/fd`, \
                             the inode of such a socket is in none of the tables that procnet lists";

/// A finding for each protocol that the kernel, as it runs, has, and that is of no kind of procnet's. A
/// family that is not among them has no sockets.
pub(super) fn findings(scanner: &mut Scanner) -> Vec<Finding> {
    let Ok(protocols) = scanner.protocols() else { return Vec::new() };
    let is_listed = |protocol: &&RegisteredProtocol| protocol.kind().is_some();
    let others = protocols.protocols.iter().filter(|protocol| !is_listed(protocol));
    let net = scanner.root().path().join(if scanner.root().is_own() { "net" } else { "1/net" });
    let mut findings: Vec<Finding> = others.map(|protocol| finding(protocol, &net)).collect();
    findings.sort_by(|a, b| (&a.why, &a.help, &a.name).cmp(&(&b.why, &b.help, &b.name)));
    findings
}

fn finding(protocol: &RegisteredProtocol, net: &Path) -> Finding {
    let finding =
        Finding { name: Some(escaped(protocol.name.as_bytes())), ..Finding::complete("families") };
    let file = FILES.into_iter().find(|(name, _)| *name == protocol.name).map(|(_, file)| file);
    let file = file.filter(|file| fs::symlink_metadata(net.join(file)).is_ok());
    let count = match protocol.sockets.unwrap_or(0) {
        0 => "the kernel counts none, but few families are counted".to_owned(),
        1 => "1 socket in this network namespace".to_owned(),
        more => format!("{more} sockets in this network namespace"),
    };
    let why = format!("no source of procnet lists them; {count}");
    let help = file.map_or(BY_DESCRIPTOR.to_owned(), |file| {
        format!("/proc/net/{file} lists them, in a format of its own")
    });
    Finding { help: Some(help), ..finding.limited(Seen::None, why) }
}
