//! `/proc/net/protocols` (net/core/sock.c `proto_seq_printf`): the protocols registered with
//! the kernel, with the number of their sockets and the memory these use.
//!
//! ```text
//! protocol  size sockets  memory press maxhdr  slab module     cl co di
//! TCP       2304      1       4   no     192   yes  kernel      y  y  y
//! ```
//!
//! The first eight columns are the same in all kernels. The columns after them state, for each
//! method of `struct proto`, whether the protocol implements it. The set of methods differs
//! between kernels (`sp` is gone since 6.12), so they are identified by the names in the heading.
//! Only `sockets` is per network namespace; `memory` and `press` are host-wide.

use crate::{
    Column, Error, ErrorKind,
    field::{Field, Fields, Paired},
    line::NonBlankLines,
};

const PROTOCOL: Column = Column::new(&"protocol");
const SIZE: Column = Column::new(&"size");
const SOCKETS: Column = Column::new(&"sockets");
const MEMORY: Column = Column::new(&"memory");
const PRESS: Column = Column::new(&"press");
const MAXHDR: Column = Column::new(&"maxhdr");
const SLAB: Column = Column::new(&"slab");
const MODULE: Column = Column::new(&"module");

/// The protocols of a whole file.
///
/// ```
/// use procnet_core::counter::protocols::{Pressure, Rows};
///
/// let file = b"protocol  size sockets  memory press maxhdr  slab module     cl co\n\
///              RAW       1152      0      -1   NI       0   yes  kernel      y  n\n";
/// let row = Rows::new(file).next().unwrap()?;
/// assert_eq!((row.name, row.sockets, row.memory), (&b"RAW"[..], Some(0), None));
/// assert_eq!(row.pressure, Pressure::None);
/// let connect = row.methods().nth(1).unwrap()?;
/// assert_eq!((connect.name, connect.present), (&b"co"[..], false));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    lines: NonBlankLines<'a>,
    names: &'a [u8],
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`, whose first non-blank line contains the names, starting with
    /// `protocol size`. Without it the methods have no names: each row's
    /// [`methods`](Row::methods) are then an error.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Rows<'a> {
        let lines = NonBlankLines::new(bytes);
        let mut after = lines.clone();
        match after.next().filter(|line| is_heading(line)) {
            Some(names) => Rows { lines: after, names },
            None => Rows { lines, names: &[] },
        }
    }

    /// The line of names; empty if there is none.
    #[must_use]
    pub fn names(&self) -> &'a [u8] {
        self.names
    }

    /// The line number of the last item, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.lines.number()
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, Error>;

    fn next(&mut self) -> Option<Result<Row<'a>, Error>> {
        self.lines.next().map(|line| Row::decode(self.names, line))
    }
}

/// One protocol.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The name: `TCP`, `UDPv6`, `UNIX-STREAM`.
    pub name: &'a [u8],
    /// The size of its socket structure, in bytes.
    pub size: u32,
    /// The number of its sockets in the network namespace; `None` if not counted (printed as -1).
    pub sockets: Option<u32>,
    /// The memory of its sockets on the whole host, in pages; `None` if not accounted (printed as
    /// -1).
    pub memory: Option<u64>,
    /// Whether it is under memory pressure.
    pub pressure: Pressure,
    /// The space reserved for headers before the data of a packet, in bytes.
    pub max_header: u32,
    /// Whether its sockets are allocated from a slab cache of their own.
    pub slab: bool,
    /// The module that implements it; `kernel` if built in.
    pub module: &'a [u8],
    names: Fields<'a>,
    flags: Fields<'a>,
}

/// Whether a protocol is under memory pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pressure {
    /// The protocol does not track memory pressure (`NI`, not implemented).
    None,
    /// Not under pressure.
    No,
    /// Under pressure.
    Yes,
}

impl<'a> Row<'a> {
    /// Decodes a line under a line of names.
    ///
    /// # Errors
    ///
    /// If one of the first eight columns is missing or malformed.
    pub fn decode(names: &'a [u8], line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let name = fields.next(PROTOCOL)?.bytes;
        let size = fields.next(SIZE)?.decimal32()?;
        let sockets = fields.next(SOCKETS)?;
        let memory = fields.next(MEMORY)?;
        let mut names = Fields::new(names, 0);
        for column in [PROTOCOL, SIZE, SOCKETS, MEMORY, PRESS, MAXHDR, SLAB, MODULE] {
            names.next_if_any(column);
        }
        Ok(Row {
            name,
            size,
            sockets: unless_minus_one(sockets, Field::decimal32)?,
            memory: unless_minus_one(memory, Field::decimal64)?,
            pressure: match fields.next(PRESS)? {
                Field { bytes: b"NI", .. } => Pressure::None,
                field if is_yes(field)? => Pressure::Yes,
                _ => Pressure::No,
            },
            max_header: fields.next(MAXHDR)?.decimal32()?,
            slab: is_yes(fields.next(SLAB)?)?,
            module: fields.next(MODULE)?.bytes,
            names,
            flags: fields,
        })
    }

    /// The methods, in the order of the heading: `cl` (close), `co` (connect), `di` (disconnect)
    /// and so on.
    ///
    /// A value other than `y` and `n` is an `Err` item. If the numbers of names and values
    /// differ, the last item is an `Err`.
    #[must_use]
    pub fn methods(&self) -> Methods<'a> {
        Methods(Paired::new(self.names, self.flags))
    }
}

/// A protocol may be called `protocol`, but no size is `size`.
fn is_heading(line: &[u8]) -> bool {
    let mut fields = Fields::new(line, 0);
    [PROTOCOL, SIZE].into_iter().all(|column| {
        fields.next_if_any(column).is_some_and(|field| field.bytes == column.name().as_bytes())
    })
}

/// The number; `None` for -1.
fn unless_minus_one<'a, T>(
    field: Field<'a>,
    decode: impl FnOnce(&Field<'a>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    if field.bytes == b"-1" { Ok(None) } else { decode(&field).map(Some) }
}

fn is_yes(field: Field<'_>) -> Result<bool, Error> {
    match field.bytes {
        b"yes" => Ok(true),
        b"no" => Ok(false),
        _ => Err(field.error(ErrorKind::Unexpected, 0)),
    }
}

/// Whether a protocol implements a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method<'a> {
    /// The name in the heading, usually two letters.
    pub name: &'a [u8],
    /// Whether the protocol implements it.
    pub present: bool,
}

/// The methods of a [`Row`].
#[derive(Clone, Debug)]
pub struct Methods<'a>(Paired<'a>);

impl<'a> Iterator for Methods<'a> {
    type Item = Result<Method<'a>, Error>;

    fn next(&mut self) -> Option<Result<Method<'a>, Error>> {
        let method = self.0.next()?.and_then(|(name, letter)| match letter.bytes {
            b"y" => Ok(Method { name, present: true }),
            b"n" => Ok(Method { name, present: false }),
            _ => Err(letter.error(ErrorKind::Unexpected, 0)),
        });
        Some(method)
    }
}
