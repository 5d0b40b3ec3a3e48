//! What is printed in lines below a socket, in the words of `ss`: with -ii all of TCP's internals,
//! with --inet-sockopt the options that are set, with -e and -b what packet sockets have.

mod number;
mod packet;

use std::fmt::Write as _;

use procnet::{
    Socket, State,
    decode::netlink::inet::{self, CongestionInfo, TcpInfo},
    details::{Details, OwnedMd5Key, SocketDetails},
};

use self::number::{Milliseconds, Rate, general, percent};
use super::{Extras, escaped};

/// Appends the lines below a socket, without indentation; each begins with a newline but the first.
pub(super) fn write(socket: &Socket<'_>, extras: Extras, out: &mut String) {
    let Some(details) = socket.details() else { return };
    if extras.all_info && details.asked().contains(Details::TCP_INFO) {
        tcp(socket, &details, extras.numeric, out);
    }
    if let Some(options) = extras.sockopt.then(|| details.socket_options()).flatten() {
        next_line(out);
        out.push_str("inet-sockopt: (");
        for (name, _) in options.named().into_iter().filter(|(_, is_set)| *is_set) {
            out.push(' ');
            // The only one that ss calls by another name.
            out.push_str(if name == "bind_address_no_port" { "bind_addr_no_port" } else { name });
        }
        out.push(')');
    }
    if extras.extended {
        packet::write(&details, extras, out);
    }
    for kept in details.storages().into_iter().flatten() {
        next_line(out);
        storage(&kept, out);
    }
    if extras.bpf && details.asked().contains(Details::FILTER) {
        packet::filter(&details, out);
    }
}

/// The value that a BPF map keeps, as it is: what it means only the map's type information says.
fn storage(storage: &inet::Storage<'_>, out: &mut String) {
    // Writing into memory does not fail.
    let _ = write!(out, "map_id:{} value:", storage.map_id);
    for byte in storage.value {
        let _ = write!(out, "{byte:02x}");
    }
}

fn next_line(out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
}

/// The words of a note.
struct Words<'o>(&'o mut String);

impl Words<'_> {
    fn word(&mut self, word: std::fmt::Arguments<'_>) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        // Writing into memory does not fail.
        let _ = self.0.write_fmt(word);
    }

    fn flag(&mut self, name: &str, is_set: bool) {
        if is_set {
            self.word(format_args!("{name}"));
        }
    }

    /// `name:value`, unless it is 0 or unknown.
    fn number(&mut self, name: &str, value: Option<impl Into<u64>>) {
        if let Some(value) = value.map(Into::into).filter(|value| *value != 0) {
            self.word(format_args!("{name}:{value}"));
        }
    }

    /// `name:milliseconds`, of microseconds.
    fn time(&mut self, name: &str, value: Option<u32>) {
        if let Some(value) = value.filter(|value| *value != 0) {
            self.word(format_args!("{name}:{}", Milliseconds(value)));
        }
    }
}

/// The retransmission timeout before a round-trip time is known, which `ss` does not print.
const INITIAL_RTO: u32 = 3_000_000;

fn tcp(socket: &Socket<'_>, details: &SocketDetails<'_>, numeric: bool, out: &mut String) {
    let mut words = Words(out);
    let out = &mut words;
    let congestion = details.congestion_info();
    if let Some(info) = details.tcp_info() {
        options(&info, out);
        if let Some(name) = details.congestion().filter(|name| !name.is_empty()) {
            out.word(format_args!("{}", escaped(name)));
        }
        path(&info, out);
        counts(&info, out);
        algorithm(congestion.as_ref(), numeric, out);
        rates(&info, congestion.as_ref(), numeric, out);
        losses(&info, socket.state, out);
        receiver(&info, out);
        newer(&info, out);
    }
    if let Some(keys) = details.md5_keys() {
        let keys: Vec<String> = keys.map(|key| md5_key(&key.into())).collect();
        out.word(format_args!("md5keys:{}", keys.join(",")));
    }
    if let Some(layer) = details.upper_layer() {
        upper_layer(&layer, out);
    }
}

