//! `/proc/net/packet` (net/packet/af_packet.c `packet_seq_show`): packet sockets, which receive
//! packets at the device level, such as those of tcpdump and DHCP clients.
//!
//! ```text
//! sk               RefCnt Type Proto  Iface R Rmem   User   Inode
//! 00000000a1b2c3d4 3      3    88cc   2     1 0      101    34754
//! ```
//!
//! No column contains user-controlled text.

use core::num::NonZeroU32;

use crate::{
    Column, Error, ErrorKind, Inode,
    field::Fields,
    table::{SocketType, impl_table},
};

const SK: Column = Column::new(&"sk");
const REFS: Column = Column::new(&"RefCnt");
const TYPE: Column = Column::new(&"Type");
const PROTO: Column = Column::new(&"Proto");
const IFACE: Column = Column::new(&"Iface");
const RUNNING: Column = Column::new(&"R");
const RMEM: Column = Column::new(&"Rmem");
const USER: Column = Column::new(&"User");
const INODE: Column = Column::new(&"Inode");

/// The table of packet sockets.
///
/// ```
/// use procnet_core::table::packet;
///
/// let file = b"00000000a1b2c3d4 3      3    88cc   2     1 0      101    34754 \n";
/// let row = packet::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.protocol, row.uid), (0x88CC, 101)); // LLDP
/// assert_eq!(row.inode.unwrap().get(), 34754);
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! {
    Table: |_, line| Row::decode(line),
    heading: |line, number| number == 1 && line.starts_with(b"sk "),
}

/// One packet socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The address of the socket in the kernel, as printed: hashed, zeroed or real, and not
    /// always a number (lib/vsprintf.c `restricted_pointer`).
    pub pointer: &'a [u8],
    /// The reference count of the socket.
    pub refs: u32,
    /// Whether packets include the link-level header (raw) or not (dgram).
    pub kind: SocketType,
    /// The Ethernet protocol number of the packets it receives; 3 (`ETH_P_ALL`) for all, 0 for
    /// none.
    pub protocol: u16,
    /// The index of the interface that it is bound to; `None` if it receives from all (printed
    /// as 0).
    pub interface: Option<NonZeroU32>,
    /// Whether it receives packets: its interface is up.
    pub running: bool,
    /// Memory of unread packets, in bytes.
    pub rx_queue: u32,
    /// The uid of its owner, mapped to the user namespace of the reader.
    pub uid: u32,
    /// `None` if the socket has no file (printed as 0).
    pub inode: Option<Inode>,
}

impl<'a> Row<'a> {
    /// Decodes a line. Text after the last column is ignored.
    ///
    /// # Errors
    ///
    /// If a column is missing or malformed.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        Ok(Row {
            pointer: fields.next(SK)?.bytes,
            refs: fields.next(REFS)?.decimal32()?,
            kind: SocketType(fields.next(TYPE)?.decimal16()?),
            protocol: fields.next(PROTO)?.hex16()?,
            interface: fields.next(IFACE)?.decimal32().map(NonZeroU32::new)?,
            running: {
                let running = fields.next(RUNNING)?;
                match running.bytes {
                    b"0" => false,
                    b"1" => true,
                    _ => return Err(running.error(ErrorKind::Unexpected, 0)),
                }
            },
            rx_queue: fields.next(RMEM)?.decimal32()?,
            uid: fields.next(USER)?.decimal32()?,
            inode: fields.next(INODE)?.decimal64().map(Inode::new)?,
        })
    }
}
