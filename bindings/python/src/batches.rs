//! Sockets in batches, while they are read: a thread visits, and waits until a batch is taken.

use std::{
    ops::ControlFlow,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use procnet::{OwnedSocket, Query};
use pyo3::{exceptions::PyRuntimeError, prelude::*};

use crate::{
    columns::Builder,
    coverage::Coverage,
    error,
    scanners::OwnScanner,
    socket::{Socket, Sockets},
};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many batches are read before the first one is taken.
const AHEAD: usize = 2;

enum Message<T> {
    Batch(T),
    End(Box<Result<procnet::Coverage, procnet::Error>>),
}

/// The batches of a visit that runs in a thread of its own. That ends early if this is dropped.
pub(crate) struct Stream<T>(Arc<Inner<T>>);

struct Inner<T> {
    /// `None` after the end.
    receiver: Mutex<Option<Receiver<Message<T>>>>,
    coverage: Mutex<Option<Arc<procnet::Coverage>>>,
}

impl<T: Send + 'static> Stream<T> {
    /// Visits the sockets of `query`, gathers them by `gather`, and sends what `gather` returns. It
    /// is called without a socket at the end.
    fn new(
        scanner: Arc<Mutex<OwnScanner>>,
        query: Query,
        mut gather: impl FnMut(Option<&procnet::Socket<'_>>) -> Option<T> + Send + 'static,
    ) -> PyResult<Stream<T>> {
        let (sender, receiver) = sync_channel(AHEAD);
        let visit = move || {
            let mut scanner = lock(&scanner);
            let visited = scanner.get().and_then(|scanner| {
                scanner.visit(&query, |socket| send(&sender, gather(Some(socket))))
            });
            let end = match visited {
                Ok((_, Some(Abandoned))) => return,
                Ok((coverage, None)) => Ok(coverage),
                Err(error) => Err(error),
            };
            if send(&sender, gather(None)).is_continue() {
                // If nobody takes it, nobody asked for it.
                let _ = sender.send(Message::End(Box::new(end)));
            }
        };
        // It inherits the network namespace of the calling thread, which is the one to read.
        let thread = thread::Builder::new().name("procnet-batches".to_owned()).spawn(visit);
        thread.map_err(|error| PyRuntimeError::new_err(format!("no thread: {error}")))?;
        let receiver = Mutex::new(Some(receiver));
        Ok(Stream(Arc::new(Inner { receiver, coverage: Mutex::new(None) })))
    }

    /// The next batch; `None` at the end.
    pub(crate) fn next(&self, py: Python<'_>) -> PyResult<Option<T>> {
        let next = py.detach(|| self.0.next());
        next.map_err(|error| error::from_library(py, &error))
    }

    pub(crate) fn coverage(&self) -> Option<Coverage> {
        lock(&self.0.coverage).as_ref().map(|coverage| Coverage(Arc::clone(coverage)))
    }
}

/// The batches are no longer wanted.
struct Abandoned;

fn send<T>(sender: &SyncSender<Message<T>>, batch: Option<T>) -> ControlFlow<Abandoned> {
    match batch.map(|batch| sender.send(Message::Batch(batch))) {
        Some(Err(_)) => ControlFlow::Break(Abandoned),
        Some(Ok(())) | None => ControlFlow::Continue(()),
    }
}

impl<T> Inner<T> {
    fn next(&self) -> Result<Option<T>, procnet::Error> {
        let mut receiver = lock(&self.receiver);
        let Some(open) = receiver.as_ref() else { return Ok(None) };
        match open.recv() {
            Ok(Message::Batch(batch)) => return Ok(Some(batch)),
            Ok(Message::End(end)) => {
                *receiver = None;
                *lock(&self.coverage) = Some(Arc::new((*end)?));
            }
            // The thread panicked, and said why.
            Err(_) => *receiver = None,
        }
        Ok(None)
    }
}

/// Iterates lists of sockets while they are read.
#[pyclass(frozen, module = "procnet", name = "Batches")]
pub(crate) struct Batches(Stream<Vec<OwnedSocket>>);

impl Batches {
    pub(crate) fn new(
        scanner: Arc<Mutex<OwnScanner>>,
        query: Query,
        size: usize,
    ) -> PyResult<Batches> {
        let mut batch = Vec::new();
        let gather = move |socket: Option<&procnet::Socket<'_>>| {
            batch.extend(socket.map(procnet::Socket::to_owned));
            let is_due = if socket.is_some() { batch.len() >= size } else { !batch.is_empty() };
            is_due.then(|| std::mem::take(&mut batch))
        };
        Stream::new(scanner, query, gather).map(Batches)
    }
}

#[pymethods]
impl Batches {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Vec<Socket>>> {
        let Some(sockets) = self.0.next(py)? else { return Ok(None) };
        let sockets = Sockets::new(sockets);
        Ok(Some((0..sockets.len()).map(|at| Socket::new(&sockets, at)).collect()))
    }

    /// `None` until the last batch has been taken.
    #[getter]
    fn coverage(&self) -> Option<Coverage> {
        self.0.coverage()
    }
}

/// The same as columns.
pub(crate) fn columns(
    scanner: Arc<Mutex<OwnScanner>>,
    query: Query,
    size: usize,
) -> PyResult<Stream<RecordBatch>> {
    let mut builder = Builder::new(0);
    let gather = move |socket: Option<&procnet::Socket<'_>>| {
        socket.into_iter().for_each(|socket| builder.push(socket));
        let rows = builder.rows();
        let is_due = if socket.is_some() { rows >= size } else { rows > 0 };
        // The columns have the same length, so they make a batch.
        is_due.then(|| std::mem::replace(&mut builder, Builder::new(size)).finish().ok()).flatten()
    };
    Stream::new(scanner, query, gather)
}

/// The rest of a stream, as Arrow reads it.
pub(crate) struct Reader {
    stream: Arc<Inner<RecordBatch>>,
    schema: SchemaRef,
}

impl Stream<RecordBatch> {
    pub(crate) fn reader(&self) -> PyResult<Reader> {
        let schema = Builder::new(0).finish()?.schema();
        Ok(Reader { stream: Arc::clone(&self.0), schema })
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.stream.next();
        next.map_err(|error| ArrowError::ExternalError(Box::new(error))).transpose()
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}
