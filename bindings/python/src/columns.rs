//! Answers as columns, for pandas, polars, pyarrow and whatever else reads Arrow.

mod builder;
mod fields;
mod ip;
mod owners;
mod words;

use arrow_array::RecordBatch;
use pyo3::{prelude::*, types::PyCapsule};

pub(crate) use self::builder::Builder;
use crate::{
    arrow,
    batches::Stream,
    coverage::{self, Coverage},
};

/// Sockets as columns, one row per socket.
#[pyclass(frozen, module = "procnet", name = "Columns")]
pub(crate) struct Columns {
    batch: RecordBatch,
    /// `None` in a batch of a stream, whose coverage comes with its end.
    coverage: Option<Coverage>,
}

impl Columns {
    pub(crate) fn new(batch: RecordBatch, coverage: Option<Coverage>) -> Columns {
        Columns { batch, coverage }
    }
}

#[pymethods]
impl Columns {
    #[getter]
    fn coverage(&self) -> Option<Coverage> {
        self.coverage.as_ref().map(Coverage::share)
    }

    fn raise_if_incomplete(this: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        if let Some(coverage) = &this.get().coverage {
            coverage::raise_if_incomplete(this.py(), coverage)?;
        }
        Ok(this)
    }

    /// The names of the columns.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The memory that the columns take, in bytes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.batch.get_array_memory_size()
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow::schema(py, &self.batch.schema())
    }

    /// The interface leaves it to the producer whether it follows `requested_schema`.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        arrow::array(py, &self.batch)
    }

    #[pyo3(signature = (requested_schema=None))]
    pub(crate) fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        arrow::stream(py, self.batch.schema(), vec![self.batch.clone()])
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    fn __repr__(&self) -> String {
        let (rows, columns) = (self.batch.num_rows(), self.batch.num_columns());
        format!("<Columns of {rows} sockets: {columns} columns>")
    }
}

/// Iterates [`Columns`] while the sockets are read.
#[pyclass(frozen, module = "procnet", name = "ColumnBatches")]
pub(crate) struct ColumnBatches(pub(crate) Stream<RecordBatch>);

#[pymethods]
impl ColumnBatches {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Columns>> {
        Ok(self.0.next(py)?.map(|batch| Columns::new(batch, None)))
    }

    /// `None` until the last batch has been taken.
    #[getter]
    fn coverage(&self) -> Option<Coverage> {
        self.0.coverage()
    }

    /// The batches that are left, which are read as they are asked for.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        arrow::reader(py, Box::new(self.0.reader()?))
    }
}
