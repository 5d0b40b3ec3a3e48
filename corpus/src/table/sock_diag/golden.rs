//! Messages in words, with the number of the message in place of that of a line.

use procnet_core::{
    ByteOrder, Error,
    escape::Escaped,
    netlink::{
        Attribute, Content, Errno, Flags, Message, MessageType, Messages, Payload, SocketMemory,
        inet, unix,
    },
};

use super::families;
use crate::golden::{Rows, shown};

pub(super) fn rows(bytes: &[u8], order: ByteOrder) -> Rows {
    rows_of(bytes, order, |_, payload, errors| {
        if let Some(words) = families::words(payload) {
            return words;
        }
        Ok(match payload.as_bytes().first() {
            Some(1) => unix(&unix::Socket::decode(payload)?, errors),
            _ => inet(&inet::Socket::decode(payload)?, errors),
        })
    })
}

/// The messages of any protocol; `data` returns the words of one with data, and adds what is wrong
/// with a part of it.
pub(in crate::table) fn rows_of(
    bytes: &[u8],
    order: ByteOrder,
    data: fn(MessageType, Payload<'_>, &mut Vec<Error>) -> Result<String, Error>,
) -> Rows {
    let mut found = Rows::new();
    for (number, message) in (1..).zip(Messages::new(bytes, order)) {
        let mut errors = Vec::new();
        let row = message.and_then(|message| words(&message, &mut errors, data));
        found.push((number, row));
        found.extend(errors.into_iter().map(|error| (number, Err(error))));
    }
    found
}

fn words(
    message: &Message<'_>,
    errors: &mut Vec<Error>,
    data: fn(MessageType, Payload<'_>, &mut Vec<Error>) -> Result<String, Error>,
) -> Result<String, Error> {
    let mut text = match message.content()? {
        Content::Data(payload) => data(message.kind, payload, errors)?,
        Content::Error(errno) => format!("error errno={}", errno.map_or(0, Errno::get)),
        Content::Done(errno) => format!("done errno={}", errno.map_or(0, Errno::get)),
        other => format!("{other:?}").to_lowercase(),
    };
    if message.flags.contains(Flags::DUMP_INTR) {
        text.push_str(" interrupted");
    }
    Ok(text)
}

fn inet(socket: &inet::Socket<'_>, errors: &mut Vec<Error>) -> String {
    let mut text = format!(
        "{:?} {} local={} remote={} timer={}/{} retransmits={} interface={} cookie={} rx={} tx={} \
         uid={} inode={}",
        socket.family,
        socket.state,
        socket.local,
        socket.remote,
        socket.timer,
        socket.expires,
        socket.retransmits,
        socket.interface.map_or(0, std::num::NonZero::get),
        socket.cookie,
        socket.receive_queue,
        socket.transmit_queue,
        socket.uid,
        shown(socket.inode),
    );
    for detail in socket.details() {
        text.push_str(&match detail {
            Ok(inet::Detail::Memory(memory)) => {
                let inet::Memory { receive, queued, forward, transmit } = memory;
                format!(" meminfo={receive}/{queued}/{forward}/{transmit}")
            }
            Ok(inet::Detail::TcpInfo(info)) => tcp_info(info),
            Ok(inet::Detail::Congestion(name)) => format!(" congestion={}", Escaped(name)),
            Ok(inet::Detail::TypeOfService(byte)) => format!(" tos={byte}"),
            Ok(inet::Detail::TrafficClass(byte)) => format!(" tclass={byte}"),
            Ok(inet::Detail::SocketMemory(memory)) => socket_memory(memory),
            Ok(inet::Detail::Shutdown(shutdown)) => format!(" shutdown={}", shutdown.0),
            Ok(inet::Detail::Protocol(byte)) => format!(" protocol={byte}"),
            Ok(inet::Detail::V6Only(only)) => format!(" v6only={only}"),
            Ok(inet::Detail::Mark(mark)) => format!(" mark={mark:#x}"),
            Ok(inet::Detail::ClassId(class)) => format!(" class={class}"),
            Ok(inet::Detail::ControlGroup(id)) => format!(" cgroup={id}"),
            Ok(inet::Detail::CongestionInfo(info)) => format!(" {info:?}"),
            Ok(inet::Detail::SocketOptions(options)) => {
                let set = options.named().into_iter().filter(|(_, is_set)| *is_set);
                format!(" sockopt={}", set.map(|(name, _)| name).collect::<Vec<_>>().join(","))
            }
            Ok(inet::Detail::Other(attribute)) => other(&attribute),
            Ok(detail) => format!(" {detail:?}"),
            Err(error) => {
                errors.push(error);
                continue;
            }
        });
    }
    text
}

fn tcp_info(info: inet::TcpInfo<'_>) -> String {
    let members = [
        ("rto", info.rto().map(u64::from)),
        ("rtt", info.rtt().map(u64::from)),
        ("rttvar", info.rttvar().map(u64::from)),
        ("cwnd", info.snd_cwnd().map(u64::from)),
        ("ssthresh", info.snd_ssthresh().map(u64::from)),
        ("acked", info.bytes_acked()),
        ("received", info.bytes_received()),
        ("out", info.segs_out().map(u64::from)),
        ("in", info.segs_in().map(u64::from)),
        ("min_rtt", info.min_rtt().map(u64::from)),
        ("delivery", info.delivery_rate()),
    ];
    let state = info.state().map_or("?".to_owned(), |state| state.to_string());
    let members = members.map(|(name, number)| match number {
        Some(number) => format!(",{name}={number}"),
        None => String::new(),
    });
    format!(" tcp_info=({}B,{state}{})", info.as_bytes().len(), members.concat())
}

fn unix(socket: &unix::Socket<'_>, errors: &mut Vec<Error>) -> String {
    let unix::Socket { kind, state, cookie, .. } = socket;
    let mut text = format!("{kind} {state} inode={} cookie={cookie}", shown(socket.inode));
    for detail in socket.details() {
        text.push_str(&match detail {
            Ok(unix::Detail::Name(name)) => {
                let kind = if name.is_abstract() { "abstract" } else { "path" };
                format!(" {kind}=\"{name}\"")
            }
            Ok(unix::Detail::File(file)) => format!(" file={:x}:{}", file.device, file.inode),
            Ok(unix::Detail::Peer(inode)) => format!(" peer={}", shown(inode)),
            Ok(unix::Detail::Pending(pending)) => {
                format!(" pending={}", pending.map(shown).collect::<Vec<_>>().join(","))
            }
            Ok(unix::Detail::Queue(queue)) => {
                format!(" rx={} tx={}", queue.receive, queue.transmit)
            }
            Ok(unix::Detail::SocketMemory(memory)) => socket_memory(memory),
            Ok(unix::Detail::Shutdown(shutdown)) => format!(" shutdown={}", shutdown.0),
            Ok(unix::Detail::Uid(uid)) => format!(" uid={uid}"),
            Ok(unix::Detail::Other(attribute)) => other(&attribute),
            Ok(detail) => format!(" {detail:?}"),
            Err(error) => {
                errors.push(error);
                continue;
            }
        });
    }
    text
}

fn socket_memory(memory: SocketMemory) -> String {
    format!(
        " skmeminfo={}/{}/{}/{}/{}/{}/{}/{}/{}",
        memory.receive,
        memory.receive_limit,
        memory.transmit,
        memory.transmit_limit,
        memory.forward,
        memory.queued,
        memory.options,
        memory.backlog.map_or("?".to_owned(), |backlog| backlog.to_string()),
        memory.drops.map_or("?".to_owned(), |drops| drops.to_string()),
    )
}

fn other(attribute: &Attribute<'_>) -> String {
    format!(" attribute{}={}", attribute.kind(), Escaped(attribute.value.as_bytes()))
}