fn options(info: &TcpInfo<'_>, out: &mut Words<'_>) {
    let options = info.options().unwrap_or_default();
    for (name, bit) in [
        ("ts", TcpInfo::OPT_TIMESTAMPS),
        ("usec_ts", TcpInfo::OPT_USEC_TS),
        ("sack", TcpInfo::OPT_SACK),
        ("ecn", TcpInfo::OPT_ECN),
        ("ecnseen", TcpInfo::OPT_ECN_SEEN),
        ("fastopen", TcpInfo::OPT_SYN_DATA),
    ] {
        out.flag(name, options & bit != 0);
    }
}

fn path(info: &TcpInfo<'_>, out: &mut Words<'_>) {
    let scales = info.snd_wscale().zip(info.rcv_wscale());
    let is_scaled = info.options().unwrap_or_default() & TcpInfo::OPT_WSCALE != 0;
    if let Some((snd, rcv)) = scales.filter(|_| is_scaled) {
        out.word(format_args!("wscale:{snd},{rcv}"));
    }
    out.time("rto", info.rto().filter(|rto| *rto != INITIAL_RTO));
    out.number("backoff", info.backoff());
    if let Some(rtt) = info.rtt().filter(|rtt| *rtt != 0) {
        let var = Milliseconds(info.rttvar().unwrap_or_default());
        out.word(format_args!("rtt:{}/{var}", Milliseconds(rtt)));
    }
    out.time("ato", info.ato());
    out.number("mss", info.snd_mss());
    out.number("pmtu", info.pmtu());
    out.number("rcvmss", info.rcv_mss());
    out.number("advmss", info.advmss());
    out.number("cwnd", info.snd_cwnd());
    out.number("ssthresh", info.snd_ssthresh().filter(|threshold| *threshold < 0xFFFF));
}

fn counts(info: &TcpInfo<'_>, out: &mut Words<'_>) {
    out.number("bytes_sent", info.bytes_sent());
    out.number("bytes_retrans", info.bytes_retrans());
    out.number("bytes_acked", info.bytes_acked());
    out.number("bytes_received", info.bytes_received());
    out.number("segs_out", info.segs_out());
    out.number("segs_in", info.segs_in());
    out.number("data_segs_out", info.data_segs_out());
    out.number("data_segs_in", info.data_segs_in());
}

fn algorithm(info: Option<&CongestionInfo>, numeric: bool, out: &mut Words<'_>) {
    match info {
        Some(CongestionInfo::Dctcp(dctcp)) if dctcp.enabled != 0 => {
            let inet::Dctcp { ce_state, alpha, ab_ecn, ab_tot, .. } = dctcp;
            out.word(format_args!(
                "dctcp:(ce_state:{ce_state},alpha:{alpha},ab_ecn:{ab_ecn},ab_tot:{ab_tot})"
            ));
        }
        Some(CongestionInfo::Dctcp(_)) => out.word(format_args!("dctcp:fallback_mode")),
        Some(CongestionInfo::Bbr(bbr)) => {
            let gain = |name: &str, gain: u32| match gain {
                0 => String::new(),
                gain => format!(",{name}:{}", general(f64::from(gain) / 256.0)),
            };
            let (pacing, cwnd) =
                (gain("pacing_gain", bbr.pacing_gain), gain("cwnd_gain", bbr.cwnd_gain));
            let (rate, rtt) = (Rate::of_bytes(bbr.bw, numeric), Milliseconds(bbr.min_rtt));
            out.word(format_args!("bbr:(bw:{rate},mrtt:{rtt}{pacing}{cwnd})"));
        }
        _ => {}
    }
}

/// `TCPV_INFTY`: vegas has not measured a round-trip time (net/ipv4/tcp_vegas.c).
const UNMEASURED: u32 = 0x7FFF_FFFF;

