//! The upper layer protocol of a TCP socket (include/uapi/linux/inet_diag.h `INET_ULP_INFO_*`,
//! net/ipv4/tcp_diag.c `tcp_diag_put_ulp`).

use super::until_nul;
use crate::{
    Column, Error,
    netlink::{Attribute, Attributes, Payload},
};

/// The upper layer protocol of a TCP socket (`TCP_ULP`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpperLayer<'a> {
    /// Its name (`INET_ULP_INFO_NAME`): `tls`, `mptcp`, `espintcp` or that of a module.
    pub name: Option<&'a [u8]>,
    /// `INET_ULP_INFO_TLS`, of `tls`; needs `CAP_NET_ADMIN` since Linux 6.17.
    pub tls: Option<Tls>,
    /// `INET_ULP_INFO_MPTCP`, of `mptcp`; needs `CAP_NET_ADMIN` since Linux 6.17.
    pub mptcp: Option<Subflow>,
}

/// What kernel TLS reports (include/uapi/linux/tls.h `TLS_INFO_*`, net/tls/tls_main.c
/// `tls_get_info`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The version of the protocol, as on the wire: `0x0303` is 1.2, `0x0304` is 1.3.
    pub version: Option<u16>,
    /// The cipher (`TLS_CIPHER_*`).
    pub cipher: Option<u16>,
    /// Who encrypts (`TLS_CONF_*`): 1 the application, 2 the kernel, 3 the network device, 4 the
    /// network device, which makes the records as well.
    pub txconf: Option<u16>,
    /// Who decrypts.
    pub rxconf: Option<u16>,
    /// Whether files are sent without a copy (`TLS_TX_ZEROCOPY_RO`).
    pub zc_ro_tx: bool,
    /// Whether records are expected to have no padding (`TLS_RX_EXPECT_NO_PAD`).
    pub rx_no_pad: bool,
    /// The limit of a record's payload, in bytes; since Linux 6.19.
    pub tx_max_payload_len: Option<u16>,
}

impl Tls {
    /// The name of its cipher; `None` if this decoder does not know it.
    #[must_use]
    pub fn cipher_name(&self) -> Option<&'static str> {
        Some(match self.cipher? {
            51 => "aes-gcm-128",
            52 => "aes-gcm-256",
            53 => "aes-ccm-128",
            54 => "chacha20-poly1305",
            55 => "sm4-gcm",
            56 => "sm4-ccm",
            57 => "aria-gcm-128",
            58 => "aria-gcm-256",
            _ => return None,
        })
    }
}

/// A subflow of an MPTCP connection (include/uapi/linux/mptcp_pm.h `MPTCP_SUBFLOW_ATTR_*`,
/// net/mptcp/diag.c `subflow_get_info`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subflow {
    /// The token of the connection at the peer.
    pub token_rem: Option<u32>,
    /// The token of the connection here.
    pub token_loc: Option<u32>,
    /// The sequence number within the subflow that is written next, relative to its first.
    pub relwrite_seq: Option<u32>,
    /// The sequence number in the connection of the current mapping.
    pub map_seq: Option<u64>,
    /// The sequence number in the subflow of the current mapping.
    pub map_sfseq: Option<u32>,
    /// The first sequence number of the subflow.
    pub ssn_offset: Option<u32>,
    /// The length of the current mapping, in bytes.
    pub map_datalen: Option<u16>,
    /// Bits: `MPTCP_SUBFLOW_FLAG_*`.
    pub flags: Option<u32>,
    /// The ID of the address of the peer.
    pub id_rem: Option<u8>,
    /// The ID of the address here.
    pub id_loc: Option<u8>,
}

impl Subflow {
    /// The letters that `ss` prints for [`flags`](Subflow::flags), in the order of the bits: `M`/`m`
    /// the peer or this host began the connection with it, `J`/`j` joined it, `B`/`b` declared it a
    /// backup, `e` it is fully established, `c` connected, `v` its mapping is valid.
    pub const FLAGS: [char; 9] = ['M', 'm', 'J', 'j', 'B', 'b', 'e', 'c', 'v'];
}

