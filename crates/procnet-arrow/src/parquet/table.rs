//! A Parquet file of a table, row group by row group.
//!
//! Columns whose values are repeated are encoded here, as their dictionaries are known already: that takes half
//! of the time. All others, and the file itself, are those of the crate `parquet`.

mod codec;
mod column;
mod hybrid;
mod lists;
mod values;

use std::{io::Write, sync::Arc};

use arrow_array::{Array as _, ArrayRef, ListArray, StructArray, cast::AsArray as _};
use arrow_schema::{DataType, Field, FieldRef, Fields, SchemaRef};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_writer::{
            ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
        },
    },
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
};

use self::{codec::Codec, column::Column, lists::Rows, values::Values};
use super::Compression;
use crate::{RecordBatch, error::Error, schema};

/// The rows of a row group, which is in memory until it is whole: some 2 MB, encoded.
pub(super) const GROUP_ROWS: usize = 1 << 17;

/// The bytes of a column's different values in a row group, after which it ends early.
const DICTIONARY_BYTES: usize = 4 << 20;

/// Writes batches of one schema to a file.
pub(super) struct TableWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    codec: Codec,
    group: Option<RowGroup>,
}

/// The columns of a row group: of structs, those of their fields.
struct RowGroup {
    columns: Vec<Encoder>,
    rows: usize,
}

enum Encoder {
    Dictionary(Box<Column>),
    Arrow(Box<ArrowColumnWriter>),
}

impl<W: Write + Send> TableWriter<W> {
    pub(super) fn new(
        out: W,
        schema: SchemaRef,
        compression: Compression,
        properties: WriterProperties,
    ) -> Result<TableWriter<W>, Error> {
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options)?;
        let (file, factory) = writer.into_serialized_writer()?;
        let codec = Codec::new(compression)?;
        Ok(TableWriter { file, factory, schema, codec, group: None })
    }

    /// The bytes of whole row groups.
    pub(super) fn bytes_written(&self) -> usize {
        self.file.bytes_written()
    }

    pub(super) fn append_key_value_metadata(&mut self, value: KeyValue) {
        self.file.append_key_value_metadata(value);
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        schema::check(batch, &self.schema)?;
        let mut written = 0;
        while written < batch.num_rows() {
            let mut group = match self.group.take() {
                Some(group) => group,
                None => self.begin()?,
            };
            let rows = (batch.num_rows() - written).min(GROUP_ROWS - group.rows);
            match rows == batch.num_rows() {
                true => group.write(batch, &mut self.codec)?,
                false => group.write(&batch.slice(written, rows), &mut self.codec)?,
            }
            written += rows;
            let is_full = group.is_full();
            self.group = Some(group);
            if is_full {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes what there is, and the end of the file.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.flush()?;
        self.file.finish()?;
        Ok(())
    }

    pub(super) fn inner(&self) -> &W {
        self.file.inner()
    }

    /// The same as `finish`, and returns what was written to.
    pub(super) fn into_inner(mut self) -> Result<W, Error> {
        self.flush()?;
        Ok(self.file.into_inner()?)
    }

    fn begin(&self) -> Result<RowGroup, Error> {
        let writers = self.factory.create_column_writers(self.file.flushed_row_groups().len())?;
        let descriptions = self.file.schema_descr().columns();
        let kinds = self.schema.fields().iter().flat_map(|field| match owners(field) {
            Some(fields) => fields.iter().map(|field| Values::of(field.data_type())).collect(),
            None => vec![Values::of(field.data_type())],
        });
        let columns = writers.into_iter().zip(descriptions).zip(kinds);
        let columns = columns.map(|((writer, description), values)| match values {
            Some(values) => {
                Encoder::Dictionary(Box::new(Column::new(Arc::clone(description), values)))
            }
            None => Encoder::Arrow(Box::new(writer)),
        });
        Ok(RowGroup { columns: columns.collect(), rows: 0 })
    }

    fn flush(&mut self) -> Result<(), Error> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let properties = Arc::clone(self.file.properties());
        let mut out = self.file.next_row_group()?;
        for column in group.columns {
            match column {
                Encoder::Dictionary(column) => {
                    let (bytes, close) = column.close(&properties, &mut self.codec)?;
                    out.append_column(&bytes, close)?;
                }
                Encoder::Arrow(writer) => writer.close()?.append_to_row_group(&mut out)?,
            }
        }
        out.close()?;
        Ok(())
    }
}

impl RowGroup {
    fn is_full(&self) -> bool {
        let bytes = |column: &Encoder| match column {
            Encoder::Dictionary(column) => column.dictionary_bytes(),
            Encoder::Arrow(_) => 0,
        };
        self.rows >= GROUP_ROWS || self.columns.iter().any(|it| bytes(it) > DICTIONARY_BYTES)
    }

    fn write(&mut self, batch: &RecordBatch, codec: &mut Codec) -> Result<(), Error> {
        let single = Rows::single(batch.num_rows());
        let mut columns = self.columns.iter_mut();
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            match owners(field) {
                Some(fields) => {
                    let columns = columns.by_ref().take(fields.len()).collect();
                    write_lists(field, fields, array.as_list(), columns, codec)?;
                }
                None => match columns.next() {
                    Some(Encoder::Dictionary(column)) => column.push(array, &single, codec)?,
                    Some(Encoder::Arrow(writer)) => write(writer, field, array)?,
                    None => {}
                },
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }
}

/// The fields of a list of structs, if neither may be null.
fn owners(field: &Field) -> Option<&Fields> {
    match field.data_type() {
        DataType::List(item) if !field.is_nullable() && !item.is_nullable() => {
            match item.data_type() {
                DataType::Struct(fields) => Some(fields),
                _ => None,
            }
        }
        _ => None,
    }
}

fn write(writer: &mut ArrowColumnWriter, field: &Field, array: &ArrayRef) -> Result<(), Error> {
    for leaf in compute_leaves(field, array)? {
        writer.write(&leaf)?;
    }
    Ok(())
}

/// Writes a list of structs: `parquet` gets one of those fields that are its.
fn write_lists(
    field: &Field,
    fields: &Fields,
    lists: &ListArray,
    columns: Vec<&mut Encoder>,
    codec: &mut Codec,
) -> Result<(), Error> {
    let rows = Rows::lists(lists);
    let (first, last) =
        (lists.value_offsets()[0] as usize, lists.value_offsets()[lists.len()] as usize);
    let items = lists.values().slice(first, last - first);
    let (mut writers, mut rest): (Vec<_>, Vec<(FieldRef, ArrayRef)>) = Default::default();
    for ((column, field), array) in columns.into_iter().zip(fields).zip(items.as_struct().columns())
    {
        match column {
            Encoder::Dictionary(column) => column.push(array, &rows, codec)?,
            Encoder::Arrow(writer) => {
                writers.push(writer);
                rest.push((Arc::clone(field), Arc::clone(array)));
            }
        }
    }
    let rest = StructArray::from(rest);
    let item = Arc::new(Field::new("item", rest.data_type().clone(), false));
    let offsets = lists.offsets().iter().map(|offset| offset - first as i32).collect();
    let offsets = arrow_buffer::OffsetBuffer::new(offsets);
    let lists: ArrayRef =
        Arc::new(ListArray::try_new(Arc::clone(&item), offsets, Arc::new(rest), None)?);
    let field = Field::new(field.name(), DataType::List(item), false);
    for (leaf, writer) in compute_leaves(&field, &lists)?.iter().zip(writers) {
        writer.write(leaf)?;
    }
    Ok(())
}
