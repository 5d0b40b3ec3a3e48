//! Packet messages: both decoders in one form, the words of the golden rows.

use procnet_core::{
    ByteOrder, Error,
    netlink::{
        Payload, SocketMemory,
        packet::{Detail, Info, Ring, Socket},
    },
};

use super::super::naive::number;
use crate::check::inside;

/// Both decoders find the same in a payload, of whatever family it is.
pub(super) fn check(payload: Payload<'_>, bytes: &[u8]) {
    let fast = words(payload);
    if let Err(error) = fast {
        inside(error, bytes);
    }
    let naive = naive(payload.as_bytes(), payload.order());
    assert_eq!(fast.ok(), naive, "{:?}", payload.as_bytes());
}

/// A message in words.
pub(super) fn words(payload: Payload<'_>) -> Result<String, Error> {
    let socket = Socket::decode(payload)?;
    let inode = socket.inode.map_or(0, procnet_core::Inode::get);
    let mut text = head(socket.kind.0, socket.protocol.into(), inode, socket.cookie);
    for detail in socket.details() {
        text.push_str(&match detail? {
            Detail::Info(info) => {
                assert_eq!(socket.info().ok(), first_info(&socket), "the first one");
                let Info { interface, version, reserve, copy_thresh, timestamp, flags } = info;
                let interface = interface.map_or(0, std::num::NonZero::get);
                let words = [interface, version, reserve, copy_thresh, timestamp, flags.0];
                numbers("info", &words.map(u64::from))
            }
            Detail::Memberships(memberships) => {
                let parts = memberships.map(|it| {
                    let head = [it.interface, it.count, it.kind.into()].map(u64::from);
                    membership(&head, it.address)
                });
                format!(" mclist=[{}]", parts.collect::<Vec<_>>().join(","))
            }
            Detail::ReceiveRing(ring) => numbers("rx_ring", &members(ring)),
            Detail::TransmitRing(ring) => numbers("tx_ring", &members(ring)),
            Detail::Fanout(fanout) => numbers("fanout", &[fanout.id.into(), fanout.kind.into()]),
            Detail::Uid(uid) => numbers("uid", &[uid.into()]),
            Detail::SocketMemory(memory) => numbers("memory", &of_memory(memory)),
            Detail::Filter(None) => " filter=withheld".to_owned(),
            Detail::Filter(Some(filter)) => {
                let code = filter.map(|it| {
                    numbers("", &[it.code.into(), it.jt.into(), it.jf.into(), it.k.into()])
                });
                format!(" filter=[{}]", code.collect::<String>())
            }
            Detail::Other(other) => numbers("other", &[other.kind().into()]),
            other => panic!("add this attribute to the check: {other:?}"),
        });
    }
    Ok(text)
}

fn first_info(socket: &Socket<'_>) -> Option<Info> {
    socket.details().find_map(|detail| match detail {
        Ok(Detail::Info(info)) => Some(info),
        _ => None,
    })
}

fn members(ring: Ring) -> [u64; 7] {
    let Ring { block_size, block_nr, frame_size, frame_nr, retire_tmo, sizeof_priv, features } =
        ring;
    [block_size, block_nr, frame_size, frame_nr, retire_tmo, sizeof_priv, features].map(u64::from)
}

fn of_memory(memory: SocketMemory) -> Vec<u64> {
    let SocketMemory { receive, receive_limit, transmit, transmit_limit, .. } = memory;
    let SocketMemory { forward, queued, options, backlog, drops, .. } = memory;
    let always =
        [receive, receive_limit, transmit, transmit_limit, forward, queued, options].into_iter();
    always.chain(backlog).chain(drops).map(u64::from).collect()
}

fn head(kind: u16, protocol: u64, inode: u64, cookie: u64) -> String {
    format!("packet type={kind} protocol={protocol:#06x} inode={inode} cookie={cookie}")
}

fn numbers(name: &str, numbers: &[u64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    format!(" {name}={}", numbers.join("/"))
}

fn membership(head: &[u64], address: &[u8]) -> String {
    format!("{}{address:02x?}", numbers("", head))
}

/// The naive decoder: `None` if anything is malformed.
fn naive(body: &[u8], order: ByteOrder) -> Option<String> {
    if body.len() < 16 || body[0] != 17 {
        return None;
    }
    let word = |bytes: &[u8], at| number(bytes, at, 4, order);
    let half = |bytes: &[u8], at| number(bytes, at, 2, order);
    let cookie = word(body, 12)? << 32 | word(body, 8)?;
    let mut text = head(body[1].into(), half(body, 2)?, word(body, 4)?, cookie);
    for (kind, value) in super::attributes(&body[16..], order)? {
        let words = |count: usize| -> Option<Vec<u64>> {
            (0..count).map(|index| word(value, 4 * index)).collect()
        };
        text.push_str(&match kind {
            0 => numbers("info", &words(6)?),
            1 if value.len() % 44 != 0 => return None,
            1 => {
                let parts = value.chunks(44).map(|part| {
                    let head = [word(part, 0)?, word(part, 4)?, half(part, 8)?];
                    let length = half(part, 10)?.min(32) as usize;
                    Some(membership(&head, &part[12..12 + length]))
                });
                format!(" mclist=[{}]", parts.collect::<Option<Vec<_>>>()?.join(","))
            }
            2 => numbers("rx_ring", &words(7)?),
            3 => numbers("tx_ring", &words(7)?),
            4 => numbers("fanout", &[word(value, 0)? & 0xFFFF, word(value, 0)? >> 16]),
            5 => numbers("uid", &words(1)?),
            6 if value.len() < 28 => return None,
            6 => numbers("memory", &words((value.len() / 4).min(9))?),
            7 if value.is_empty() => " filter=withheld".to_owned(),
            7 if value.len() % 8 != 0 => return None,
            7 => {
                let code = value.chunks(8).map(|part| {
                    let skips = [part[2].into(), part[3].into()];
                    Some(numbers("", &[half(part, 0)?, skips[0], skips[1], word(part, 4)?]))
                });
                format!(" filter=[{}]", code.collect::<Option<String>>()?)
            }
            other => numbers("other", &[other]),
        });
    }
    Some(text)
}