impl<'a> UpperLayer<'a> {
    pub(super) fn decode(attributes: Attributes<'a>) -> Result<UpperLayer<'a>, Error> {
        let mut layer = UpperLayer::default();
        for attribute in attributes {
            let attribute = attribute?;
            match attribute.kind() {
                1 => layer.name = Some(until_nul(attribute.value.as_bytes())),
                2 => layer.tls = Some(Tls::decode(attribute.nested())?),
                3 => layer.mptcp = Some(Subflow::decode(attribute.nested())?),
                _ => {}
            }
        }
        Ok(layer)
    }
}

impl Tls {
    fn decode(attributes: Attributes<'_>) -> Result<Tls, Error> {
        let mut tls = Tls::default();
        for attribute in attributes {
            let Attribute { value, .. } = attribute?;
            let number = || value.u16(0, Column::new(&"tls_info")).map(Some);
            match attribute?.kind() {
                1 => tls.version = number()?,
                2 => tls.cipher = number()?,
                3 => tls.txconf = number()?,
                4 => tls.rxconf = number()?,
                5 => tls.zc_ro_tx = true,
                6 => tls.rx_no_pad = true,
                7 => tls.tx_max_payload_len = number()?,
                _ => {}
            }
        }
        Ok(tls)
    }
}

impl Subflow {
    fn decode(attributes: Attributes<'_>) -> Result<Subflow, Error> {
        const COLUMN: Column = Column::new(&"mptcp_subflow");
        let mut subflow = Subflow::default();
        for attribute in attributes {
            let attribute = attribute?;
            let value: Payload<'_> = attribute.value;
            let word = || value.u32(0, COLUMN).map(Some);
            match attribute.kind() {
                1 => subflow.token_rem = word()?,
                2 => subflow.token_loc = word()?,
                3 => subflow.relwrite_seq = word()?,
                4 => subflow.map_seq = Some(value.u64(0, COLUMN)?),
                5 => subflow.map_sfseq = word()?,
                6 => subflow.ssn_offset = word()?,
                7 => subflow.map_datalen = Some(value.u16(0, COLUMN)?),
                8 => subflow.flags = word()?,
                9 => subflow.id_rem = Some(value.u8(0, COLUMN)?),
                10 => subflow.id_loc = Some(value.u8(0, COLUMN)?),
                _ => {}
            }
        }
        Ok(subflow)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::{ByteOrder, ErrorKind};

    fn attribute(kind: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = [&[0, 4 + value.len() as u8, 0, kind][..], value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<UpperLayer<'_>, Error> {
        UpperLayer::decode(Attributes::of(bytes, ByteOrder::Big))
    }

    #[test]
    fn tls_has_its_version_cipher_and_who_does_the_work() {
        let inner = [(1, &[3, 4][..]), (2, &[0, 54]), (3, &[0, 2]), (4, &[0, 3]), (6, &[])];
        let inner: Vec<u8> =
            inner.iter().flat_map(|(kind, value)| attribute(*kind, value)).collect();
        let bytes = [attribute(1, b"tls\0"), attribute(2, &inner), attribute(9, b"new")].concat();
        let layer = decode(&bytes).unwrap();
        assert_eq!((layer.name, layer.mptcp), (Some(&b"tls"[..]), None));
        let tls = layer.tls.unwrap();
        assert_eq!((tls.version, tls.cipher_name()), (Some(0x0304), Some("chacha20-poly1305")));
        assert_eq!((tls.txconf, tls.rxconf), (Some(2), Some(3)));
        assert_eq!((tls.zc_ro_tx, tls.rx_no_pad, tls.tx_max_payload_len), (false, true, None));
    }

    #[test]
    fn a_subflow_has_the_numbers_of_both_ends() {
        let inner = [
            (1, &[0, 0, 0, 1][..]),
            (2, &[0, 0, 0, 2]),
            (3, &[0, 0, 0, 3]),
            (4, &[0, 0, 0, 0, 0, 0, 1, 0]),
            (5, &[0, 0, 0, 5]),
            (6, &[0, 0, 0, 6]),
            (7, &[1, 7]),
            (8, &[0, 0, 1, 8]),
            (9, &[9]),
            (10, &[10]),
        ];
        let inner: Vec<u8> =
            inner.iter().flat_map(|(kind, value)| attribute(*kind, value)).collect();
        let bytes = attribute(3, &inner);
        let subflow = decode(&bytes).unwrap().mptcp.unwrap();
        let expected = Subflow {
            token_rem: Some(1),
            token_loc: Some(2),
            relwrite_seq: Some(3),
            map_seq: Some(256),
            map_sfseq: Some(5),
            ssn_offset: Some(6),
            map_datalen: Some(263),
            flags: Some(264),
            id_rem: Some(9),
            id_loc: Some(10),
        };
        assert_eq!(subflow, expected);
    }

    #[test]
    fn a_number_that_is_too_short_is_an_error() {
        for bytes in [attribute(2, &attribute(1, &[3])), attribute(3, &attribute(4, &[0; 7]))] {
            assert_eq!(decode(&bytes).unwrap_err().kind(), ErrorKind::Short);
        }
        assert_eq!(decode(&attribute(2, &[0, 9, 0, 1])).unwrap_err().kind(), ErrorKind::Beyond);
    }
}
