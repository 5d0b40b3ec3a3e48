//! Snapshots and their differences.

use std::{
    mem,
    sync::{Mutex, OnceLock, RwLock, Weak},
};

use procnet::{OwnedSocket, snapshot, snapshot::Aspects};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyIterator, PyList},
};

use crate::{
    answer::AnswerIter,
    batches::lock,
    coverage::{self, Coverage},
    socket::{Socket, Sockets},
};

/// Snapshots whose memory is used again.
#[derive(Default)]
pub(crate) struct Spare(Mutex<Vec<snapshot::Snapshot>>);

/// An agent has two, and fills a third before it drops the older one.
const MAX_SPARE: usize = 2;

impl Spare {
    pub(crate) fn take(&self) -> snapshot::Snapshot {
        lock(&self.0).pop().unwrap_or_default()
    }

    fn put(&self, snapshot: snapshot::Snapshot) {
        let mut spare = lock(&self.0);
        if spare.len() < MAX_SPARE {
            spare.push(snapshot);
        }
    }
}

/// The sockets of one visit, kept for comparison with those of another.
#[pyclass(frozen, module = "procnet", name = "Snapshot")]
pub(crate) struct Snapshot {
    snapshot: RwLock<snapshot::Snapshot>,
    coverage: Coverage,
    /// The sockets as Python sees them, once somebody looks.
    sockets: OnceLock<Sockets>,
    spare: Weak<Spare>,
}

impl Snapshot {
    pub(crate) fn new(snapshot: snapshot::Snapshot, spare: Weak<Spare>) -> Snapshot {
        let coverage = Coverage::new(snapshot.coverage().clone());
        Snapshot { snapshot: RwLock::new(snapshot), coverage, sockets: OnceLock::new(), spare }
    }

    fn read<T>(&self, look: impl FnOnce(&snapshot::Snapshot) -> T) -> T {
        look(&self.snapshot.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.upgrade() {
            let snapshot = self.snapshot.get_mut();
            spare.put(mem::take(snapshot.unwrap_or_else(std::sync::PoisonError::into_inner)));
        }
    }
}

#[pymethods]
impl Snapshot {
    #[getter]
    fn coverage(&self) -> Coverage {
        self.coverage.share()
    }

    fn raise_if_incomplete(this: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        coverage::raise_if_incomplete(this.py(), &this.get().coverage)?;
        Ok(this)
    }

    /// Adds sockets of an older snapshot that this one may have missed.
    fn carry_over(&self, py: Python<'_>, before: &Bound<'_, Snapshot>) -> PyResult<()> {
        if std::ptr::eq(before.get(), self) {
            return Ok(());
        }
        if self.sockets.get().is_some() {
            return Err(PyValueError::new_err("carry over before the sockets are looked at"));
        }
        let before = before.get();
        py.detach(|| {
            before.read(|before| {
                let own = self.snapshot.write();
                own.unwrap_or_else(std::sync::PoisonError::into_inner).carry_over(before);
            });
        });
        Ok(())
    }

    /// The differences to a newer snapshot of the same query.
    #[pyo3(signature = (newer, *, queues=false))]
    fn diff(&self, py: Python<'_>, newer: &Bound<'_, Snapshot>, queues: bool) -> Diff {
        let newer = newer.get();
        let aspects = if queues { Aspects::ALL } else { Aspects::ALL - Aspects::QUEUES };
        py.detach(|| {
            self.read(|older| match std::ptr::eq(self, newer) {
                true => Diff::of(older, older, aspects),
                false => newer.read(|newer| Diff::of(older, newer, aspects)),
            })
        })
    }

    fn __len__(&self) -> usize {
        self.read(snapshot::Snapshot::len)
    }

    fn __iter__(&self, py: Python<'_>) -> AnswerIter {
        let sockets = py.detach(|| {
            self.sockets.get_or_init(|| {
                self.read(|snapshot| Sockets::new(snapshot.iter().map(OwnedSocket::from).collect()))
            })
        });
        AnswerIter::of(sockets)
    }