fn rates(
    info: &TcpInfo<'_>,
    congestion: Option<&CongestionInfo>,
    numeric: bool,
    out: &mut Words<'_>,
) {
    let rtt = match congestion {
        Some(CongestionInfo::Vegas(vegas))
            if vegas.enabled != 0 && !matches!(vegas.rtt, 0 | UNMEASURED) =>
        {
            Some(vegas.rtt)
        }
        _ => info.rtt(),
    };
    let sent = info.snd_cwnd().zip(info.snd_mss()).zip(rtt);
    if let Some(((cwnd, mss), rtt)) = sent.filter(|((cwnd, mss), rtt)| cwnd * mss != 0 && *rtt != 0)
    {
        let bits = f64::from(cwnd) * f64::from(mss) * 8e6 / f64::from(rtt);
        out.word(format_args!("send {}", Rate { bits, numeric }));
    }
    out.number("lastsnd", info.last_data_sent());
    out.number("lastrcv", info.last_data_recv());
    out.number("lastack", info.last_ack_recv());
    if let Some(rate) = info.pacing_rate().filter(|rate| *rate != 0) {
        let most = info.max_pacing_rate().filter(|rate| *rate != 0);
        let most = most.map_or(String::new(), |rate| format!("/{}", Rate::of_bytes(rate, numeric)));
        out.word(format_args!("pacing_rate {}{most}", Rate::of_bytes(rate, numeric)));
    }
    if let Some(rate) = info.delivery_rate().filter(|rate| *rate != 0) {
        out.word(format_args!("delivery_rate {}", Rate::of_bytes(rate, numeric)));
    }
    out.number("delivered", info.delivered());
    out.number("delivered_ce", info.delivered_ce());
    out.flag("app_limited", info.delivery_rate_app_limited().unwrap_or_default());
    if let Some(busy) = info.busy_time().filter(|busy| *busy != 0) {
        out.word(format_args!("busy:{}ms", busy / 1000));
        let limits =
            [("rwnd_limited", info.rwnd_limited()), ("sndbuf_limited", info.sndbuf_limited())];
        for (name, time) in limits {
            if let Some(time) = time.filter(|time| *time != 0) {
                out.word(format_args!("{name}:{}ms({}%)", time / 1000, percent(time, busy)));
            }
        }
    }
}

fn losses(info: &TcpInfo<'_>, state: State, out: &mut Words<'_>) {
    out.number("unacked", info.unacked());
    let (retrans, total) =
        (info.retrans().unwrap_or_default(), info.total_retrans().unwrap_or_default());
    if retrans != 0 || total != 0 {
        out.word(format_args!("retrans:{retrans}/{total}"));
    }
    out.number("lost", info.lost());
    out.number("sacked", info.sacked().filter(|_| state != State::LISTEN));
    out.number("dsack_dups", info.dsack_dups());
    out.number("fackets", info.fackets());
    // The default: net.ipv4.tcp_reordering.
    if let Some(reordering) = info.reordering().filter(|reordering| *reordering != 3) {
        out.word(format_args!("reordering:{reordering}"));
    }
    out.number("reord_seen", info.reord_seen());
}

fn receiver(info: &TcpInfo<'_>, out: &mut Words<'_>) {
    out.time("rcv_rtt", info.rcv_rtt());
    out.number("rcv_space", info.rcv_space());
    out.number("rcv_ssthresh", info.rcv_ssthresh());
    out.number("notsent", info.notsent_bytes());
    out.time("minrtt", info.min_rtt());
    out.number("rcv_ooopack", info.rcv_ooopack());
    out.number("snd_wnd", info.snd_wnd());
    out.number("rcv_wnd", info.rcv_wnd());
    out.number("rehash", info.rehash());
}

