//! The values of a dictionary page, each with its index.

use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray,
    cast::AsArray as _,
    types::{ArrowDictionaryKeyType, Int8Type, Int32Type, UInt16Type},
};
use arrow_buffer::ArrowNativeType as _;
use arrow_schema::DataType;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use parquet::{data_type::ByteArray, file::statistics::Statistics};

use super::hybrid::Runs;
use crate::schema::IP_BYTES;

/// Different values, in the order in which rows had them first.
pub(super) enum Values {
    Texts(Texts),
    Addresses(Addresses),
    Ports(Ports),
}

impl Values {
    /// Of a column of this type, if it is one whose values are known to be repeated.
    pub(super) fn of(kind: &DataType) -> Option<Values> {
        match kind {
            DataType::Dictionary(key, text)
                if **text == DataType::Utf8
                    && matches!(**key, DataType::Int8 | DataType::Int32) =>
            {
                Some(Values::Texts(Texts::default()))
            }
            DataType::FixedSizeBinary(IP_BYTES) => Some(Values::Addresses(Addresses::default())),
            DataType::UInt16 => Some(Values::Ports(Ports::default())),
            _ => None,
        }
    }

    /// Adds the indices of these rows, none of which is null.
    pub(super) fn index(&mut self, array: &ArrayRef, rows: std::ops::Range<usize>, out: &mut Runs) {
        match self {
            Values::Texts(texts) => match array.as_dictionary_opt::<Int8Type>() {
                Some(array) => texts.index(array, rows, out),
                None => texts.index(array.as_dictionary::<Int32Type>(), rows, out),
            },
            Values::Addresses(addresses) => {
                addresses.index(array.as_fixed_size_binary(), rows, out);
            }
            Values::Ports(ports) => {
                ports.index(&array.as_primitive::<UInt16Type>().values()[rows], out);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Values::Texts(texts) => texts.ends.len(),
            Values::Addresses(addresses) => addresses.known.len(),
            Values::Ports(ports) => ports.bytes.len() / PORT_BYTES,
        }
    }

    /// As a dictionary page has them.
    pub(super) fn bytes(&self) -> &Vec<u8> {
        match self {
            Values::Texts(texts) => &texts.bytes,
            Values::Addresses(addresses) => &addresses.bytes,
            Values::Ports(ports) => &ports.bytes,
        }
    }

    /// The smallest and the largest, and how many rows are null.
    pub(super) fn statistics(&self, nulls: u64) -> Option<Statistics> {
        match self {
            Values::Texts(texts) => {
                let text = |text: &[u8]| ByteArray::from(text.to_vec());
                let (min, max) = (texts.iter().min(), texts.iter().max());
                Some(Statistics::byte_array(min.map(text), max.map(text), None, Some(nulls), false))
            }
            Values::Addresses(_) => None,
            Values::Ports(ports) => {
                let (min, max) = (ports.iter().min(), ports.iter().max());
                Some(Statistics::int32(min, max, None, Some(nulls), false))
            }
        }
    }
}

/// Texts, each behind its length.
#[derive(Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    known: HashMap<Vec<u8>, u32, RandomState>,
    /// The values of the last batch, and the index of each that was looked up.
    last: Option<(ArrayRef, Vec<u32>)>,
}

const UNKNOWN: u32 = u32::MAX;
const LENGTH_BYTES: usize = size_of::<u32>();

impl Texts {
    fn index<K: ArrowDictionaryKeyType>(
        &mut self,
        array: &DictionaryArray<K>,
        rows: std::ops::Range<usize>,
        out: &mut Runs,
    ) {
        let values = array.values();
        let mut indices = match self.last.take() {
            Some((last, indices)) if std::ptr::addr_eq(last.as_ref(), values.as_ref()) => indices,
            _ => vec![UNKNOWN; values.len()],
        };
        for run in array.keys().values()[rows].chunk_by(|one, next| one == next) {
            let index = &mut indices[run[0].as_usize()];
            if *index == UNKNOWN {
                *index = self.add(values.as_string::<i32>().value(run[0].as_usize()).as_bytes());
            }
            out.push(*index, run.len());
        }
        self.last = Some((ArrayRef::clone(values), indices));
    }

    fn add(&mut self, text: &[u8]) -> u32 {
        if let Some(index) = self.known.get(text) {
            return *index;
        }
        let index = self.ends.len() as u32;
        self.bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.known.insert(text.to_vec(), index);
        index
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.bytes[begin + LENGTH_BYTES..*end])
    }
}

/// Addresses, one behind the other.
#[derive(Default)]
pub(super) struct Addresses {
    bytes: Vec<u8>,
    known: HashMap<[u8; IP_BYTES as usize], u32, RandomState>,
}

impl Addresses {
    fn index(
        &mut self,
        array: &FixedSizeBinaryArray,
        rows: std::ops::Range<usize>,
        out: &mut Runs,
    ) {
        let width = IP_BYTES as usize;
        let bytes = &array.value_data()[rows.start * width..rows.end * width];
        for run in bytes.as_chunks().0.chunk_by(|one, next| one == next) {
            let next = self.known.len() as u32;
            let index = *self.known.entry(run[0]).or_insert_with(|| {
                self.bytes.extend_from_slice(&run[0]);
                next
            });
            out.push(index, run.len());
        }
    }
}

/// Ports, one behind the other.
#[derive(Default)]
pub(super) struct Ports {
    bytes: Vec<u8>,
    /// The index of each of the ports that are known; empty before the first.
    known: Vec<u32>,
}

/// Parquet's smallest integers.
const PORT_BYTES: usize = size_of::<i32>();

impl Ports {
    fn index(&mut self, ports: &[u16], out: &mut Runs) {
        self.known.resize(1 << u16::BITS, UNKNOWN);
        for port in ports {
            let index = &mut self.known[usize::from(*port)];
            if *index == UNKNOWN {
                *index = (self.bytes.len() / PORT_BYTES) as u32;
                self.bytes.extend_from_slice(&i32::from(*port).to_le_bytes());
            }
            out.push(*index, 1);
        }
    }

    fn iter(&self) -> impl Iterator<Item = i32> {
        self.bytes.as_chunks().0.iter().copied().map(i32::from_le_bytes)
    }
}
