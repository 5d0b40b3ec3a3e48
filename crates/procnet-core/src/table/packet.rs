//! `/proc/net/packet` (net/packet/af_packet.c `packet_seq_show`): sockets that take packets from
//! interfaces as they come, such as those of tcpdump and of DHCP clients.
//!
//! ```text
//! sk               RefCnt Type Proto  Iface R Rmem   User   Inode
//! 00000000a1b2c3d4 3      3    88cc   2     1 0      101    34754
//! ```
//!
//! No column holds text that anyone may choose.

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
    /// The kernel's address of the socket as printed: hashed, zeroed or real, and not always
    /// a number.
    pub pointer: &'a [u8],
    /// References to the kernel's socket.
    pub refs: u32,
    /// Whether packets come with the header of their link (raw) or without (dgram).
    pub kind: SocketType,
    /// Which packets it takes, by the number of an Ethernet protocol; 3 (`ETH_P_ALL`) takes
    /// all, 0 none.
    pub protocol: u16,
    /// The number of the interface that it is bound to; `None` if it takes from all (printed
    /// as 0).
    pub interface: Option<NonZeroU32>,
    /// Whether it takes packets: its interface is up.
    pub running: bool,
    /// Bytes of memory that packets use which wait to be read.
    pub rx_queue: u32,
    /// The user that it belongs to.
    pub uid: u32,
    /// `None` if no file belongs to it (printed as 0).
    pub inode: Option<Inode>,
}

impl<'a> Row<'a> {
    /// Decodes a line. What stands behind the last column is passed over.
    ///
    /// # Errors
    ///
    /// If a column is missing or not of the kernel's form.
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
