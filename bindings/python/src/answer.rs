//! The sockets of one visit, as a sequence.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::{
    exceptions::PyIndexError,
    prelude::*,
    types::{PyCapsule, PyList, PySlice},
};

use crate::{
    columns::{Builder, Columns},
    coverage::{self, Coverage},
    socket::{Socket, Sockets},
};

/// The sockets of one visit, and what they cover.
#[pyclass(frozen, sequence, module = "procnet", name = "Answer")]
pub(crate) struct Answer {
    sockets: Sockets,
    coverage: Coverage,
}

impl Answer {
    pub(crate) fn new(answer: procnet::visit::Answer) -> Answer {
        let procnet::visit::Answer { sockets, coverage, .. } = answer;
        Answer { sockets: Sockets::new(sockets), coverage: Coverage::new(coverage) }
    }
}

#[pymethods]
impl Answer {
    #[getter]
    fn coverage(&self) -> Coverage {
        self.coverage.share()
    }

    fn raise_if_incomplete(this: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        coverage::raise_if_incomplete(this.py(), &this.get().coverage)?;
        Ok(this)
    }

    /// The same sockets as columns.
    fn columns(&self, py: Python<'_>) -> PyResult<Columns> {
        let columns = py.detach(|| {
            let mut builder = Builder::new(self.sockets.len());
            self.sockets.iter().for_each(|socket| builder.push(socket));
            builder.finish()
        });
        Ok(Columns::new(columns?, Some(self.coverage.share())))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        self.columns(py)?.__arrow_c_stream__(py, requested_schema)
    }

    fn __len__(&self) -> usize {
        self.sockets.len()
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        let length = self.sockets.len() as isize;
        if let Ok(slice) = index.cast::<PySlice>() {
            let slice = slice.indices(length)?;
            let places = (0..slice.slicelength as isize).map(|n| slice.start + n * slice.step);
            let sockets: PyResult<Vec<_>> = places
                .map(|at| Bound::new(py, Socket::new(&self.sockets, at.cast_unsigned())))
                .collect();
            return Ok(PyList::new(py, sockets?)?.into_any());
        }
        let at: isize = index.extract()?;
        let at = if at < 0 { at + length } else { at };
        if !(0..length).contains(&at) {
            return Err(PyIndexError::new_err("there is no such socket"));
        }
        Ok(Bound::new(py, Socket::new(&self.sockets, at.cast_unsigned()))?.into_any())
    }

    fn __iter__(&self) -> AnswerIter {
        AnswerIter::of(&self.sockets)
    }

    fn __repr__(&self) -> String {
        format!("<Answer of {} sockets>", self.sockets.len())
    }
}

/// Iterates the sockets of an answer.
#[pyclass(frozen, module = "procnet._procnet")]
pub(crate) struct AnswerIter {
    sockets: Sockets,
    next: AtomicUsize,
}

impl AnswerIter {
    pub(crate) fn of(sockets: &Sockets) -> AnswerIter {
        AnswerIter { sockets: Sockets::clone(sockets), next: AtomicUsize::new(0) }
    }
}

#[pymethods]
impl AnswerIter {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self) -> Option<Socket> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        (at < self.sockets.len()).then(|| Socket::new(&self.sockets, at))
    }

    fn __length_hint__(&self) -> usize {
        self.sockets.len().saturating_sub(self.next.load(Ordering::Relaxed))
    }
}
