//! A column of a row group, encoded with a dictionary.

use arrow_array::{Array as _, ArrayRef};
use arrow_buffer::bit_iterator::BitSliceIterator;
use arrow_schema::ArrowError;
use bytes::Bytes;
use parquet::{
    basic::{Encoding, PageType},
    column::{
        page::{CompressedPage, Page, PageWriter as _},
        writer::ColumnCloseResult,
    },
    file::{
        metadata::{ColumnChunkMetaData, PageEncodingStats},
        properties::{EnabledStatistics, WriterProperties},
        writer::{SerializedPageWriter, TrackedWrite},
    },
    schema::types::ColumnDescPtr,
};

use super::{
    codec::Codec,
    hybrid::{Runs, bits},
    lists::Rows,
    values::Values,
};
use crate::error::Error;

/// A page has at least so many values, unless it is the last.
const PAGE_VALUES: usize = 20_000;

/// The pages of a column, of which the values and their indices are in memory until the row group is
/// whole.
///
/// The columns of a batch have dictionaries already: so each of their values is looked up once for a batch,
/// and not once for every row, as `ArrowWriter` does.
pub(super) struct Column {
    description: ColumnDescPtr,
    values: Values,
    /// Of the page.
    repetition: Runs,
    definition: Runs,
    indices: Runs,
    /// Values of the page, nulls and empty lists included.
    page: usize,
    pages: TrackedWrite<Vec<u8>>,
    page_count: i32,
    rows: u64,
    count: u64,
    nulls: u64,
    uncompressed: usize,
}

impl Column {
    pub(super) fn new(description: ColumnDescPtr, values: Values) -> Column {
        Column {
            description,
            values,
            repetition: Runs::default(),
            definition: Runs::default(),
            indices: Runs::default(),
            page: 0,
            pages: TrackedWrite::new(Vec::new()),
            page_count: 0,
            rows: 0,
            count: 0,
            nulls: 0,
            uncompressed: 0,
        }
    }

    /// The bytes of its dictionary.
    pub(super) fn dictionary_bytes(&self) -> usize {
        self.values.bytes().len()
    }

    /// Adds the values of rows.
    pub(super) fn push(
        &mut self,
        array: &ArrayRef,
        rows: &Rows,
        codec: &mut Codec,
    ) -> Result<(), Error> {
        let valid = self.description.max_def_level() as u32;
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        if nulls.is_some() && valid == rows.level() {
            let name = self.description.path();
            let error = ArrowError::InvalidArgumentError(format!("{name} has nulls"));
            return Err(Error::Arrow(error));
        }
        let mut start = 0;
        for (has_values, count) in rows.parts() {
            if !has_values {
                self.definition.push(rows.level() - 1, count);
                self.nulls += count as u64;
                continue;
            }
            let end = start + count;
            match &nulls {
                None => {
                    self.definition.push(valid, count);
                    self.values.index(array, start..end, &mut self.indices);
                }
                Some(nulls) => {
                    let bits = nulls.inner();
                    let valid_rows =
                        BitSliceIterator::new(bits.values(), bits.offset() + start, count);
                    let mut last = start;
                    for (from, to) in valid_rows.map(|(from, to)| (start + from, start + to)) {
                        self.definition.push(valid - 1, from - last);
                        self.definition.push(valid, to - from);
                        self.values.index(array, from..to, &mut self.indices);
                        self.nulls += (from - last) as u64;
                        last = to;
                    }
                    self.definition.push(valid - 1, end - last);
                    self.nulls += (end - last) as u64;
                }
            }
            start = end;
        }
        self.repetition.append(rows.repetition());
        self.page = self.definition.len();
        self.rows += rows.len() as u64;
        if self.page >= PAGE_VALUES { self.end_page(codec) } else { Ok(()) }
    }

    fn end_page(&mut self, codec: &mut Codec) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let levels = [
            (&self.repetition, self.description.max_rep_level()),
            (&self.definition, self.description.max_def_level()),
        ];
        for (levels, greatest) in levels.into_iter().filter(|(_, greatest)| *greatest > 0) {
            let at = bytes.len();
            bytes.extend_from_slice(&[0; 4]);
            levels.encode(bits(greatest as u32), &mut bytes);
            let len = (bytes.len() - at - 4) as u32;
            bytes[at..at + 4].copy_from_slice(&len.to_le_bytes());
        }
        let width = bits((self.values.len() as u32).saturating_sub(1));
        bytes.push(width as u8);
        self.indices.encode(width, &mut bytes);
        let uncompressed = bytes.len();
        let page = Page::DataPage {
            buf: codec.compress(bytes)?.into(),
            num_values: self.page as u32,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let page = CompressedPage::new(page, uncompressed);
        let written = SerializedPageWriter::new(&mut self.pages).write_page(page)?;
        self.uncompressed += written.uncompressed_size;
        self.page_count += 1;
        self.count += self.page as u64;
        self.page = 0;
        [&mut self.repetition, &mut self.definition, &mut self.indices]
            .into_iter()
            .for_each(Runs::clear);
        Ok(())
    }

    /// All its pages, and what the file says of them.
    pub(super) fn close(
        mut self,
        properties: &WriterProperties,
        codec: &mut Codec,
    ) -> Result<(Bytes, ColumnCloseResult), Error> {
        if self.page > 0 {
            self.end_page(codec)?;
        }
        let page = Page::DictionaryPage {
            buf: codec.compress(self.values.bytes().clone())?.into(),
            num_values: self.values.len() as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let page = CompressedPage::new(page, self.values.bytes().len());
        let mut chunk = TrackedWrite::new(Vec::new());
        let dictionary = SerializedPageWriter::new(&mut chunk).write_page(page)?;
        let mut chunk = chunk.into_inner()?;
        chunk.extend_from_slice(&self.pages.into_inner()?);
        let path = self.description.path();
        let stats = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let mut metadata = ColumnChunkMetaData::builder(self.description.clone())
            .set_compression(properties.compression(path))
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(vec![
                stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
                stats(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, self.page_count),
            ])
            .set_total_compressed_size(chunk.len() as i64)
            .set_total_uncompressed_size((self.uncompressed + dictionary.uncompressed_size) as i64)
            .set_num_values(self.count as i64)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(dictionary.bytes_written as i64);
        if properties.statistics_enabled(path) != EnabledStatistics::None
            && let Some(statistics) = self.values.statistics(self.nulls)
        {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: chunk.len() as u64,
            rows_written: self.rows,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((chunk.into(), close))
    }
}