/// What `ss` does not print yet, under the kernel's names.
fn newer(info: &TcpInfo<'_>, out: &mut Words<'_>) {
    out.number("total_rto", info.total_rto());
    out.number("total_rto_recoveries", info.total_rto_recoveries());
    out.number("total_rto_time", info.total_rto_time());
    out.number("received_ce", info.received_ce());
    out.number("delivered_e1_bytes", info.delivered_e1_bytes());
    out.number("delivered_e0_bytes", info.delivered_e0_bytes());
    out.number("delivered_ce_bytes", info.delivered_ce_bytes());
    out.number("received_e1_bytes", info.received_e1_bytes());
    out.number("received_e0_bytes", info.received_e0_bytes());
    out.number("received_ce_bytes", info.received_ce_bytes());
    out.number("ecn_mode", info.ecn_mode());
    out.number("accecn_opt_seen", info.accecn_opt_seen());
    out.number("accecn_fail_mode", info.accecn_fail_mode());
    out.number("fastopen_client_fail", info.fastopen_client_fail());
}

/// `ADDRESS/PREFIX=KEY`; what would end the key is escaped.
fn md5_key(key: &OwnedMd5Key) -> String {
    let text = escaped(&key.key).replace(' ', r"\x20").replace(',', r"\x2C");
    format!("{}/{}={text}", key.addr, key.prefixlen)
}

fn upper_layer(layer: &inet::UpperLayer<'_>, out: &mut Words<'_>) {
    if let Some(name) = layer.name {
        out.word(format_args!("tcp-ulp-{}", escaped(name)));
    }
    if let Some(tls) = layer.tls {
        match tls.version {
            Some(0x0303) => out.word(format_args!("version: 1.2")),
            Some(0x0304) => out.word(format_args!("version: 1.3")),
            Some(other) => out.word(format_args!("version: unknown({other})")),
            None => {}
        }
        match (tls.cipher_name(), tls.cipher) {
            (Some(name), _) => out.word(format_args!("cipher: {name}")),
            (None, Some(other)) => out.word(format_args!("cipher: unknown({other})")),
            (None, None) => {}
        }
        for (name, conf) in [("rxconf", tls.rxconf), ("txconf", tls.txconf)] {
            match conf {
                Some(1) => out.word(format_args!("{name}: none")),
                Some(2) => out.word(format_args!("{name}: sw")),
                Some(3) => out.word(format_args!("{name}: hw")),
                Some(4) => out.word(format_args!("{name}: hw-record")),
                Some(other) => out.word(format_args!("{name}: unknown({other})")),
                None => {}
            }
        }
        out.flag("zc_ro_tx", tls.zc_ro_tx);
        out.flag("no_pad_rx", tls.rx_no_pad);
        out.number("tx_max_payload_len", tls.tx_max_payload_len);
    }
    if let Some(subflow) = layer.mptcp {
        subflow_words(&subflow, out);
    }
}

fn subflow_words(subflow: &inet::Subflow, out: &mut Words<'_>) {
    if let Some(flags) = subflow.flags.filter(|flags| *flags != 0) {
        let letters = inet::Subflow::FLAGS.into_iter().enumerate();
        let letters = letters.filter(|(bit, _)| flags >> bit & 1 != 0).map(|(_, letter)| letter);
        out.word(format_args!("flags:{}", letters.collect::<String>()));
    }
    let tokens = subflow.token_rem.zip(subflow.token_loc);
    let ids = subflow.id_rem.zip(subflow.id_loc);
    if let Some(((remote, local), (remote_id, local_id))) = tokens.zip(ids) {
        out.word(format_args!("token:{remote:04x}(id:{remote_id})/{local:04x}(id:{local_id})"));
    }
    if let Some(seq) = subflow.map_seq {
        out.word(format_args!("seq:{seq}"));
    }
    let numbers = [
        ("sfseq", subflow.map_sfseq),
        ("ssnoff", subflow.ssn_offset),
        ("maplen", subflow.map_datalen.map(u32::from)),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            out.word(format_args!("{name}:{number}"));
        }
    }
}
