//! Socket diagnostics, with any bytes for a datagram.

use core::hint::black_box;

use procnet_core::{
    ByteOrder,
    netlink::{Attributes, Content, Messages, Payload, inet, unix},
};

use crate::decode::show;

/// What each message of the datagram holds.
fn payloads(datagram: &[u8], look: impl Fn(Payload<'_>)) {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let mut messages = Messages::new(datagram, black_box(order));
        while let Some(message) = black_box(&mut messages).next() {
            match black_box(message).map(|message| message.content()) {
                Ok(Ok(Content::Data(payload))) => look(black_box(payload)),
                Ok(content) => _ = black_box(content),
                Err(error) => _ = black_box((error.kind(), error.column(), error.offset())),
            }
        }
    }
}

/// The attributes, and those in them.
fn attributes(mut attributes: Attributes<'_>) {
    while let Some(attribute) = black_box(&mut attributes).next() {
        let Ok(attribute) = black_box(attribute) else { continue };
        black_box((attribute.kind(), attribute.is_nested(), attribute.is_network_order()));
        attribute.nested().for_each(|inner| _ = black_box(inner));
    }
}

pub(crate) fn inet(datagram: &[u8]) {
    payloads(datagram, |payload| {
        black_box((payload.as_bytes(), payload.order(), payload.offset()));
        let Ok(socket) = black_box(inet::Socket::decode(payload)) else { return };
        attributes(socket.attributes());
        let mut details = socket.details();
        while let Some(detail) = black_box(&mut details).next() {
            match black_box(detail) {
                Ok(inet::Detail::TcpInfo(info)) => tcp_info(info),
                Ok(inet::Detail::Shutdown(shutdown)) => {
                    black_box((shutdown.receiving(), shutdown.sending()));
                }
                _ => {}
            }
        }
    });
}

pub(crate) fn unix(datagram: &[u8]) {
    payloads(datagram, |payload| {
        let Ok(socket) = black_box(unix::Socket::decode(payload)) else { return };
        attributes(socket.attributes());
        let mut details = socket.details();
        while let Some(detail) = black_box(&mut details).next() {
            match black_box(detail) {
                Ok(unix::Detail::Name(name)) => {
                    black_box((name.as_bytes(), name.is_abstract()));
                    show(&name);
                }
                Ok(unix::Detail::Pending(mut pending)) => {
                    black_box(pending.len());
                    while let Some(inode) = black_box(&mut pending).next() {
                        black_box(inode);
                    }
                }
                _ => {}
            }
        }
    });
}

fn tcp_info(info: inet::TcpInfo<'_>) {
    black_box((info.as_bytes(), info.state(), info.retransmits(), info.rto(), info.ato()));
    black_box((info.snd_mss(), info.rcv_mss(), info.unacked(), info.lost(), info.retrans()));
    black_box((info.pmtu(), info.rtt(), info.rttvar(), info.snd_ssthresh(), info.snd_cwnd()));
    black_box((info.total_retrans(), info.pacing_rate(), info.bytes_acked()));
    black_box((info.bytes_received(), info.segs_out(), info.segs_in(), info.notsent_bytes()));
    black_box((info.min_rtt(), info.data_segs_in(), info.data_segs_out()));
    black_box((info.delivery_rate(), info.bytes_sent(), info.bytes_retrans()));
}
