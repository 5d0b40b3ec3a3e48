//! A scanner to keep, and the functions that ask one that is kept here.

use std::{
    fs, io,
    os::unix::ffi::OsStrExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, Weak},
};

use arrow_array::RecordBatch;
use procnet::{Query, decode::Inode, owners::OwnerSource};
use pyo3::{prelude::*, types::PyDict};

use crate::{
    answer::Answer,
    batches::{self, Batches, lock},
    columns::{Builder, ColumnBatches, Columns},
    coverage::Coverage,
    error, query,
    scanners::{self, Options, OwnScanner},
    snapshot::{Snapshot, Spare},
};

/// Answers queries, and keeps buffers, threads and sockets from one to the next.
#[pyclass(frozen, module = "procnet", name = "Scanner")]
pub(crate) struct Scanner {
    scanner: Arc<Mutex<OwnScanner>>,
    /// Snapshots that nobody needs any more.
    spare: Arc<Spare>,
    root: Option<PathBuf>,
}

impl Scanner {
    /// Calls `ask` without the GIL.
    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&mut procnet::Scanner) -> Result<T, procnet::Error> + Send,
    ) -> PyResult<T> {
        let asked = py.detach(|| lock(&self.scanner).get().and_then(ask));
        asked.map_err(|error| error::from_library(py, &error))
    }
}

#[pymethods]
impl Scanner {
    #[new]
    #[pyo3(signature = (root=None, *, threads=None))]
    fn new(py: Python<'_>, root: Option<PathBuf>, threads: Option<usize>) -> PyResult<Scanner> {
        let options = Options { root: root.clone(), threads };
        let scanner = py.detach(|| OwnScanner::new(&options));
        let scanner = scanner.map_err(|error| error::from_library(py, &error))?;
        Ok(Scanner { scanner: Arc::new(Mutex::new(scanner)), spare: Arc::default(), root })
    }

