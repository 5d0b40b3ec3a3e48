//! A socket as a Python object. Its attributes are built when they are asked for.

use std::{net::SocketAddr, sync::Arc};

use procnet::{Inode, OwnedSocket, decode::escape::Escaped, socket::OwnedOwner};
use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyString, PyTuple, PyType},
};

use crate::{text, tuples::TupleClass};

/// The sockets of an answer, which each of them keeps alive.
pub(crate) type Sockets = Arc<Vec<OwnedSocket>>;

/// One socket of an answer.
#[pyclass(frozen, module = "procnet", name = "Socket")]
pub(crate) struct Socket {
    sockets: Sockets,
    at: usize,
}

impl Socket {
    /// The socket at this place, which exists.
    pub(crate) fn new(sockets: &Sockets, at: usize) -> Socket {
        Socket { sockets: Arc::clone(sockets), at }
    }

    pub(crate) fn share(&self) -> Socket {
        Socket { sockets: Arc::clone(&self.sockets), at: self.at }
    }

    fn get(&self) -> &OwnedSocket {
        &self.sockets[self.at]
    }
}

#[pymethods]
impl Socket {
    #[getter]
    fn kind(&self) -> &'static str {
        self.get().kind.name()
    }

    #[getter]
    fn state(&self) -> String {
        self.get().state.to_string()
    }

    #[getter]
    fn family(&self) -> i32 {
        self.get().kind.family()
    }

    #[getter]
    fn local<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.get().local.map(|side| address(py, side)).transpose()
    }

    #[getter]
    fn remote<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.get().remote.map(|side| address(py, side)).transpose()
    }

    #[getter]
    fn inode(&self) -> Option<u64> {
        self.get().inode.map(Inode::get)
    }

    #[getter]
    fn cookie(&self) -> Option<u64> {
        self.get().cookie
    }

    #[getter]
    fn uid(&self) -> Option<u32> {
        self.get().uid
    }

    #[getter]
    fn rx_queue(&self) -> Option<u32> {
        self.get().rx_queue
    }

    #[getter]
    fn tx_queue(&self) -> Option<u32> {
        self.get().tx_queue
    }

    #[getter]
    fn backlog(&self) -> Option<u32> {
        self.get().backlog
    }

    #[getter]
    fn drops(&self) -> Option<u32> {
        self.get().drops
    }

    #[getter]
    fn interface(&self) -> Option<u32> {
        let socket = self.get();
        let bound = socket.interface.or(socket.packet.and_then(|packet| packet.interface));
        bound.map(std::num::NonZeroU32::get)
    }

    /// The type of a unix or packet socket.
    #[getter]
    fn r#type(&self) -> Option<String> {
        let socket = self.get();
        let of_packet = socket.packet.map(|packet| packet.kind.to_string());
        socket.unix.as_ref().map(|unix| unix.kind.to_string()).or(of_packet)
    }

    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let name = self.get().unix.as_ref().and_then(|unix| unix.name.as_deref());
        name.map(|name| text::decode(py, name)).transpose()
    }

    #[getter]
    fn peer(&self) -> Option<u64> {
        self.get().unix.as_ref()?.peer.map(Inode::get)
    }

    #[getter]
    fn owners<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        owners(py, &self.get().owners)
    }

    #[getter]
    fn peer_owners<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let unix = self.get().unix.as_ref();
        owners(py, unix.map_or(&[], |unix| &unix.peer_owners))
    }

    #[getter]
    fn pids(&self) -> Vec<u32> {
        let mut pids: Vec<u32> = self.get().owners.iter().map(|owner| owner.pid).collect();
        pids.dedup();
        pids
    }

    #[getter]
    fn netns(&self) -> Option<u64> {
        self.get().netns.as_ref()?.inode
    }

    #[getter]
    fn timer<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(timer) = self.get().timer else { return Ok(None) };
        static CLASS: PyOnceLock<TupleClass> = PyOnceLock::new();
        let class = named(py, &CLASS, "Timer", &["kind", "seconds", "retransmits"])?;
        let kind = timer.kind.to_string().into_pyobject(py)?.into_any();
        let seconds = timer.expires.as_secs_f64().into_pyobject(py)?.into_any();
        let retransmits = timer.retransmits.into_pyobject(py)?.into_any();
        class.build(py, [kind, seconds, retransmits]).map(Some)
    }

    #[getter]
    fn details<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let details = self.get().details.as_deref();
        Ok(details.map(|details| pythonize::pythonize(py, details)).transpose()?)
    }

    #[getter]
    fn suspect(&self) -> bool {
        self.get().suspect
    }

    /// The documented JSON object, as a dictionary.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(pythonize::pythonize(py, self.get())?)
    }

    pub(crate) fn __str__(&self) -> String {
        let socket = self.get();
        let mut text = format!("{} {}", socket.kind, socket.state);
        for side in [socket.local, socket.remote].into_iter().flatten() {
            text.push_str(&format!(" {side}"));
        }
        if let Some(name) = socket.unix.as_ref().and_then(|unix| unix.name.as_deref()) {
            text.push_str(&format!(" {}", Escaped(name)));
        }
        for OwnedOwner { pid, fd, comm, .. } in &socket.owners {
            text.push_str(&format!(" {comm}({pid})/{fd}"));
        }
        text
    }

    fn __repr__(&self) -> String {
        format!("<Socket {}>", self.__str__())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Socket>().is_ok_and(|other| other.get().get() == self.get())
    }

    fn __hash__(&self) -> u64 {
        use std::hash::BuildHasher as _;
        let socket = self.get();
        let state = foldhash::fast::FixedState::default();
        state.hash_one((socket.kind, socket.inode, socket.cookie, socket.local, socket.remote))
    }
}

/// A class of `procnet._types`.
pub(crate) fn named<'c>(
    py: Python<'_>,
    class: &'c PyOnceLock<TupleClass>,
    name: &str,
    fields: &[&str],
) -> PyResult<&'c TupleClass> {
    class.get_or_try_init(py, || {
        let found = PyModule::import(py, "procnet._types")?.getattr(name)?;
        TupleClass::new(found.cast::<PyType>()?, fields)
    })
}

/// An address as a named tuple.
fn address(py: Python<'_>, side: SocketAddr) -> PyResult<Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<TupleClass> = PyOnceLock::new();
    let class = named(py, &CLASS, "Address", &["ip", "port"])?;
    let ip = PyString::new(py, &side.ip().to_string()).into_any();
    class.build(py, [ip, side.port().into_pyobject(py)?.into_any()])
}

/// The owners as named tuples.
fn owners<'py>(py: Python<'py>, owners: &[OwnedOwner]) -> PyResult<Bound<'py, PyTuple>> {
    static CLASS: PyOnceLock<TupleClass> = PyOnceLock::new();
    let class = named(py, &CLASS, "Owner", &["pid", "fd", "comm"])?;
    let owners = owners.iter().map(|OwnedOwner { pid, fd, comm, .. }| {
        let comm = text::decode(py, comm.as_bytes())?.into_any();
        let (pid, fd) = (pid.into_pyobject(py)?.into_any(), fd.into_pyobject(py)?.into_any());
        class.build(py, [pid, fd, comm])
    });
    PyTuple::new(py, owners.collect::<PyResult<Vec<_>>>()?)
}
