//! What congestion control, upper layers and signatures of TCP report, and socket options.

use std::net::IpAddr;

use procnet_core::{
    escape::Escaped,
    netlink::inet::{Bbr, CongestionInfo, Dctcp, SocketOptions, Subflow, Tls, Vegas},
};
use serde::{Deserialize, Serialize, de::Error};

use super::unescape;
use crate::details::{OwnedMd5Key, OwnedStorage, OwnedUpperLayer};

/// Forms of structures, with the names of their members.
macro_rules! forms {
    ($($form:ident of $of:literal { $($name:ident: $type:ty,)* })*) => {
        $(
            #[derive(Serialize, Deserialize)]
            #[serde(remote = $of)]
            struct $form { $($name: $type,)* }
        )*
    };
}

forms! {
    VegasForm of "Vegas" { enabled: u32, rttcnt: u32, rtt: u32, minrtt: u32, }
    DctcpForm of "Dctcp" { enabled: u16, ce_state: u16, alpha: u32, ab_ecn: u32, ab_tot: u32, }
    BbrForm of "Bbr" { bw: u64, min_rtt: u32, pacing_gain: u32, cwnd_gain: u32, }
    TlsForm of "Tls" {
        version: Option<u16>, cipher: Option<u16>, txconf: Option<u16>, rxconf: Option<u16>,
        zc_ro_tx: bool, rx_no_pad: bool, tx_max_payload_len: Option<u16>,
    }
    SubflowForm of "Subflow" {
        token_rem: Option<u32>, token_loc: Option<u32>, relwrite_seq: Option<u32>,
        map_seq: Option<u64>, map_sfseq: Option<u32>, ssn_offset: Option<u32>,
        map_datalen: Option<u16>, flags: Option<u32>, id_rem: Option<u8>, id_loc: Option<u8>,
    }
    OptionsForm of "SocketOptions" {
        recverr: bool, is_icsk: bool, freebind: bool, hdrincl: bool, mc_loop: bool,
        transparent: bool, mc_all: bool, nodefrag: bool, bind_address_no_port: bool,
        recverr_rfc4884: bool, defer_connect: bool,
    }
}

/// An object with one key: what the algorithm reports.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CongestionInfoForm {
    Vegas(#[serde(with = "VegasForm")] Vegas),
    Dctcp(#[serde(with = "DctcpForm")] Dctcp),
    Bbr(#[serde(with = "BbrForm")] Bbr),
}

impl CongestionInfoForm {
    pub(super) fn of(info: &CongestionInfo) -> Option<CongestionInfoForm> {
        Some(match *info {
            CongestionInfo::Vegas(vegas) => CongestionInfoForm::Vegas(vegas),
            CongestionInfo::Dctcp(dctcp) => CongestionInfoForm::Dctcp(dctcp),
            CongestionInfo::Bbr(bbr) => CongestionInfoForm::Bbr(bbr),
            _ => return None,
        })
    }
}

impl From<CongestionInfoForm> for CongestionInfo {
    fn from(form: CongestionInfoForm) -> CongestionInfo {
        match form {
            CongestionInfoForm::Vegas(vegas) => CongestionInfo::Vegas(vegas),
            CongestionInfoForm::Dctcp(dctcp) => CongestionInfo::Dctcp(dctcp),
            CongestionInfoForm::Bbr(bbr) => CongestionInfo::Bbr(bbr),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Options(#[serde(with = "OptionsForm")] pub(super) SocketOptions);

#[derive(Serialize, Deserialize)]
struct TlsOf(#[serde(with = "TlsForm")] Tls);

#[derive(Serialize, Deserialize)]
struct SubflowOf(#[serde(with = "SubflowForm")] Subflow);

#[derive(Serialize, Deserialize)]
pub(super) struct LayerForm {
    name: Option<String>,
    tls: Option<TlsOf>,
    mptcp: Option<SubflowOf>,
}

impl From<&OwnedUpperLayer> for LayerForm {
    fn from(layer: &OwnedUpperLayer) -> LayerForm {
        LayerForm {
            name: layer.name.as_ref().map(|name| Escaped(name).to_string()),
            tls: layer.tls.map(TlsOf),
            mptcp: layer.mptcp.map(SubflowOf),
        }
    }
}

impl LayerForm {
    pub(super) fn unescaped<E: Error>(self) -> Result<OwnedUpperLayer, E> {
        Ok(OwnedUpperLayer {
            name: self.name.map(|name| unescape(&name)).transpose()?,
            tls: self.tls.map(|TlsOf(tls)| tls),
            mptcp: self.mptcp.map(|SubflowOf(subflow)| subflow),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct KeyForm {
    addr: IpAddr,
    prefixlen: u8,
    key: String,
}

impl From<&OwnedMd5Key> for KeyForm {
    fn from(key: &OwnedMd5Key) -> KeyForm {
        let OwnedMd5Key { addr, prefixlen, key } = key;
        KeyForm { addr: *addr, prefixlen: *prefixlen, key: Escaped(key).to_string() }
    }
}

impl KeyForm {
    pub(super) fn unescaped<E: Error>(self) -> Result<OwnedMd5Key, E> {
        let KeyForm { addr, prefixlen, key } = self;
        Ok(OwnedMd5Key { addr, prefixlen, key: unescape(&key)? })
    }
}

/// The value that a BPF map keeps with a socket, in hexadecimal digits.
#[derive(Serialize, Deserialize)]
pub(super) struct StorageForm {
    map_id: u32,
    value: String,
}

impl From<&OwnedStorage> for StorageForm {
    fn from(OwnedStorage { map_id, value }: &OwnedStorage) -> StorageForm {
        let value = value.iter().map(|byte| format!("{byte:02x}")).collect();
        StorageForm { map_id: *map_id, value }
    }
}

impl StorageForm {
    pub(super) fn bytes<E: Error>(self) -> Result<OwnedStorage, E> {
        let digits = self.value.as_bytes().chunks(2).map(|two| match two {
            [_, _] => std::str::from_utf8(two).map_err(E::custom),
            _ => Err(E::custom("an odd number of hexadecimal digits")),
        });
        let value = digits.map(|two| u8::from_str_radix(two?, 16).map_err(E::custom));
        Ok(OwnedStorage { map_id: self.map_id, value: value.collect::<Result<_, E>>()? })
    }
}
