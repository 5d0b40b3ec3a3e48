//! The rows in the rendered captures.

use procnet_core::network::ptype::{self, Function, PacketType};

use crate::render::{Host, Kernel, LONG_NAME};

/// Packet handlers, with functions as the kernel prints them.
pub(super) fn rows(host: Host) -> impl IntoIterator<Item = ptype::Row<'static>> {
    let texts: [&str; 4] = match host.kernel {
        Kernel::V2_6_24 => {
            [":af_packet:packet_rcv+0x0", "ip_rcv+0x0", ":ipv6:ipv6_rcv+0x0", "[c0123456]"]
        }
        // `%pF`, then `%pf`, which prints no offset.
        Kernel::V3_0 => [
            "packet_rcv+0x0/0x340",
            "ip_rcv+0x0/0x320",
            "vlan_skb_recv+0x0/0x2b0 [8021q]",
            "0xffffffff81234567",
        ],
        _ => ["packet_rcv", "ip_rcv", "vlan_skb_recv [8021q]", "0xffffffff81234567"],
    };
    let rows = [
        (PacketType::ALL, Some(&b"eth0"[..]), texts[0]),
        (PacketType::ALL, None, texts[0]),
        (PacketType::ALL, Some(LONG_NAME), texts[0]),
        (PacketType(0x0800), None, texts[1]),
        (PacketType(0x8100), Some(b"*"), texts[2]),
        (PacketType(0x86DD), Some(b"123"), texts[2]),
        (PacketType(0x0011), None, texts[3]),
    ];
    let row = |(kind, device, text): (_, _, &'static str)| ptype::Row {
        kind,
        device,
        function: Function::new(text.as_bytes()),
    };
    rows.map(row)
}
