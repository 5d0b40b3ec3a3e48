//! `/proc/net/wireless` (net/wireless/wext-proc.c `wireless_seq_printf_stats`): how well
//! wireless interfaces receive. Absent where the kernel has no wireless extensions.
//!
//! ```text
//! Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
//!  face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
//!  wlan0: 0000   54.  -56.  -256        0      0      0      1      0        0
//! ```
//!
//! A number of the quality is followed by a dot if it has changed since it was last read.
//! Headings are told by their place, as an interface may be called like one.

use crate::{
    Column, Error, ErrorKind,
    field::{Field, Fields},
    table::impl_table,
};

const FACE: Column = Column::new(&"face");
const STATUS: Column = Column::new(&"status");
const LINK: Column = Column::new(&"link");
const LEVEL: Column = Column::new(&"level");
const NOISE: Column = Column::new(&"noise");
const NETWORK_ID: Column = Column::new(&"nwid");
const CRYPT: Column = Column::new(&"crypt");
const FRAGMENT: Column = Column::new(&"frag");
const RETRY: Column = Column::new(&"retry");
const MISC: Column = Column::new(&"misc");
const BEACON: Column = Column::new(&"beacon");

/// The table of wireless interfaces.
///
/// ```
/// use procnet_core::network::wireless;
///
/// let file = b" wlan0: 0000   54.  -56.  -256        0      0      0      1      0        0\n";
/// let row = wireless::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.name, row.link.value, row.link.updated), (&b"wlan0"[..], 54, true));
/// assert_eq!((row.level.reading(), row.noise.reading()), (Some(-56), None));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! {
    Table: |_, line| Row::decode(line),
    heading: |line, number| number <= 2 && line.contains(&b'|') && !line.contains(&b':'),
}

/// One wireless interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its name, raw.
    pub name: &'a [u8],
    /// A state of the device that each driver defines for itself.
    pub status: u16,
    /// The quality of the link, on a scale of the driver's own.
    pub link: Quality,
    /// The strength of the signal: dBm if it is below 0.
    pub level: Quality,
    /// The strength of the noise: dBm if it is below 0.
    pub noise: Quality,
    /// Packets of another network.
    pub network_id: u32,
    /// Packets that could not be decrypted.
    pub crypt: u32,
    /// Packets whose fragments could not be put together.
    pub fragment: u32,
    /// Packets that were sent in vain, too often.
    pub retry: u32,
    /// Packets lost for other reasons.
    pub misc: u32,
    /// Beacons that were missed.
    pub beacon: u32,
}

/// A number of the quality of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// The number as printed; mostly [`reading`](Quality::reading) is what is wanted.
    pub value: i32,
    /// It has changed since it was last read.
    pub updated: bool,
}

impl Quality {
    /// The number; `None` for -256, which drivers leave where they measure nothing.
    #[must_use]
    pub fn reading(self) -> Option<i32> {
        (self.value != -256).then_some(self.value)
    }

    fn decode(field: Field<'_>) -> Result<Quality, Error> {
        let (digits, updated) = match field.bytes.strip_suffix(b".") {
            Some(digits) => (Field { bytes: digits, ..field }, true),
            None => (field, false),
        };
        digits.signed32().map(|value| Quality { value, updated })
    }
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If there is no colon behind the name, or a column is missing or not of the kernel's form.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let missing = || Error::new(ErrorKind::Separator, FACE, line.len());
        let colon = memchr::memrchr(b':', line).ok_or_else(missing)?;
        let name = line.get(..colon).unwrap_or_default().trim_ascii_start();
        if name.is_empty() {
            return Err(Error::new(ErrorKind::Missing, FACE, colon));
        }
        let mut fields = Fields::new(line, colon + 1);
        Ok(Row {
            name,
            status: fields.next(STATUS)?.hex16()?,
            link: Quality::decode(fields.next(LINK)?)?,
            level: Quality::decode(fields.next(LEVEL)?)?,
            noise: Quality::decode(fields.next(NOISE)?)?,
            network_id: fields.next(NETWORK_ID)?.either_sign32()?,
            crypt: fields.next(CRYPT)?.either_sign32()?,
            fragment: fields.next(FRAGMENT)?.either_sign32()?,
            retry: fields.next(RETRY)?.either_sign32()?,
            misc: fields.next(MISC)?.either_sign32()?,
            beacon: fields.next(BEACON)?.either_sign32()?,
        })
    }
}
