//! What an answer could not see.

use std::sync::Arc;

use pyo3::{prelude::*, types::PyDict};

use crate::error;

/// The coverage of an answer.
#[pyclass(frozen, module = "procnet", name = "Coverage")]
pub(crate) struct Coverage(pub(crate) Arc<procnet::Coverage>);

impl Coverage {
    pub(crate) fn new(coverage: procnet::Coverage) -> Coverage {
        Coverage(Arc::new(coverage))
    }

    pub(crate) fn share(&self) -> Coverage {
        Coverage(Arc::clone(&self.0))
    }
}

/// The exception of `procnet.IncompleteError`, if something is missing.
pub(crate) fn raise_if_incomplete(py: Python<'_>, coverage: &Coverage) -> PyResult<()> {
    if coverage.0.is_complete() {
        return Ok(());
    }
    let gaps = coverage.gaps().join("; ");
    let coverage = Py::new(py, coverage.share())?;
    Err(error::raise(py, "IncompleteError", gaps, |options| options.set_item("coverage", coverage)))
}

#[pymethods]
impl Coverage {
    #[getter]
    fn is_complete(&self) -> bool {
        self.0.is_complete()
    }

    /// A line for each thing that is missing.
    #[getter]
    fn gaps(&self) -> Vec<String> {
        self.0.to_string().lines().map(str::to_owned).collect()
    }

    #[getter]
    fn sockets(&self) -> u64 {
        self.0.sockets
    }

    #[getter]
    fn rows(&self) -> u64 {
        self.0.rows
    }

    #[getter]
    fn ownerless(&self) -> u64 {
        self.0.ownerless
    }

    #[getter]
    fn without_inode(&self) -> u64 {
        self.0.without_inode
    }

    #[getter]
    fn undecided(&self) -> u64 {
        self.0.undecided
    }

    #[getter]
    fn undecodable(&self) -> u64 {
        self.0.undecodable.count
    }

    #[getter]
    fn suspect(&self) -> u64 {
        self.0.suspect.count
    }

    #[getter]
    fn truncated(&self) -> bool {
        self.0.truncated
    }

    #[getter]
    fn absent(&self) -> Vec<&'static str> {
        self.0.absent.iter().map(procnet::Kind::name).collect()
    }

    /// The tables that could not be read to their end, with the reason.
    #[getter]
    fn unreadable<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let unreadable = PyDict::new(py);
        for (kind, failure) in &self.0.unreadable {
            unreadable.set_item(kind.name(), failure.to_string())?;
        }
        Ok(unreadable)
    }

    /// The number of processes whose descriptors could not be read.
    #[getter]
    fn hidden_processes(&self) -> u64 {
        let processes = self.0.processes.iter();
        processes.flat_map(|processes| processes.hidden.iter()).map(|hidden| hidden.count).sum()
    }

    /// Whether owners were found by a BPF iterator.
    #[getter]
    fn owners_by_bpf(&self) -> bool {
        self.0.processes.as_ref().is_some_and(|processes| processes.by_bpf)
    }

    /// The source that each table came from.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let sources = PyDict::new(py);
        for (source, kinds) in &self.0.sources {
            for kind in kinds.iter() {
                sources.set_item(kind.name(), source.name())?;
            }
        }
        Ok(sources)
    }

    fn raise_if_incomplete(&self, py: Python<'_>) -> PyResult<()> {
        raise_if_incomplete(py, self)
    }

    /// Everything, in the form of the documented JSON.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(pythonize::pythonize(py, &*self.0)?)
    }

    fn __str__(&self) -> String {
        if self.0.is_complete() { "complete".to_owned() } else { self.gaps().join("\n") }
    }

    fn __repr__(&self) -> String {
        format!("<Coverage of {} sockets: {}>", self.0.sockets, self.__str__().replace('\n', "; "))
    }
}
