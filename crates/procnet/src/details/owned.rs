//! Owned details.

use std::{fmt, net::IpAddr};

use procnet_core::{
    Inode,
    netlink::{
        Shutdown, SocketMemory,
        inet::{CongestionInfo, Md5Key, SocketOptions, Storage, Subflow, TcpInfo, Tls, UpperLayer},
        packet::Instruction,
        unix::{File, Queue},
    },
};

use super::{Details, OwnedPacketDetails, SocketDetails};

/// The details of a socket that sock_diag reported: the same as [`SocketDetails`], owned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is the method of `SocketDetails` with its name")]
pub struct OwnedDetails {
    pub asked: Details,
    pub tcp_info: Option<OwnedTcpInfo>,
    pub memory: Option<SocketMemory>,
    pub congestion: Option<Vec<u8>>,
    pub type_of_service: Option<u8>,
    pub traffic_class: Option<u8>,
    pub control_group: Option<u64>,
    pub mark: Option<u32>,
    pub shutdown: Option<Shutdown>,
    pub v6_only: Option<bool>,
    pub queue: Option<Queue>,
    pub pending: Option<Vec<Option<Inode>>>,
    pub file: Option<File>,
    pub congestion_info: Option<CongestionInfo>,
    pub upper_layer: Option<OwnedUpperLayer>,
    pub md5_keys: Option<Vec<OwnedMd5Key>>,
    pub class_id: Option<u32>,
    pub socket_options: Option<SocketOptions>,
    pub packet: Option<OwnedPacketDetails>,
    pub filter: Option<Vec<Instruction>>,
    pub storages: Option<Vec<OwnedStorage>>,
}

/// A TCP socket's upper layer protocol: [`UpperLayer`], owned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is that of `UpperLayer` with its name")]
pub struct OwnedUpperLayer {
    pub name: Option<Vec<u8>>,
    pub tls: Option<Tls>,
    pub mptcp: Option<Subflow>,
}

impl From<UpperLayer<'_>> for OwnedUpperLayer {
    fn from(UpperLayer { name, tls, mptcp }: UpperLayer<'_>) -> OwnedUpperLayer {
        OwnedUpperLayer { name: name.map(<[u8]>::to_vec), tls, mptcp }
    }
}

/// The value that a BPF map keeps with a socket: [`Storage`], owned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is that of `Storage` with its name")]
pub struct OwnedStorage {
    pub map_id: u32,
    pub value: Vec<u8>,
}

impl From<Storage<'_>> for OwnedStorage {
    fn from(Storage { map_id, value }: Storage<'_>) -> OwnedStorage {
        OwnedStorage { map_id, value: value.to_vec() }
    }
}

/// A key of TCP MD5 signatures: [`Md5Key`], owned. `Debug` does not show the key itself.
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is that of `Md5Key` with its name")]
pub struct OwnedMd5Key {
    pub addr: IpAddr,
    pub prefixlen: u8,
    pub key: Vec<u8>,
}

impl fmt::Debug for OwnedMd5Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OwnedMd5Key { addr, prefixlen, .. } = self;
        f.debug_struct("OwnedMd5Key")
            .field("addr", addr)
            .field("prefixlen", prefixlen)
            .finish_non_exhaustive()
    }
}

impl From<Md5Key<'_>> for OwnedMd5Key {
    fn from(Md5Key { addr, prefixlen, key }: Md5Key<'_>) -> OwnedMd5Key {
        OwnedMd5Key { addr, prefixlen, key: key.to_vec() }
    }
}

impl OwnedDetails {
    pub(super) fn new(details: &SocketDetails<'_>) -> OwnedDetails {
        OwnedDetails {
            asked: details.asked(),
            tcp_info: details.tcp_info().map(|info| OwnedTcpInfo::from(&info)),
            memory: details.memory(),
            congestion: details.congestion().map(<[u8]>::to_vec),
            type_of_service: details.type_of_service(),
            traffic_class: details.traffic_class(),
            control_group: details.control_group(),
            mark: details.mark(),
            shutdown: details.shutdown(),
            v6_only: details.v6_only(),
            queue: details.queue(),
            pending: details.pending().map(Iterator::collect),
            file: details.file(),
            congestion_info: details.congestion_info(),
            upper_layer: details.upper_layer().map(OwnedUpperLayer::from),
            md5_keys: details.md5_keys().map(|keys| keys.map(OwnedMd5Key::from).collect()),
            class_id: details.class_id(),
            socket_options: details.socket_options(),
            packet: details.packet().map(OwnedPacketDetails::from),
            filter: details.filter().map(Iterator::collect),
            storages: details.storages().map(|all| all.map(OwnedStorage::from).collect()),
        }
    }
}

/// Defines a structure with these fields of `tcp_info`.
macro_rules! members {
    ($($name:ident: $type:ty,)*) => {
        /// The numbers of a TCP connection, owned: each field is the result of the [`TcpInfo`]
        /// method of the same name, and `None` if the kernel does not report it, or reports that it
        /// is not limited or not measured.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(default))]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each field is the method of `TcpInfo` with its name")]
        pub struct OwnedTcpInfo {
            $(pub $name: Option<$type>,)*
        }

        impl From<&TcpInfo<'_>> for OwnedTcpInfo {
            fn from(info: &TcpInfo<'_>) -> OwnedTcpInfo {
                OwnedTcpInfo { $($name: info.$name(),)* }
            }
        }
    };
}

members! {
    ca_state: u8,
    retransmits: u8,
    probes: u8,
    backoff: u8,
    options: u8,
    snd_wscale: u8,
    rcv_wscale: u8,
    delivery_rate_app_limited: bool,
    fastopen_client_fail: u8,
    rto: u32,
    ato: u32,
    snd_mss: u32,
    rcv_mss: u32,
    unacked: u32,
    sacked: u32,
    lost: u32,
    retrans: u32,
    fackets: u32,
    last_data_sent: u32,
    last_ack_sent: u32,
    last_data_recv: u32,
    last_ack_recv: u32,
    pmtu: u32,
    rcv_ssthresh: u32,
    rtt: u32,
    rttvar: u32,
    snd_ssthresh: u32,
    snd_cwnd: u32,
    advmss: u32,
    reordering: u32,
    rcv_rtt: u32,
    rcv_space: u32,
    total_retrans: u32,
    pacing_rate: u64,
    max_pacing_rate: u64,
    bytes_acked: u64,
    bytes_received: u64,
    segs_out: u32,
    segs_in: u32,
    notsent_bytes: u32,
    min_rtt: u32,
    data_segs_in: u32,
    data_segs_out: u32,
    delivery_rate: u64,
    busy_time: u64,
    rwnd_limited: u64,
    sndbuf_limited: u64,
    delivered: u32,
    delivered_ce: u32,
    bytes_sent: u64,
    bytes_retrans: u64,
    dsack_dups: u32,
    reord_seen: u32,
    rcv_ooopack: u32,
    snd_wnd: u32,
    rcv_wnd: u32,
    rehash: u32,
    total_rto: u16,
    total_rto_recoveries: u16,
    total_rto_time: u32,
    received_ce: u32,
    delivered_e1_bytes: u32,
    delivered_e0_bytes: u32,
    delivered_ce_bytes: u32,
    received_e1_bytes: u32,
    received_e0_bytes: u32,
    received_ce_bytes: u32,
    ecn_mode: u8,
    accecn_opt_seen: u8,
    accecn_fail_mode: u8,
    options2: u32,
}
