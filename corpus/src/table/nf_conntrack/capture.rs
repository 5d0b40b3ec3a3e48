//! The rows in the rendered captures.

use std::net::IpAddr;

use procnet_core::network::nf_conntrack::{Direction, Offload, Protocol, Row};

use crate::render::{Host, Kernel};

/// Connections of every protocol, and with every value that a kernel may print.
pub(super) fn rows(host: Host) -> impl IntoIterator<Item = Row<'static>> {
    let tcp = row("192.0.2.1", "192.0.2.2", "tcp", 6);
    let tcp = ports(tcp, 48858, 443);
    let established = Row { state: Some(b"ESTABLISHED"), assured: true, ..tcp };
    let counted = Direction { packets: Some(u64::MAX), bytes: Some(1 << 40), ..tcp.original };
    let udp = row("2001:db8::1", "2001:db8::2", "udp", 17);
    let icmp = row("192.0.2.1", "192.0.2.2", "icmp", 1);
    let message = |kind, direction| Direction {
        icmp_type: Some(kind),
        icmp_code: Some(0),
        icmp_id: Some(4660),
        ..direction
    };
    let gre = row("192.0.2.1", "192.0.2.3", "gre", 47);
    let key =
        |direction| Direction { source_key: Some(0x1F), destination_key: Some(0), ..direction };
    let sctp = ports(row("192.0.2.1", "192.0.2.2", "sctp", 132), 5000, 5001);
    let mut rows = vec![
        Row { timeout: Some(431_999), ..established },
        Row { original: counted, reply: counted, mark: Some(u32::MAX), ..established },
        Row { timeout: Some(0), state: Some(b"TIME_WAIT"), ..tcp },
        Row { unreplied: true, ..ports(udp, 53, 5353) },
        Row {
            original: message(8, icmp.original),
            reply: message(0, icmp.reply),
            unreplied: true,
            ..icmp
        },
        Row {
            original: key(gre.original),
            reply: key(gre.reply),
            gre_timeouts: Some((30, 180)),
            ..gre
        },
        Row { state: Some(b"COOKIE_ECHOED"), ..sctp },
        Row { unreplied: true, ..row("192.0.2.1", "192.0.2.2", "unknown", 253) },
        Row { delta_time: Some(86_400), ..established },
    ];
    let zoned = |zone, direction: Direction| Direction { zone: Some(zone), ..direction };
    if host.kernel > Kernel::V2_6_24 {
        rows.iter_mut().for_each(|row| row.zone = Some(0));
        let context = b"system_u:object_r:unlabeled_t:s0";
        rows.push(Row { secctx: Some(context), zone: Some(7), ..established });
        // A context with a blank, as AppArmor has.
        rows.push(Row { secctx: Some(b"snap.app (enforce)"), zone: Some(0), ..established });
    } else {
        rows.iter_mut().for_each(|row| row.secmark = Some(0));
    }
    if host.kernel >= Kernel::V4_4 {
        rows.push(Row { original: zoned(3, tcp.original), ..established });
        rows.push(Row { reply: zoned(65535, tcp.reply), ..established });
    }
    if host.kernel >= Kernel::V4_19 {
        let offloaded = Row { timeout: None, state: None, assured: false, ..established };
        rows.push(Row { offload: Some(Offload::Software), ..offloaded });
        if host.kernel >= Kernel::V5_10 {
            rows.push(Row { offload: Some(Offload::Hardware), ..offloaded });
        }
    }
    rows
}

/// A connection with only the values that each has.
fn row(source: &str, destination: &str, name: &'static str, number: u16) -> Row<'static> {
    let address = |text: &str| text.parse::<IpAddr>().expect("an address");
    let (source, destination) = (address(source), address(destination));
    let direction = |source, destination| Direction {
        source: Some(source),
        destination: Some(destination),
        ..Direction::default()
    };
    let network = match source {
        IpAddr::V4(_) => Protocol { name: b"ipv4", number: 2 },
        IpAddr::V6(_) => Protocol { name: b"ipv6", number: 10 },
    };
    Row {
        network,
        transport: Protocol { name: name.as_bytes(), number },
        timeout: Some(29),
        state: None,
        gre_timeouts: None,
        original: direction(source, destination),
        reply: direction(destination, source),
        unreplied: false,
        assured: false,
        offload: None,
        mark: Some(0),
        secctx: None,
        secmark: None,
        zone: None,
        delta_time: None,
        uses: 2,
    }
}

fn ports(row: Row<'static>, source: u16, destination: u16) -> Row<'static> {
    let with = |direction, from, to| Direction {
        source_port: Some(from),
        destination_port: Some(to),
        ..direction
    };
    Row {
        original: with(row.original, source, destination),
        reply: with(row.reply, destination, source),
        ..row
    }
}
