//! sock_diag and ctnetlink: messages with any content, and requests.

use core::{
    hint::black_box,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
};

use procnet_core::{
    ByteOrder, State,
    netlink::{
        Attributes, Content, Envelope, Messages, Payload, States, TooSmall, ctnetlink, inet,
        packet, smc, tipc, unix, vsock, xdp,
    },
    table::inet::Family,
};

use crate::decode::show;

/// Calls `look` with the payload of each message of the datagram.
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

/// Iterates over attributes and those nested in them.
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
        if let Some(association) = black_box(socket.association()) {
            black_box((association.state(), association.name(), socket.association_ends()));
            show(&association);
        }
        attributes(socket.attributes());
        let mut details = socket.details();
        while let Some(detail) = black_box(&mut details).next() {
            match black_box(detail) {
                Ok(inet::Detail::TcpInfo(info)) => tcp_info(info),
                Ok(inet::Detail::Shutdown(shutdown)) => {
                    black_box((shutdown.receiving(), shutdown.sending()));
                }
                Ok(inet::Detail::SocketOptions(options)) => _ = black_box(options.named()),
                Ok(inet::Detail::UpperLayer(layer)) => {
                    black_box(layer.tls.map(|tls| tls.cipher_name()));
                }
                Ok(inet::Detail::Md5Keys(mut keys)) => {
                    black_box(keys.as_bytes());
                    while let Some(key) = black_box(&mut keys).next() {
                        black_box(key);
                    }
                }
                Ok(inet::Detail::Storages(mut storages)) => {
                    black_box(storages.as_bytes());
                    while let Some(storage) = black_box(&mut storages).next() {
                        black_box(storage);
                    }
                }
                _ => {}
            }
        }
    });
}

