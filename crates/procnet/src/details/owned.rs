//! Owned details.

use procnet_core::{
    Inode,
    netlink::{
        Shutdown, SocketMemory,
        inet::TcpInfo,
        unix::{File, Queue},
    },
};

use super::{Details, SocketDetails};

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
    retransmits: u8,
    rto: u32,
    ato: u32,
    snd_mss: u32,
    rcv_mss: u32,
    unacked: u32,
    lost: u32,
    retrans: u32,
    pmtu: u32,
    rtt: u32,
    rttvar: u32,
    snd_ssthresh: u32,
    snd_cwnd: u32,
    total_retrans: u32,
    pacing_rate: u64,
    bytes_acked: u64,
    bytes_received: u64,
    segs_out: u32,
    segs_in: u32,
    notsent_bytes: u32,
    min_rtt: u32,
    data_segs_in: u32,
    data_segs_out: u32,
    delivery_rate: u64,
    bytes_sent: u64,
    bytes_retrans: u64,
}
