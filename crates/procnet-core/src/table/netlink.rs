//! `/proc/net/netlink` (net/netlink/af_netlink.c `netlink_native_seq_show`): sockets by which
//! programs talk to the kernel of its network, its devices and others of its parts.
//!
//! ```text
//! sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
//! 00000000a1b2c3d4 0   837        00000111 0        0        0     2        0        35337
//! ```
//!
//! `Eth` is the protocol, and `Pid` the socket's own number, *mostly* that of the process that
//! made it: a process may choose any, and has others for its further sockets. The kernel's own
//! sockets have the number 0, and an inode that nobody owns. Kernels up to 2.6.24 print neither
//! drops nor the inode; up to 3.0 the number of the socket may be negative, and `Dump` is a
//! pointer; drops may be negative before 5.10.
//!
//! No column holds text that anyone may choose.

use core::fmt;

use crate::{
    Column, Error, Inode,
    field::Fields,
    table::impl_table,
};

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
    /// The kernel's address of the socket as printed: hashed, zeroed or real, and not always
    /// a number.
    pub pointer: &'a [u8],
    /// Which part of the kernel it talks to.
    pub protocol: Protocol,
    /// Its own number, unique for its protocol: mostly the pid of who made it, or a number
    /// near 2^32 (which old kernels print as negative); 0 for a socket of the kernel, and for
    /// one that has not been bound yet.
    pub port: u32,
    /// The first 32 groups of messages that it listens to, a bit each.
    pub groups: u32,
    /// Bytes of memory that messages use which wait to be read.
    pub rx_queue: u32,
    /// Bytes of memory that messages use which it sent.
    pub tx_queue: u32,
    /// Whether it is in the midst of reading a dump. `None` where a kernel up to 3.0 hides it,
    /// with other pointers.
    pub dumping: Option<bool>,
    /// References to the kernel's socket.
    pub refs: u32,
    /// Messages that it lost as its buffer was full; `None` where the kernel does not tell.
    pub drops: Option<u32>,
    /// `None` if no file belongs to it (printed as 0), and where the kernel does not tell.
    pub inode: Option<Inode>,
}

impl<'a> Row<'a> {
    /// Decodes a line. What stands behind the last column is passed over.
    ///
    /// # Errors
    ///
    /// If one of the first eight columns is missing, or one of all is not of the kernel's form.
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

/// 0 or 1, or a pointer, which is zeros where the reader may not see it.
fn dumping(token: &[u8]) -> Option<bool> {
    match token {
        b"0" | b"(null)" => Some(false),
        hidden if hidden.iter().all(|digit| *digit == b'0') => None,
        _ => Some(true),
    }
}

/// A part of the kernel that is talked to by netlink, by its number (include/uapi/linux/netlink.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Protocol(
    /// The kernel's number.
    pub u16,
);

impl Protocol {
    /// Addresses, interfaces, routes.
    pub const ROUTE: Protocol = Protocol(0);
    /// Socket diagnostics.
    pub const SOCK_DIAG: Protocol = Protocol(4);
    /// Netfilter, and connection tracking.
    pub const NETFILTER: Protocol = Protocol(12);
    /// Devices that come and go.
    pub const KOBJECT_UEVENT: Protocol = Protocol(15);
    /// Many others.
    pub const GENERIC: Protocol = Protocol(16);

    /// The kernel's name in lower case; `None` for a number that has none.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        // Numbers that no kernel uses any more are those of the last one that did.
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
