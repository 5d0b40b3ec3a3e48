//! The Community ID of a connection: the name by which monitors of networks (Zeek, Suricata, Arkime, Elastic's
//! Beats, Wireshark) report it, so that what they saw is joined with its socket and owner by one text.
//!
//! It is version 1 of <https://github.com/corelight/community-id-spec>: `1:` and, in Base64, the SHA-1 of a
//! seed, both addresses, the protocol and both ports, of which the smaller address and port are the first. So
//! both ends have the same one.
//!
//! ```
//! use procnet::{Kind, community_id::CommunityId};
//!
//! let (local, remote) = ("128.232.110.120:34855".parse()?, "66.35.250.204:80".parse()?);
//! let id = CommunityId::of(Kind::Tcp, local, remote, 0).unwrap();
//! assert_eq!(id.as_str(), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
//! assert_eq!(CommunityId::of(Kind::Tcp, remote, local, 0), Some(id));
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::{Digest as _, Sha1};

use crate::{Kind, Socket};

/// The version, and 20 bytes in Base64.
const LENGTH: usize = 2 + 28;

/// The Community ID of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommunityId([u8; LENGTH]);

impl CommunityId {
    /// That of a TCP, UDP or SCTP connection between two ends. `None` for sockets of other kinds, and for
    /// those without a peer: its port is 0, or its address is unspecified.
    ///
    /// An IPv4 address in IPv6 form (`::ffff:a.b.c.d`) is one of IPv4, as it is in packets. The seed is 0
    /// unless the monitors have another one.
    #[must_use]
    pub fn of(kind: Kind, local: SocketAddr, remote: SocketAddr, seed: u16) -> Option<CommunityId> {
        let protocol = protocol(kind)?;
        let end = |end: SocketAddr| (end.ip().to_canonical(), end.port());
        let (local, remote) = (end(local), end(remote));
        if remote.1 == 0 || remote.0.is_unspecified() || local.0.is_ipv4() != remote.0.is_ipv4() {
            return None;
        }
        let (first, second) = if local <= remote { (local, remote) } else { (remote, local) };
        let mut hash = Sha1::new();
        hash.update(seed.to_be_bytes());
        for (address, _) in [first, second] {
            match address {
                IpAddr::V4(address) => hash.update(address.octets()),
                IpAddr::V6(address) => hash.update(address.octets()),
            }
        }
        hash.update([protocol, 0]);
        for (_, port) in [first, second] {
            hash.update(port.to_be_bytes());
        }
        let mut text = *b"1:                            ";
        let length = STANDARD.encode_slice(hash.finalize(), &mut text[2..]).ok()?;
        (length == LENGTH - 2).then_some(CommunityId(text))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CommunityId").field(&self.as_str()).finish()
    }
}

impl Socket<'_> {
    /// The [Community ID](CommunityId::of) of its connection, with this seed; `None` if it has none.
    #[must_use]
    pub fn community_id(&self, seed: u16) -> Option<CommunityId> {
        CommunityId::of(self.kind, self.local()?, self.remote()?, seed)
    }
}

/// The number of the IP protocol. What the packets of an MPTCP or SMC socket have is reported by its TCP
/// sockets.
fn protocol(kind: Kind) -> Option<u8> {
    match kind {
        Kind::Tcp | Kind::Tcp6 => Some(6),
        Kind::Udp | Kind::Udp6 => Some(17),
        Kind::Sctp | Kind::Sctp6 => Some(132),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: Kind, local: &str, remote: &str, seed: u16) -> Option<String> {
        let (local, remote) = (local.parse().unwrap(), remote.parse().unwrap());
        let id = CommunityId::of(kind, local, remote, seed);
        assert_eq!(id.is_none(), CommunityId::of(kind, local, remote, 7).is_none());
        id.map(|id| id.to_string())
    }

    /// Of the specification's `baseline/baseline_deflt.json` and the tests of its reference implementation,
    /// corelight/pycommunityid `tests/communityid_test.py`: with the seeds 0 and 1, where it has both.
    const REFERENCE: [(Kind, &str, &str, &str, Option<&str>); 6] = [
        (
            Kind::Tcp,
            "128.232.110.120:34855",
            "66.35.250.204:80",
            "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            Some("1:3V71V58M3Ksw/yuFALMcW0LAHvc="),
        ),
        (
            // Ports whose bytes have the opposite order.
            Kind::Tcp,
            "10.0.0.1:10",
            "10.0.0.2:11569",
            "1:SXBGMX1lBOwhhoDrZynfROxnhnM=",
            Some("1:HmBRGR+fUyXF4t8WEtal7Y0gEAo="),
        ),
        (
            Kind::Tcp6,
            "[2001:470:e5bf:dead:4957:2174:e82c:4887]:63943",
            "[2607:f8b0:400c:c03::1a]:25",
            "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
            None,
        ),
        (
            Kind::Udp,
            "192.168.1.52:54585",
            "8.8.8.8:53",
            "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
            Some("1:Q9We8WO3piVF8yEQBNJF4uiSVrI="),
        ),
        (Kind::Sctp, "192.168.170.8:7", "192.168.170.56:7", "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", None),
        (
            Kind::Sctp,
            "192.168.170.8:7",
            "192.168.170.56:80",
            "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=",
            Some("1:Y1/0jQg6e+I3ZwZZ9LP65DNbTXU="),
        ),
    ];

    #[test]
    fn ids_are_those_of_the_reference_implementation() {
        for (kind, one, other, with_seed_0, with_seed_1) in REFERENCE {
            for (local, remote) in [(one, other), (other, one)] {
                assert_eq!(id(kind, local, remote, 0).as_deref(), Some(with_seed_0), "{one}");
                let seeded = id(kind, local, remote, 1);
                assert!(with_seed_1.is_none_or(|id| seeded.as_deref() == Some(id)), "{one}");
            }
        }
    }

    #[test]
    fn an_ipv4_address_in_ipv6_form_is_one_of_ipv4() {
        let mapped =
            id(Kind::Tcp6, "[::ffff:128.232.110.120]:34855", "[::ffff:66.35.250.204]:80", 0);
        assert_eq!(mapped.as_deref(), Some("1:LQU9qZlK+B5F3KDmev6m5PMibrg="));
    }

    #[test]
    fn the_ports_decide_between_two_ends_with_the_same_address() {
        let one = id(Kind::Tcp, "127.0.0.1:1", "127.0.0.1:2", 0);
        assert!(one.is_some() && one == id(Kind::Tcp, "127.0.0.1:2", "127.0.0.1:1", 0));
    }

    #[test]
    fn what_is_no_connection_has_none() {
        assert_eq!(id(Kind::Tcp, "0.0.0.0:80", "0.0.0.0:0", 0), None);
        assert_eq!(id(Kind::Udp6, "[::]:53", "[::ffff:0.0.0.0]:53", 0), None);
        assert_eq!(id(Kind::Tcp, "10.0.0.1:80", "10.0.0.2:0", 0), None);
        assert_eq!(id(Kind::Raw, "10.0.0.1:1", "10.0.0.2:1", 0), None);
        assert_eq!(id(Kind::Mptcp, "10.0.0.1:80", "10.0.0.2:1", 0), None);
        assert_eq!(id(Kind::Tcp6, "[::1]:80", "[::ffff:10.0.0.2]:1", 0), None);
    }
}
