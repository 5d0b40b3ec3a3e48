//! The members of `tcp_info`.

use procnet_core::{ByteOrder, netlink::inet};

use super::naive;

/// Every member is read from its offset in the kernel's header.
pub(super) fn check(info: inet::TcpInfo<'_>, order: ByteOrder) {
    let wide = |number: Option<u32>| number.map(u64::from);
    let found = [
        (0, 1, info.state().map(|state| state.0.into())),
        (1, 1, info.ca_state().map(u64::from)),
        (2, 1, info.retransmits().map(u64::from)),
        (3, 1, info.probes().map(u64::from)),
        (4, 1, info.backoff().map(u64::from)),
        (5, 1, info.options().map(u64::from)),
        (8, 4, wide(info.rto())),
        (12, 4, wide(info.ato())),
        (16, 4, wide(info.snd_mss())),
        (20, 4, wide(info.rcv_mss())),
        (24, 4, wide(info.unacked())),
        (28, 4, wide(info.sacked())),
        (32, 4, wide(info.lost())),
        (36, 4, wide(info.retrans())),
        (40, 4, wide(info.fackets())),
        (44, 4, wide(info.last_data_sent())),
        (48, 4, wide(info.last_ack_sent())),
        (52, 4, wide(info.last_data_recv())),
        (56, 4, wide(info.last_ack_recv())),
        (60, 4, wide(info.pmtu())),
        (64, 4, wide(info.rcv_ssthresh())),
        (68, 4, wide(info.rtt())),
        (72, 4, wide(info.rttvar())),
        (76, 4, wide(info.snd_ssthresh())),
        (80, 4, wide(info.snd_cwnd())),
        (84, 4, wide(info.advmss())),
        (88, 4, wide(info.reordering())),
        (92, 4, wide(info.rcv_rtt())),
        (96, 4, wide(info.rcv_space())),
        (100, 4, wide(info.total_retrans())),
        (104, 8, info.pacing_rate()),
        (112, 8, info.max_pacing_rate()),
        (120, 8, info.bytes_acked()),
        (128, 8, info.bytes_received()),
        (136, 4, wide(info.segs_out())),
        (140, 4, wide(info.segs_in())),
        (144, 4, wide(info.notsent_bytes())),
        (148, 4, wide(info.min_rtt())),
        (152, 4, wide(info.data_segs_in())),
        (156, 4, wide(info.data_segs_out())),
        (160, 8, info.delivery_rate()),
        (168, 8, info.busy_time()),
        (176, 8, info.rwnd_limited()),
        (184, 8, info.sndbuf_limited()),
        (192, 4, wide(info.delivered())),
        (196, 4, wide(info.delivered_ce())),
        (200, 8, info.bytes_sent()),
        (208, 8, info.bytes_retrans()),
        (216, 4, wide(info.dsack_dups())),
        (220, 4, wide(info.reord_seen())),
        (224, 4, wide(info.rcv_ooopack())),
        (228, 4, wide(info.snd_wnd())),
        (232, 4, wide(info.rcv_wnd())),
        (236, 4, wide(info.rehash())),
        (240, 2, info.total_rto().map(u64::from)),
        (242, 2, info.total_rto_recoveries().map(u64::from)),
        (244, 4, wide(info.total_rto_time())),
        (248, 4, wide(info.received_ce())),
        (252, 4, wide(info.delivered_e1_bytes())),
        (256, 4, wide(info.delivered_e0_bytes())),
        (260, 4, wide(info.delivered_ce_bytes())),
        (264, 4, wide(info.received_e1_bytes())),
        (268, 4, wide(info.received_e0_bytes())),
        (272, 4, wide(info.received_ce_bytes())),
    ];
    for (at, size, number) in found {
        let sent = naive::tcp_info(info.as_bytes(), at, size, order);
        // What the kernel sends for "no limit" and "not measured".
        let none = match at {
            76 => Some(0x7FFF_FFFF),
            104 | 112 => Some(u64::MAX),
            148 => Some(u64::from(u32::MAX)),
            _ => None,
        };
        assert_eq!(number, sent.filter(|_| sent != none), "at {at}");
    }
    let fields = [
        (6, 0, 4, info.snd_wscale()),
        (6, 4, 4, info.rcv_wscale()),
        (7, 0, 1, info.delivery_rate_app_limited().map(u8::from)),
        (7, 1, 2, info.fastopen_client_fail()),
        (276, 0, 2, info.ecn_mode()),
        (276, 2, 2, info.accecn_opt_seen()),
        (276, 4, 4, info.accecn_fail_mode()),
    ];
    for (at, first, width, found) in fields {
        let sent = naive::tcp_info_bits(info.as_bytes(), at, first, width, order);
        assert_eq!(found.map(u64::from), sent, "at {at}, bit {first}");
    }
    let options2 = naive::tcp_info(info.as_bytes(), 277, 3, order);
    assert_eq!(info.options2().map(u64::from), options2);
}