fn packet_details(socket: &packet::Socket<'_>) {
    attributes(socket.attributes());
    _ = black_box(socket.info());
    let mut details = socket.details();
    while let Some(detail) = black_box(&mut details).next() {
        match black_box(detail) {
            Ok(packet::Detail::Info(info)) => {
                black_box(info.flags.contains(packet::Flags::RUNNING));
            }
            Ok(packet::Detail::Fanout(fanout)) => _ = black_box(fanout.name()),
            Ok(packet::Detail::Memberships(mut memberships)) => {
                black_box(memberships.as_bytes());
                while let Some(membership) = black_box(&mut memberships).next() {
                    black_box((membership, membership.name()));
                }
            }
            Ok(packet::Detail::Filter(Some(mut filter))) => {
                black_box(filter.as_bytes());
                while let Some(instruction) = black_box(&mut filter).next() {
                    black_box(instruction);
                }
            }
            _ => {}
        }
    }
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

/// Sockets of the families that only sock_diag lists.
pub(crate) fn other_families(datagram: &[u8]) {
    payloads(datagram, |payload| {
        if let Ok(socket) = black_box(vsock::Socket::decode(payload)) {
            show(&socket.local);
        }
        if let Ok(socket) = black_box(tipc::Socket::decode(payload)) {
            show(&socket.local);
        }
        if let Ok(socket) = black_box(smc::Socket::decode(payload)) {
            black_box(socket.state());
            show(&socket.mode);
            attributes(socket.attributes());
        }
        if let Ok(socket) = black_box(packet::Socket::decode(payload)) {
            packet_details(&socket);
        }
        if let Ok(socket) = black_box(xdp::Socket::decode(payload)) {
            let mut details = socket.details();
            while let Some(detail) = black_box(&mut details).next() {
                _ = black_box(detail);
            }
        }
    });
}

pub(crate) fn connection_tracking(datagram: &[u8]) {
    payloads(datagram, |payload| {
        let _ = black_box(ctnetlink::Connection::decode(payload));
        let _ = black_box(ctnetlink::Totals::decode(payload));
        for statistics in [ctnetlink::Statistics::Connections, ctnetlink::Statistics::Expectations]
        {
            let cpu = ctnetlink::CpuStatistics::decode(payload, black_box(statistics));
            let Ok(cpu) = black_box(cpu) else { continue };
            let mut values = cpu.values();
            while let Some(value) = black_box(&mut values).next() {
                _ = black_box(value);
            }
        }
    });
}

fn tcp_info(info: inet::TcpInfo<'_>) {
    black_box(info.as_bytes());
    black_box((
        info.state(),
        info.snd_wscale(),
        info.rcv_wscale(),
        info.delivery_rate_app_limited(),
        info.fastopen_client_fail(),
    ));
    black_box((
        info.ecn_mode(),
        info.accecn_opt_seen(),
        info.accecn_fail_mode(),
        info.options2(),
        info.ca_state(),
    ));
    black_box((info.retransmits(), info.probes(), info.backoff(), info.options(), info.rto()));
    black_box((info.ato(), info.snd_mss(), info.rcv_mss(), info.unacked(), info.sacked()));
    black_box((
        info.lost(),
        info.retrans(),
        info.fackets(),
        info.last_data_sent(),
        info.last_ack_sent(),
    ));
    black_box((
        info.last_data_recv(),
        info.last_ack_recv(),
        info.pmtu(),
        info.rcv_ssthresh(),
        info.rtt(),
    ));
    black_box((
        info.rttvar(),
        info.snd_ssthresh(),
        info.snd_cwnd(),
        info.advmss(),
        info.reordering(),
    ));
    black_box((
        info.rcv_rtt(),
        info.rcv_space(),
        info.total_retrans(),
        info.pacing_rate(),
        info.max_pacing_rate(),
    ));
    black_box((
        info.bytes_acked(),
        info.bytes_received(),
        info.segs_out(),
        info.segs_in(),
        info.notsent_bytes(),
    ));
    black_box((
        info.min_rtt(),
        info.data_segs_in(),
        info.data_segs_out(),
        info.delivery_rate(),
        info.busy_time(),
    ));
    black_box((
        info.rwnd_limited(),
        info.sndbuf_limited(),
        info.delivered(),
        info.delivered_ce(),
        info.bytes_sent(),
    ));
    black_box((
        info.bytes_retrans(),
        info.dsack_dups(),
        info.reord_seen(),
        info.rcv_ooopack(),
        info.snd_wnd(),
    ));
    black_box((
        info.rcv_wnd(),
        info.rehash(),
        info.total_rto(),
        info.total_rto_recoveries(),
        info.total_rto_time(),
    ));
    black_box((
        info.received_ce(),
        info.delivered_e1_bytes(),
        info.delivered_e0_bytes(),
        info.delivered_ce_bytes(),
        info.received_e1_bytes(),
    ));
    black_box((info.received_e0_bytes(), info.received_ce_bytes()));
}

/// Requests with any members, into buffers of any size.
pub(crate) fn requests(bytes: &[u8]) {
    let mut memory = [0; 256];
    let Some(([size, state, bits, protocol, more @ ..], rest)) = bytes.split_first_chunk::<8>()
    else {
        return;
    };
    let order = if *bits & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let envelope = Envelope { order: black_box(order), sequence: u32::from_ne_bytes(*more) };
    let states = States::of(State(*state)).with(State(*bits));
    black_box(states.contains(State(*size)));
    let extensions = inet::Extensions::TCP_INFO.with(inet::Extensions(*bits));
    let protocol = inet::Protocol(u16::from_ne_bytes([*protocol, *bits]));
    let dump = unix::Dump { states, show: unix::Show::NAME.with(unix::Show(u32::from(*bits))) };
    let _ = black_box(dump.write(part(&mut memory, *size), envelope));
    let _ = black_box(vsock::Dump { states }.write(part(&mut memory, *size), envelope));
    let _ = black_box(tipc::Dump { states }.write(part(&mut memory, *size), envelope));
    let _ = black_box(smc::Dump.write(part(&mut memory, *size), envelope));
    let maps = [i32::from(*bits); 3];
    let maps = black_box(&maps).get(..usize::from(*bits) % 5).unwrap_or_default();
    let (states, extensions) = (States(u32::from(*bits)), inet::Extensions(*bits));
    let compat = inet::CompatDump { states, extensions, bytecode: &[] };
    let room = part(&mut memory, *size);
    let _ = black_box(compat.write_with_storages(room, envelope, Some(maps)));
    let shown = packet::Show::INFO.with(packet::Show(u32::from(*bits)));
    let _ = black_box(packet::Dump { show: shown }.write(part(&mut memory, *size), envelope));
    let shown = xdp::Show::QUEUE.with(xdp::Show(u32::from(*bits)));
    let _ = black_box(xdp::Dump { show: shown }.write(part(&mut memory, *size), envelope));
    let (inode, cookie) = (envelope.sequence, Some(u64::from(envelope.sequence)));
    let lookup = unix::Lookup { inode, cookie, show: dump.show };
    let _ = black_box(lookup.write(part(&mut memory, *size), envelope));
    let lookup = |local| inet::Lookup {
        protocol,
        local,
        remote: local,
        interface: NonZeroU32::new(envelope.sequence),
        cookie: Some(u64::from(envelope.sequence)),
        extensions,
    };
    let v4 = SocketAddr::from((*more, u16::from(*state)));
    let v6 = SocketAddr::from(([u16::from(*bits); 8], u16::from(*state)));
    let _ = black_box(lookup(black_box(v4)).write(part(&mut memory, *size), envelope));
    let _ = black_box(lookup(black_box(v6)).write(part(&mut memory, *size), envelope));
    for local in [black_box(v4), black_box(v6)] {
        let interface = NonZeroU32::new(envelope.sequence);
        let cookie = u64::from(envelope.sequence);
        let destroy = inet::Destroy { protocol, local, remote: local, interface, cookie };
        let _ = black_box(destroy.write(part(&mut memory, *size), envelope));
    }
    let mut filter = [0; 256];
    let filter = conditions(part(&mut filter, *size), order, *state, *bits);
    for bytecode in [rest, black_box(filter)] {
        let dump = inet::CompatDump { states, extensions, bytecode };
        let _ = black_box(dump.write(part(&mut memory, *size), envelope));
        for family in [Family::V4, Family::V6] {
            let dump =
                inet::Dump { family: black_box(family), protocol, states, extensions, bytecode };
            let _ = black_box(dump.write(part(&mut memory, *size), envelope));
        }
    }
    for request in [
        ctnetlink::Request::Connections,
        ctnetlink::Request::Totals,
        ctnetlink::Request::Statistics,
        ctnetlink::Request::ExpectationStatistics,
    ] {
        let _ = black_box(black_box(request).write(part(&mut memory, *size), envelope));
    }
    show(&TooSmall);
}

fn part(memory: &mut [u8], size: u8) -> &mut [u8] {
    black_box(memory).get_mut(..usize::from(size)).unwrap_or_default()
}

/// A filter with as many conditions as fit.
fn conditions(buffer: &mut [u8], order: ByteOrder, number: u8, bits: u8) -> &[u8] {
    let mut filter = black_box(inet::Bytecode::new(buffer, order));
    let port = u16::from(number);
    let _ = black_box(filter.source_port(black_box(port)).map(|_| ()));
    let _ = black_box(filter.source_ports(black_box(port..=u16::from(bits))).map(|_| ()));
    let _ = black_box(filter.destination_port(black_box(port)).map(|_| ()));
    let _ = black_box(filter.destination_ports(black_box(port..=u16::MAX)).map(|_| ()));
    for address in [IpAddr::from([number; 4]), IpAddr::from([bits; 16])] {
        let _ = black_box(filter.source_prefix(black_box(address), bits).map(|_| ()));
        let _ = black_box(filter.destination_prefix(black_box(address), number).map(|_| ()));
    }
    let _ = black_box(filter.interface(black_box(number.into())).map(|_| ()));
    let _ = black_box(filter.autobound().map(|_| ()));
    let _ = black_box(filter.mark(black_box(number.into()), bits.into()).map(|_| ()));
    let _ = black_box(filter.control_group(black_box(number.into())).map(|_| ()));
    let _ = black_box(filter.nothing().map(|_| ()));
    let _ = black_box(filter.all(|all| all.source_port(black_box(port)).map(|_| ())).map(|_| ()));
    let _ = black_box(filter.or(|other| other.interface(port.into()).map(|_| ())).map(|_| ()));
    let _ = black_box(filter.negated(|not| not.source_port(port).map(|_| ())).map(|_| ()));
    black_box(filter).finish()
}