    fn __repr__(&self) -> String {
        format!("<Snapshot of {} sockets>", self.__len__())
    }
}

/// A list of changes, and what could not be compared.
#[pyclass(frozen, sequence, module = "procnet", name = "Diff")]
pub(crate) struct Diff {
    changes: Vec<Recorded>,
    sockets: Sockets,
    not_compared: Vec<&'static str>,
}

/// A change, with the places of its sockets.
struct Recorded {
    change: &'static str,
    socket: usize,
    before: Option<usize>,
    what: Vec<&'static str>,
}

impl Diff {
    fn of(older: &snapshot::Snapshot, newer: &snapshot::Snapshot, aspects: Aspects) -> Diff {
        let (mut changes, mut sockets) = (Vec::new(), Vec::new());
        let diff = older.diff_in(newer, aspects);
        let not_compared = diff.not_compared().iter().map(procnet::Kind::name).collect();
        for change in diff {
            let mut keep = |socket: &procnet::Socket<'_>| {
                sockets.push(socket.to_owned());
                sockets.len() - 1
            };
            let socket = keep(change.socket());
            let (change, before, what) = match &change {
                snapshot::Change::Vanished(_) => ("vanished", None, Vec::new()),
                snapshot::Change::Changed { before, what, .. } => {
                    ("changed", Some(keep(before)), what.names().collect())
                }
                _ => ("appeared", None, Vec::new()),
            };
            changes.push(Recorded { change, socket, before, what });
        }
        Diff { changes, sockets: Sockets::new(sockets), not_compared }
    }

    fn get(&self, at: usize) -> Option<Change> {
        let Recorded { change, socket, before, what } = self.changes.get(at)?;
        let socket_at = |at: usize| Socket::new(&self.sockets, at);
        let before = before.map(socket_at);
        Some(Change { change, socket: socket_at(*socket), before, what: what.clone() })
    }
}

#[pymethods]
impl Diff {
    /// The tables of which sockets that appeared or vanished are not, or not all, reported.
    #[getter]
    fn not_compared(&self) -> Vec<&'static str> {
        self.not_compared.clone()
    }

    fn __len__(&self) -> usize {
        self.changes.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let changes = (0..self.changes.len()).filter_map(|at| self.get(at));
        let changes: PyResult<Vec<_>> = changes.map(|change| Bound::new(py, change)).collect();
        PyList::new(py, changes?)?.try_iter()
    }

    fn __getitem__(&self, at: isize) -> PyResult<Change> {
        let length = self.changes.len() as isize;
        let at = if at < 0 { at + length } else { at };
        let change = usize::try_from(at).ok().and_then(|at| self.get(at));
        change.ok_or_else(|| pyo3::exceptions::PyIndexError::new_err("there is no such change"))
    }

    fn __repr__(&self) -> String {
        format!("<Diff of {} changes>", self.changes.len())
    }
}

/// How a socket differs between two snapshots.
#[pyclass(frozen, module = "procnet", name = "Change")]
pub(crate) struct Change {
    change: &'static str,
    socket: Socket,
    before: Option<Socket>,
    what: Vec<&'static str>,
}

#[pymethods]
impl Change {
    /// `appeared`, `vanished` or `changed`.
    #[getter]
    fn change(&self) -> &'static str {
        self.change
    }

    /// The socket as last seen.
    #[getter]
    fn socket(&self) -> Socket {
        self.socket.share()
    }

    /// The socket before it changed.
    #[getter]
    fn before(&self) -> Option<Socket> {
        self.before.as_ref().map(Socket::share)
    }

    /// The aspects that changed.
    #[getter]
    fn what(&self) -> Vec<&'static str> {
        self.what.clone()
    }

    fn __str__(&self) -> String {
        let sign = match self.change {
            "appeared" => '+',
            "vanished" => '-',
            _ => '~',
        };
        let what = if self.what.is_empty() { String::new() } else { self.what.join(", ") };
        format!("{sign} {} {what}", self.socket.__str__()).trim_end().to_owned()
    }

    fn __repr__(&self) -> String {
        format!("<Change {}>", self.__str__())
    }
}
