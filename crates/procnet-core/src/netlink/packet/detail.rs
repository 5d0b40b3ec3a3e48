//! Attributes of a packet socket (`PACKET_DIAG_*`).

use core::num::NonZeroU32;

use super::{Filter, Memberships};
use crate::{
    Column, Error,
    netlink::{Attribute, Payload, SocketMemory},
};

const INFO: Column = Column::new(&"info");
const RX_RING: Column = Column::new(&"rx_ring");
const TX_RING: Column = Column::new(&"tx_ring");
const FANOUT: Column = Column::new(&"fanout");
const UID: Column = Column::new(&"uid");

/// An attribute of a [`Socket`](super::Socket), requested with [`Show`](super::Show).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// `PACKET_DIAG_INFO`.
    Info(Info),
    /// `PACKET_DIAG_MCLIST`: what it has joined; reported even if that is nothing.
    Memberships(Memberships<'a>),
    /// `PACKET_DIAG_RX_RING`, if it has one (`PACKET_RX_RING`).
    ReceiveRing(Ring),
    /// `PACKET_DIAG_TX_RING`, if it has one (`PACKET_TX_RING`).
    TransmitRing(Ring),
    /// `PACKET_DIAG_FANOUT`, if it is in a fanout group.
    Fanout(Fanout),
    /// `PACKET_DIAG_UID`: the uid, mapped to the user namespace of the reader.
    Uid(u32),
    /// `PACKET_DIAG_MEMINFO`.
    SocketMemory(SocketMemory),
    /// `PACKET_DIAG_FILTER`: the attached filter of classic BPF, if it has one (`SO_ATTACH_FILTER`).
    /// `None` if the kernel does not reveal whether it has one, for want of `CAP_NET_ADMIN`.
    Filter(Option<Filter<'a>>),
    /// Any other.
    Other(Attribute<'a>),
}

impl<'a> Detail<'a> {
    /// Decodes an attribute of a packet socket.
    ///
    /// # Errors
    ///
    /// If it is too short.
    pub fn decode(attribute: Attribute<'a>) -> Result<Detail<'a>, Error> {
        let value = attribute.value;
        Ok(match attribute.kind() {
            0 => Detail::Info(Info::decode(value)?),
            1 => Detail::Memberships(Memberships::decode(value)?),
            2 => Detail::ReceiveRing(Ring::decode(value, RX_RING)?),
            3 => Detail::TransmitRing(Ring::decode(value, TX_RING)?),
            4 => {
                let number = value.u32(0, FANOUT)?;
                Detail::Fanout(Fanout { id: number as u16, kind: (number >> 16) as u16 })
            }
            5 => Detail::Uid(value.u32(0, UID)?),
            6 => Detail::SocketMemory(SocketMemory::decode(value)?),
            // No filter is empty (net/core/sock_diag.c `sock_diag_put_filterinfo`).
            7 if value.as_bytes().is_empty() => Detail::Filter(None),
            7 => Detail::Filter(Some(Filter::decode(value)?)),
            _ => Detail::Other(attribute),
        })
    }
}

/// `struct packet_diag_info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Info {
    /// The index of the interface that it is bound to; `None` if it receives from all.
    pub interface: Option<NonZeroU32>,
    /// The version of its rings (`PACKET_VERSION`): 0 is `TPACKET_V1`, 2 is `TPACKET_V3`.
    pub version: u32,
    /// Room in front of each frame of a ring, in bytes (`PACKET_RESERVE`).
    pub reserve: u32,
    /// How many packets that do not fit their frame are queued as well (`PACKET_COPY_THRESH`).
    pub copy_thresh: u32,
    /// The source of timestamps: the flags of `SOF_TIMESTAMPING_*` (`PACKET_TIMESTAMP`).
    pub timestamp: u32,
    /// Its flags.
    pub flags: Flags,
}

impl Info {
    fn decode(value: Payload<'_>) -> Result<Info, Error> {
        let word = |index: usize| value.u32(4 * index, INFO);
        Ok(Info {
            interface: NonZeroU32::new(word(0)?),
            version: word(1)?,
            reserve: word(2)?,
            copy_thresh: word(3)?,
            timestamp: word(4)?,
            flags: Flags(word(5)?),
        })
    }
}

/// Flags of a packet socket (`PDI_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(
    /// The kernel's bits.
    pub u32,
);

impl Flags {
    /// It receives packets: its interface is up.
    pub const RUNNING: Flags = Flags(1);
    /// `PACKET_AUXDATA`: each packet comes with its metadata.
    pub const AUXDATA: Flags = Flags(1 << 1);
    /// `PACKET_ORIGDEV`: the interface reported is the one that received the packet.
    pub const ORIGDEV: Flags = Flags(1 << 2);
    /// `PACKET_VNET_HDR`: each packet has a header of virtio in front of it.
    pub const VNETHDR: Flags = Flags(1 << 3);
    /// `PACKET_LOSS`: malformed packets in a transmit ring are skipped.
    pub const LOSS: Flags = Flags(1 << 4);

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Each flag, by the name that `ss` prints.
    pub const NAMED: [(&'static str, Flags); 5] = [
        ("running", Flags::RUNNING),
        ("auxdata", Flags::AUXDATA),
        ("origdev", Flags::ORIGDEV),
        ("vnethdr", Flags::VNETHDR),
        ("loss", Flags::LOSS),
    ];
}

/// A ring shared with the process: `struct packet_diag_ring`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ring {
    /// The size of a block, in bytes.
    pub block_size: u32,
    /// The number of blocks.
    pub block_nr: u32,
    /// The size of a frame, in bytes.
    pub frame_size: u32,
    /// The number of frames.
    pub frame_nr: u32,
    /// After how many milliseconds a block that is not full is handed over; `TPACKET_V3` only.
    pub retire_tmo: u32,
    /// Private bytes of the process in each block; `TPACKET_V3` only.
    pub sizeof_priv: u32,
    /// Flags of `TP_FT_REQ_*`; `TPACKET_V3` only.
    pub features: u32,
}

impl Ring {
    fn decode(value: Payload<'_>, column: Column) -> Result<Ring, Error> {
        let word = |index: usize| value.u32(4 * index, column);
        Ok(Ring {
            block_size: word(0)?,
            block_nr: word(1)?,
            frame_size: word(2)?,
            frame_nr: word(3)?,
            retire_tmo: word(4)?,
            sizeof_priv: word(5)?,
            features: word(6)?,
        })
    }
}

/// The group of sockets that packets are distributed among (`PACKET_FANOUT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fanout {
    /// The number of the group, in the network namespace.
    pub id: u16,
    /// How packets are distributed (`PACKET_FANOUT_*`).
    pub kind: u16,
}

impl Fanout {
    /// The ways packets are distributed, by their number (include/uapi/linux/if_packet.h). `ss` calls the
    /// fourth and fifth so, too, which are `PACKET_FANOUT_ROLLOVER` and `PACKET_FANOUT_RND`.
    pub const NAMES: [&'static str; 8] =
        ["hash", "lb", "cpu", "roll", "random", "qm", "cbpf", "ebpf"];

    /// The name of the way packets are distributed; `None` if it is newer than [`NAMES`](Fanout::NAMES).
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Fanout::NAMES.get(usize::from(self.kind)).copied()
    }
}
