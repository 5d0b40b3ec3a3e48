//! `/proc/net/unix` (net/unix/af_unix.c `unix_seq_show`).
//!
//! ```text
//! Num       RefCount Protocol Flags    Type St Inode Path
//! 00000000d3a1cb4f: 00000002 00000000 00010000 0001 01 23451 /run/systemd/notify
//! ```
//!
//! **The last column cannot be trusted.** It is printed raw, so a name may contain spaces,
//! tabs, newlines and any other byte except NUL, and any user of the host can choose it. A
//! newline in a name ends the line. The text after it is a line of its own: usually one that
//! does not decode, but possibly a *forged* row that no reader of this file can distinguish
//! from a genuine one. Everything between the single space after the inode and the end of the
//! line is the name; nothing is trimmed.

use core::fmt;

pub use super::SocketType;
use crate::{
    Column, Error, ErrorKind, Inode,
    escape::Escaped,
    field::{self, Field, Fields},
};

const NUM: Column = Column::new(&"Num");
const REFS: Column = Column::new(&"RefCount");
const PROTOCOL: Column = Column::new(&"Protocol");
const FLAGS: Column = Column::new(&"Flags");
const TYPE: Column = Column::new(&"Type");
const STATE: Column = Column::new(&"St");
const INODE: Column = Column::new(&"Inode");

/// The table of unix sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl Table {
    /// The rows of a whole file, without its heading.
    ///
    /// ```
    /// use procnet_core::table::unix;
    ///
    /// let file = b"000000004be5f01c: 00000002 00000000 00010000 0001 01   811 @a b\n";
    /// let row = unix::Table.rows(file).next().unwrap()?;
    /// assert_eq!(row.inode.unwrap().get(), 811);
    /// assert_eq!(row.name.unwrap().as_bytes(), b"@a b");
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    pub fn rows(self, bytes: &[u8]) -> super::Rows<'_, Table> {
        super::Table::rows(self, bytes)
    }
}

impl super::Table for Table {
    type Row<'a> = Row<'a>;

    /// A blank line is an error here: only a newline in a name can cause it.
    #[inline]
    fn row<'a>(&self, line: &'a [u8], number: usize) -> Option<Result<Row<'a>, Error>> {
        if number == 1 && line.starts_with(b"Num ") {
            return None;
        }
        Some(Row::decode(line))
    }
}

/// One unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The address of the socket in the kernel, as printed: hashed, zeroed or real, and not
    /// always a number (lib/vsprintf.c `restricted_pointer`).
    pub pointer: &'a [u8],
    /// The reference count of the socket.
    pub refs: u32,
    /// Always 0.
    pub protocol: u32,
    /// The kernel's flags; see [`Row::is_listening`].
    pub flags: u32,
    /// Stream, datagram or seqpacket.
    pub kind: SocketType,
    /// The connection state.
    pub state: SocketState,
    /// `None` for a connection that was not accepted yet (printed as 0).
    pub inode: Option<Inode>,
    /// `None` if the socket is not bound. Accepted connections have the name of their listener.
    pub name: Option<Name<'a>>,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If a column before the name is missing or malformed.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        if field::is_blank_line(line) {
            return Err(Error::new(ErrorKind::Blank, NUM, 0));
        }
        let mut fields = Fields::new(line, 0);
        let num = fields.next(NUM)?;
        let Some((b':', pointer)) = num.bytes.split_last() else {
            return Err(num.error(ErrorKind::Separator, num.bytes.len()));
        };
        if pointer.is_empty() {
            return Err(num.error(ErrorKind::Missing, 0));
        }
        Ok(Row {
            pointer,
            refs: exactly::<8>(fields.next(REFS)?)?.hex32()?,
            protocol: exactly::<8>(fields.next(PROTOCOL)?)?.hex32()?,
            flags: exactly::<8>(fields.next(FLAGS)?)?.hex32()?,
            kind: SocketType(exactly::<4>(fields.next(TYPE)?)?.hex16()?),
            state: SocketState(exactly::<2>(fields.next(STATE)?)?.hex8()?),
            inode: fields.next(INODE)?.decimal64().map(Inode::new)?,
            name: fields.rest().split_first().map(|(_blank, name)| Name(name)),
        })
    }

    /// Whether the socket is listening (`__SO_ACCEPTCON` in the flags).
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.flags & 0x1_0000 != 0
    }
}

/// The field, if it has exactly the number of digits that the kernel prints. The stricter the
/// check, the less text in names passes for a row.
fn exactly<const DIGITS: usize>(field: Field<'_>) -> Result<Field<'_>, Error> {
    field.array::<DIGITS>().map(|_| field)
}

/// The connection state of a unix socket, by the kernel's number (include/uapi/linux/net.h
/// `socket_state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketState(
    /// The kernel's number.
    pub u8,
);

impl SocketState {
    /// Not connected; also a listener.
    pub const UNCONNECTED: SocketState = SocketState(1);
    /// Connecting; also a connection that was not accepted yet.
    pub const CONNECTING: SocketState = SocketState(2);
    /// Connected.
    pub const CONNECTED: SocketState = SocketState(3);
    /// Disconnecting.
    pub const DISCONNECTING: SocketState = SocketState(4);
}

/// The name of a unix socket, as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a>(&'a [u8]);

impl<'a> Name<'a> {
    /// A name, as a table prints it.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Name<'a> {
        Name(bytes)
    }

    /// The bytes as printed: the leading NUL of an abstract name as `@`, and since kernel 4.19
    /// its other NULs too.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Whether the name is certainly a path. A name that starts with `@` is usually abstract,
    /// but a path that starts with `@` is printed the same.
    #[must_use]
    pub fn is_path(&self) -> bool {
        self.0.first().is_some_and(|first| *first != b'@')
    }
}

/// Escaped as described in [`escape`](crate::escape).
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}
