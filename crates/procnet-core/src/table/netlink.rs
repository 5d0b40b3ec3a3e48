//! `/proc/net/netlink` (net/netlink/af_netlink.c `netlink_native_seq_show`): netlink sockets,
//! by which programs talk to kernel subsystems such as routing, devices and auditing.
//!
//! ```text
//! sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
//! 00000000a1b2c3d4 0   837        00000111 0        0        0     2        0        35337
//! ```
//!
//! `Eth` is the netlink protocol and `Pid` the netlink port id. The port id is *usually* the pid
//! of the process that created the socket, but a process may choose any value, and its further
//! sockets have others. Kernel sockets have the port id 0 and an inode without owner. Kernels up
//! to 2.6.24 print neither drops nor the inode; up to 3.0 the port id may be negative, and `Dump`
//! is a pointer; drops may be negative before 5.10.
//!
//! No column contains user-controlled text.

use core::fmt;

use crate::{Column, Error, Inode, field::Fields, table::impl_table};

const SK: Column = Column::new(&"sk");
const PROTOCOL: Column = Column::new(&"Eth");
const PORT: Column = Column::new(&"Pid");
const GROUPS: Column = Column::new(&"Groups");
const RMEM: Column = Column::new(&"Rmem");
const WMEM: Column = Column::new(&"Wmem");
const DUMP: Column = Column::new(&"Dump");
const LOCKS: Column = Column::new(&"Locks");
const DROPS: Column = Column::new(&"Drops");
const INODE: Column = Column::new(&"Inode");

/// The table of netlink sockets.
///
/// ```
/// use procnet_core::table::netlink;
///
/// let file = b"00000000a1b2c3d4 0   837        00000111 0        0        0     2        0        35337   \n";
/// let row = netlink::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.protocol.to_string(), row.port), ("route".to_owned(), 837));
/// assert_eq!(row.inode.unwrap().get(), 35337);
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! {
    Table: |_, line| Row::decode(line),
    heading: |line, number| number == 1 && line.starts_with(b"sk "),
}

/// One netlink socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The address of the socket in the kernel, as printed: hashed, zeroed or real, and not
    /// always a number (lib/vsprintf.c `restricted_pointer`).
    pub pointer: &'a [u8],
    /// The netlink protocol.
    pub protocol: Protocol,
    /// The port id, unique within the protocol: usually the pid of the process that created the
    /// socket, or a number near 2^32 (which old kernels print as negative); 0 for kernel sockets
    /// and for sockets that are not bound yet.
    pub port: u32,
    /// The first 32 multicast groups that it has joined, one bit each.
    pub groups: u32,
    /// Memory of unread messages, in bytes.
    pub rx_queue: u32,
    /// Memory of sent messages, in bytes.
    pub tx_queue: u32,
    /// Whether a dump is in progress. `None` if a kernel up to 3.0, which prints a pointer, hides
    /// it from the reader.
    pub dumping: Option<bool>,
    /// The reference count of the socket.
    pub refs: u32,
    /// Messages dropped because the receive buffer was full; `None` if the kernel does not print it.
    pub drops: Option<u32>,
    /// `None` if the socket has no file (printed as 0), or the kernel does not print it.
    pub inode: Option<Inode>,
}

impl<'a> Row<'a> {
    /// Decodes a line. Text after the last column is ignored.
    ///
    /// # Errors
    ///
    /// If one of the first eight columns is missing, or any column is malformed.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let pointer = fields.next(SK)?.bytes;
        let protocol = Protocol(fields.next(PROTOCOL)?.decimal16()?);
        let port = fields.next(PORT)?.either_sign32()?;
        let groups = fields.next(GROUPS)?.hex32()?;
        let rx_queue = fields.next(RMEM)?.decimal32()?;
        let tx_queue = fields.next(WMEM)?.decimal32()?;
        let dumping = dumping(fields.next(DUMP)?.bytes);
        let refs = fields.next(LOCKS)?.decimal32()?;
        let drops = fields.next_if_any(DROPS).map(|field| field.either_sign32()).transpose()?;
        let inode = fields.next_if_any(INODE).map(|field| field.decimal64()).transpose()?;
        let inode = inode.and_then(Inode::new);
        Ok(Row { pointer, protocol, port, groups, rx_queue, tx_queue, dumping, refs, drops, inode })
    }
}

/// 0 or 1; or a pointer, which is all zeros if it is hidden from the reader.
fn dumping(token: &[u8]) -> Option<bool> {
    match token {
        b"0" | b"(null)" => Some(false),
        hidden if hidden.iter().all(|digit| *digit == b'0') => None,
        _ => Some(true),
    }
}

/// A netlink protocol, by the kernel's number (include/uapi/linux/netlink.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Protocol(
    /// The kernel's number.
    pub u16,
);

impl Protocol {
    /// Addresses, interfaces, routes.
    pub const ROUTE: Protocol = Protocol(0);
    /// Socket diagnostics (sock_diag).
    pub const SOCK_DIAG: Protocol = Protocol(4);
    /// Netfilter, including connection tracking.
    pub const NETFILTER: Protocol = Protocol(12);
    /// Device events.
    pub const KOBJECT_UEVENT: Protocol = Protocol(15);
    /// Generic netlink, which multiplexes many families.
    pub const GENERIC: Protocol = Protocol(16);

    /// The kernel's name in lower case; `None` for an unknown number.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        // A number that is no longer in use has the name that it had last.
        Some(match self.0 {
            0 => "route",
            2 => "usersock",
            3 => "firewall",
            4 => "sock_diag",
            5 => "nflog",
            6 => "xfrm",
            7 => "selinux",
            8 => "iscsi",
            9 => "audit",
            10 => "fib_lookup",
            11 => "connector",
            12 => "netfilter",
            13 => "ip6_fw",
            14 => "dnrtmsg",
            15 => "kobject_uevent",
            16 => "generic",
            18 => "scsitransport",
            19 => "ecryptfs",
            20 => "rdma",
            21 => "crypto",
            22 => "smc",
            _ => return None,
        })
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{}", self.0),
        }
    }
}
