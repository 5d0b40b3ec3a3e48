//! Connection tracking in the namespace of the test: entries made by hand, and a rule that makes the
//! kernel track packets.

use std::net::Ipv4Addr;

use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink},
};

use super::sandbox::skip;

/// A request's flags: request, acknowledge, create.
const CREATE: u16 = 0x405;

/// A netlink attribute; with the highest bit set, one that contains others.
fn attribute(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = 4 + body.len();
    let mut bytes = u16::try_from(length).expect("a short attribute").to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(body);
    bytes.resize(length.next_multiple_of(4), 0);
    bytes
}

fn nested(kind: u16, parts: &[Vec<u8>]) -> Vec<u8> {
    attribute(kind | 0x8000, &parts.concat())
}

/// A message of netfilter: of a family, and with the number of a subsystem.
fn message(kind: u16, flags: u16, family: u8, subsystem: u16, body: &[Vec<u8>]) -> Vec<u8> {
    let body = body.concat();
    let mut bytes = u32::try_from(20 + body.len()).expect("a short message").to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend([family, 0]);
    bytes.extend(subsystem.to_be_bytes());
    bytes.extend(body);
    bytes
}

fn open() -> OwnedFd {
    let (raw, flags) = (SocketType::RAW, SocketFlags::CLOEXEC);
    let opened =
        rustix::net::socket_with(AddressFamily::NETLINK, raw, flags, Some(netlink::NETFILTER));
    opened.unwrap_or_else(|error| skip(&format!("no netlink of the netfilter: {error}")))
}

/// Sends requests, and receives as many acknowledgements.
fn send(request: &[u8], acknowledged: usize) -> Result<(), Errno> {
    let socket = open();
    rustix::net::send(&socket, request, SendFlags::empty())?;
    for _answer in 0..acknowledged {
        let mut answer = [0; 4096];
        let (count, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
        let code = answer.get(16..20).filter(|_| count >= 20).expect("an acknowledgement");
        match i32::from_ne_bytes(code.try_into().expect("four bytes")) {
            0 => {}
            code => return Err(Errno::from_raw_os_error(-code)),
        }
    }
    Ok(())
}

/// One direction of a connection over UDP.
fn tuple(kind: u16, source: (Ipv4Addr, u16), target: (Ipv4Addr, u16)) -> Vec<u8> {
    let addresses =
        nested(1, &[attribute(1, &source.0.octets()), attribute(2, &target.0.octets())]);
    let ports = [
        attribute(1, &[17]),
        attribute(2, &source.1.to_be_bytes()),
        attribute(3, &target.1.to_be_bytes()),
    ];
    nested(kind, &[addresses, nested(2, &ports)])
}

/// Adds a connection over UDP to the tracked ones, as a daemon that synchronises hosts does. It
/// expires after ten minutes. Skips the test if the kernel cannot.
pub fn track(source: (Ipv4Addr, u16), target: (Ipv4Addr, u16)) {
    let timeout = attribute(7, &600_u32.to_be_bytes());
    let body = [tuple(1, source, target), tuple(2, target, source), timeout];
    // IPCTNL_MSG_CT_NEW, exclusive.
    if let Err(errno) = send(&message(0x100, CREATE | 0x200, 2, 0, &body), 1) {
        skip(&format!("the kernel does not track what it is told to: {errno}"));
    }
}

/// Makes the kernel track what this namespace sends, by a rule of nftables that looks at the state of
/// connections, as those of a firewall do. Skips the test if the kernel cannot.
pub fn track_packets() {
    /// `NFNL_SUBSYS_NFTABLES`, and the messages of it.
    const NFTABLES: u16 = 10;
    let message_of = |kind: u16, flags: u16, body: &[Vec<u8>]| {
        // Of IPv4 and IPv6.
        message(NFTABLES << 8 | kind, CREATE | flags, 1, 0, body)
    };
    let (table, chain) = (b"tracking\0", b"output\0");
    let hook = [attribute(1, &3_u32.to_be_bytes()), attribute(2, &0_u32.to_be_bytes())];
    let state = [attribute(1, &1_u32.to_be_bytes()), attribute(2, &0_u32.to_be_bytes())];
    let expression = nested(1, &[attribute(1, b"ct\0"), nested(2, &state)]);
    let batch = [
        message(0x10, 1, 0, NFTABLES, &[]),
        message_of(0, 0, &[attribute(1, table)]),
        message_of(
            3,
            0,
            &[
                attribute(1, table),
                attribute(3, chain),
                nested(4, &hook),
                attribute(7, b"filter\0"),
            ],
        ),
        message_of(6, 0x800, &[attribute(1, table), attribute(2, chain), nested(4, &[expression])]),
        message(0x11, 1, 0, NFTABLES, &[]),
    ];
    if let Err(errno) = send(&batch.concat(), 3) {
        skip(&format!("no rule of nftables: {errno}"));
    }
}