    #[pyo3(signature = (kinds=None, **options))]
    fn sockets(
        &self,
        py: Python<'_>,
        kinds: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Answer> {
        let query = query::query(kinds, options)?;
        self.ask(py, |scanner| scanner.collect(&query)).map(Answer::new)
    }

    #[pyo3(signature = (kinds=None, **options))]
    fn columns(
        &self,
        py: Python<'_>,
        kinds: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Columns> {
        let query = query::query(kinds, options)?;
        let (batch, coverage) = self.ask(py, |scanner| collect_columns(scanner, &query))?;
        Ok(Columns::new(batch?, Some(coverage)))
    }

    /// Lists of about `size` sockets, while they are read.
    #[pyo3(signature = (kinds=None, *, size=10_000, **options))]
    fn batches(
        &self,
        kinds: Option<&Bound<'_, PyAny>>,
        size: usize,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Batches> {
        let query = query::query(kinds, options)?;
        Batches::new(Arc::clone(&self.scanner), query, size.max(1))
    }

    #[pyo3(signature = (kinds=None, *, size=10_000, **options))]
    fn column_batches(
        &self,
        kinds: Option<&Bound<'_, PyAny>>,
        size: usize,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<ColumnBatches> {
        let query = query::query(kinds, options)?;
        batches::columns(Arc::clone(&self.scanner), query, size.max(1)).map(ColumnBatches)
    }

    /// The sockets, kept for a comparison. It takes the memory of a snapshot that is gone.
    #[pyo3(signature = (kinds=None, **options))]
    fn snapshot(
        &self,
        py: Python<'_>,
        kinds: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Snapshot> {
        let query = query::query(kinds, options)?;
        let mut snapshot = self.spare.take();
        self.ask(py, |scanner| scanner.snapshot(&query, &mut snapshot))?;
        Ok(Snapshot::new(snapshot, Weak::clone(&Arc::downgrade(&self.spare))))
    }

    /// The number of sockets, without a list of them.
    #[pyo3(signature = (kinds=None, **options))]
    fn count(
        &self,
        py: Python<'_>,
        kinds: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(u64, Coverage)> {
        let mut query = query::query(kinds, options)?.owners(false);
        if !query.needs_owners() {
            query = query.owner_source(OwnerSource::Auto);
        }
        let coverage = self.ask(py, |scanner| scanner.visit(&query, |_socket| ()))?;
        Ok((coverage.sockets, Coverage::new(coverage)))
    }

    /// The processes and descriptors that hold the socket with this inode.
    fn owners_of(&self, py: Python<'_>, inode: u64) -> PyResult<Vec<(u32, u32)>> {
        let Some(inode) = Inode::new(inode) else { return Ok(Vec::new()) };
        self.ask(py, |scanner| {
            let (owners, _processes) = scanner.owners_of(inode)?;
            Ok(owners.iter().map(|owner| (owner.pid(), owner.fd)).collect())
        })
    }

    /// The PIDs of all visible processes.
    fn pids(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.ask(py, procnet::Scanner::pids)
    }

    /// The network namespaces that can be found, with their inode, first process and path.
    fn namespaces<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let found = self.ask(py, procnet::Scanner::namespaces)?;
        Ok(pythonize::pythonize(py, &found)?)
    }

    fn __repr__(&self) -> String {
        match &self.root {
            Some(root) => format!("<Scanner of {root:?}>"),
            None => "<Scanner>".to_owned(),
        }
    }
}

fn collect_columns(
    scanner: &mut procnet::Scanner,
    query: &Query,
) -> Result<(PyResult<RecordBatch>, Coverage), procnet::Error> {
    let mut builder = Builder::new(1024);
    let coverage = scanner.visit(query, |socket| builder.push(socket))?;
    Ok((builder.finish(), Coverage::new(coverage)))
}

/// The sockets of these kinds.
#[pyfunction]
#[pyo3(signature = (kinds=None, **options))]
pub(crate) fn sockets(
    py: Python<'_>,
    kinds: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Answer> {
    let query = query::query(kinds, options)?;
    kept(py, |scanner| scanner.collect(&query)).map(Answer::new)
}

/// The same as columns.
#[pyfunction]
#[pyo3(signature = (kinds=None, **options))]
pub(crate) fn columns(
    py: Python<'_>,
    kinds: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Columns> {
    let query = query::query(kinds, options)?;
    let (batch, coverage) = kept(py, |scanner| collect_columns(scanner, &query))?;
    Ok(Columns::new(batch?, Some(coverage)))
}

/// The PIDs of all visible processes.
#[pyfunction]
#[pyo3(signature = (root=None))]
pub(crate) fn pids(py: Python<'_>, root: Option<PathBuf>) -> PyResult<Vec<u32>> {
    kept_at(py, root, procnet::Scanner::pids)
}

/// The PIDs in a procfs, for psutil: without a scanner, as a kept one would leave descriptors behind.
#[pyfunction]
pub(crate) fn list_pids(py: Python<'_>, root: PathBuf) -> PyResult<Vec<u32>> {
    let listed = py.detach(|| {
        let mut pids = Vec::new();
        for entry in fs::read_dir(&root)? {
            let name = entry?.file_name();
            // Rust also reads a sign as part of a number.
            if name.as_bytes().iter().all(u8::is_ascii_digit) {
                pids.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
            }
        }
        Ok(pids)
    });
    listed.map_err(|error: io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", root.display())).into()
    })
}

/// Calls `ask` without the GIL, with a scanner that is kept for later calls.
pub(crate) fn kept<T: Send>(
    py: Python<'_>,
    ask: impl FnOnce(&mut procnet::Scanner) -> Result<T, procnet::Error> + Send,
) -> PyResult<T> {
    kept_at(py, None, ask)
}

/// The same for another root.
pub(crate) fn kept_at<T: Send>(
    py: Python<'_>,
    root: Option<PathBuf>,
    ask: impl FnOnce(&mut procnet::Scanner) -> Result<T, procnet::Error> + Send,
) -> PyResult<T> {
    let options = Options { root, threads: None };
    let asked = py.detach(|| scanners::with_kept(&options, ask, |_answer| true));
    asked.map_err(|error| error::from_library(py, &error))
}
