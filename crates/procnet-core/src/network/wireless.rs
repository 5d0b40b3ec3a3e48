//! `/proc/net/wireless` (net/wireless/wext-proc.c `wireless_seq_printf_stats`): the link quality
//! of wireless interfaces. Absent if the kernel is built without wireless extensions.
//!
//! ```text
//! Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
//!  face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
//!  wlan0: 0000   54.  -56.  -256        0      0      0      1      0        0
//! ```
//!
//! A quality value is followed by a dot if it was updated since it was last read. Headings are
//! recognized in the first two lines only, as an interface may have such a name.

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
    /// The raw interface name.
    pub name: &'a [u8],
    /// A driver-specific status.
    pub status: u16,
    /// The link quality, on a driver-specific scale.
    pub link: Quality,
    /// The signal level; in dBm if negative.
    pub level: Quality,
    /// The noise level; in dBm if negative.
    pub noise: Quality,
    /// Packets discarded for a wrong network id (NWID or ESSID).
    pub network_id: u32,
    /// Packets discarded because they could not be decrypted.
    pub crypt: u32,
    /// Packets discarded because their fragments could not be reassembled.
    pub fragment: u32,
    /// Packets discarded after too many retries.
    pub retry: u32,
    /// Packets discarded for other reasons.
    pub misc: u32,
    /// Missed beacons.
    pub beacon: u32,
}

/// One value of the link quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// The value as printed; see [`reading`](Quality::reading).
    pub value: i32,
    /// Whether it was updated since it was last read.
    pub updated: bool,
}

impl Quality {
    /// The value; `None` for -256, which is what drivers without a measurement leave.
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
    /// If there is no colon after the name, or a column is missing or malformed.
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
