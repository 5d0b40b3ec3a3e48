//! Counters of interfaces, protocols, CPUs and connection tracking, as dictionaries.

use std::{
    fmt::Display,
    fs, io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use procnet::{
    Netns,
    conntrack::ConntrackQuery,
    counters::{IoCounters, Protocol, Snmp6Counters},
    decode,
};
use pyo3::{
    exceptions::PyRuntimeWarning,
    prelude::*,
    types::{PyDict, PyList},
};
use serde::Serialize;

use crate::{scanner::kept_at, text};

type Dict<'py> = PyResult<Bound<'py, PyDict>>;

/// Warns of lines that do not decode, as the answer lacks them.
fn warn(py: Python<'_>, undecodable: &[(usize, decode::Error)]) -> PyResult<()> {
    for (line, error) in undecodable {
        let message = std::ffi::CString::new(format!("line {line} is left out: {error}"))?;
        PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &message, 1)?;
    }
    Ok(())
}

fn named<'py, 'c, V>(
    py: Python<'py>,
    counters: impl IntoIterator<Item = &'c (String, V)>,
) -> Dict<'py>
where
    V: Copy + IntoPyObject<'py> + 'c,
{
    let dict = PyDict::new(py);
    for (name, value) in counters {
        dict.set_item(name, *value)?;
    }
    Ok(dict)
}

fn by_protocol<'py>(py: Python<'py>, protocols: &[Protocol]) -> Dict<'py> {
    let dict = PyDict::new(py);
    for Protocol { name, counters, .. } in protocols {
        dict.set_item(name, named(py, counters)?)?;
    }
    Ok(dict)
}

fn serialized<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize::pythonize(py, value)?)
}

/// The 16 counters of each interface, by its name.
#[pyfunction]
#[pyo3(signature = (root=None))]
pub(crate) fn interfaces(py: Python<'_>, root: Option<PathBuf>) -> Dict<'_> {
    let counters = kept_at(py, root, procnet::Scanner::io_counters)?;
    warn(py, &counters.undecodable)?;
    let dict = PyDict::new(py);
    for interface in &counters.interfaces {
        let counters = serialized(py, interface)?;
        counters.del_item("name")?;
        dict.set_item(text::decode(py, interface.name.as_bytes())?, counters)?;
    }
    Ok(dict)
}

/// The counters that psutil has of each interface, in its order.
#[pyfunction]
pub(crate) fn io_counters(py: Python<'_>, root: PathBuf) -> Dict<'_> {
    let counters = if root == Path::new("/proc") {
        // The indices of interfaces, which the library reads as well, are of no use here.
        let path = "/proc/thread-self/net/dev";
        let read = py.detach(|| fs::read(path).map(|text| IoCounters::decode(&text)));
        read.map_err(|error| PyErr::from(io::Error::new(error.kind(), format!("{path}: {error}"))))?
    } else {
        kept_at(py, Some(root), procnet::Scanner::io_counters)?
    };
    warn(py, &counters.undecodable)?;
    let dict = PyDict::new(py);
    for interface in &counters.interfaces {
        let (rx, tx) = (interface.counters.receive, interface.counters.transmit);
        let counters =
            (tx.bytes, rx.bytes, tx.packets, rx.packets, rx.errs, tx.errs, rx.drop, tx.drop);
        dict.set_item(text::decode(py, interface.name.as_bytes())?, counters)?;
    }
    Ok(dict)
}

fn names(protocols: &[String]) -> Vec<&str> {
    protocols.iter().map(String::as_str).collect()
}

/// The counters of these protocols, in `net/snmp`; of all if none is named.
#[pyfunction]
#[pyo3(signature = (*protocols, root=None))]
pub(crate) fn snmp(py: Python<'_>, protocols: Vec<String>, root: Option<PathBuf>) -> Dict<'_> {
    let ask = |scanner: &mut procnet::Scanner| scanner.protocol_counters(&names(&protocols));
    by_protocol(py, &kept_at(py, root, ask)?.protocols)
}

/// The extended counters of these protocols, in `net/netstat`; of all if none is named.
#[pyfunction]
#[pyo3(signature = (*protocols, root=None))]
pub(crate) fn netstat(py: Python<'_>, protocols: Vec<String>, root: Option<PathBuf>) -> Dict<'_> {
    let ask = |scanner: &mut procnet::Scanner| scanner.netstat_counters(&names(&protocols));
    by_protocol(py, &kept_at(py, root, ask)?.protocols)
}

fn of_ipv6<'py>(py: Python<'py>, counters: &Snmp6Counters) -> Dict<'py> {
    warn(py, &counters.undecodable)?;
    named(py, &counters.counters)
}

/// The counters of IPv6, in `net/snmp6`.
#[pyfunction]
#[pyo3(signature = (root=None))]
pub(crate) fn snmp6(py: Python<'_>, root: Option<PathBuf>) -> Dict<'_> {
    of_ipv6(py, &kept_at(py, root, procnet::Scanner::snmp6_counters)?)
}

/// The counters of IPv6 of one interface.
#[pyfunction]
#[pyo3(signature = (name, root=None))]
pub(crate) fn interface_snmp6<'py>(
    py: Python<'py>,
    name: &str,
    root: Option<PathBuf>,
) -> Dict<'py> {
    let counters = kept_at(py, root, |scanner| scanner.interface_snmp6(name))?;
    of_ipv6(py, &counters.ipv6)
}

/// The numbers of sockets by protocol, in `net/sockstat`.
#[pyfunction]
#[pyo3(signature = (root=None))]
pub(crate) fn sockstat(py: Python<'_>, root: Option<PathBuf>) -> Dict<'_> {
    let counts = kept_at(py, root, procnet::Scanner::socket_counts)?;
    warn(py, &counts.undecodable)?;
    by_protocol(py, &counts.protocols)
}

/// The same of IPv6, in `net/sockstat6`.
#[pyfunction]
#[pyo3(signature = (root=None))]
pub(crate) fn sockstat6(py: Python<'_>, root: Option<PathBuf>) -> Dict<'_> {
    let counts = kept_at(py, root, procnet::Scanner::socket_counts6)?;
    warn(py, &counts.undecodable)?;
    by_protocol(py, &counts.protocols)
}

/// Per-CPU packet counters, in `net/softnet_stat`.
#[pyfunction]
#[pyo3(signature = (root=None))]
pub(crate) fn softnet(py: Python<'_>, root: Option<PathBuf>) -> PyResult<Bound<'_, PyAny>> {
    let stats = kept_at(py, root, procnet::Scanner::softnet_stats)?;
    warn(py, &stats.undecodable)?;
    serialized(py, &stats)
}

/// The protocols that the kernel knows, in `net/protocols`.
#[pyfunction]
#[pyo3(signature = (root=None))]
pub(crate) fn protocols(py: Python<'_>, root: Option<PathBuf>) -> PyResult<Bound<'_, PyAny>> {
    let protocols = kept_at(py, root, procnet::Scanner::protocols)?;
    warn(py, &protocols.undecodable)?;
    serialized(py, &protocols)
}

fn conntrack_query(netns: Option<u32>) -> ConntrackQuery {
    match netns {
        Some(pid) => ConntrackQuery::new().netns(Netns::Pid(pid)),
        None => ConntrackQuery::new(),
    }
}

/// The number of tracked connections, and the maximum.
#[pyfunction]
#[pyo3(signature = (netns=None, *, root=None))]
pub(crate) fn conntrack_counts(
    py: Python<'_>,
    netns: Option<u32>,
    root: Option<PathBuf>,
) -> PyResult<Bound<'_, PyAny>> {
    let query = conntrack_query(netns);
    serialized(py, &kept_at(py, root, |scanner| scanner.conntrack_counts_of(&query))?)
}

/// The counters of connection tracking: summed, and of each CPU.
#[pyfunction]
#[pyo3(signature = (netns=None, *, root=None))]
pub(crate) fn conntrack_stats(
    py: Python<'_>,
    netns: Option<u32>,
    root: Option<PathBuf>,
) -> Dict<'_> {
    let query = conntrack_query(netns);
    let stats = kept_at(py, root, |scanner| scanner.conntrack_stats_of(&query))?;
    let total = PyDict::new(py);
    for (name, value) in stats.summary() {
        total.set_item(name, value)?;
    }
    let cpus = PyList::empty(py);
    for cpu in &stats.cpus {
        let columns = PyDict::new(py);
        for (name, value) in stats.names.iter().zip(cpu) {
            columns.set_item(name, value)?;
        }
        cpus.append(columns)?;
    }
    let dict = PyDict::new(py);
    dict.set_item("total", total)?;
    dict.set_item("cpus", cpus)?;
    Ok(dict)
}

/// The tracked connections, as documented for `procnet conntrack --list`.
#[pyfunction]
#[pyo3(signature = (netns=None, *, root=None))]
pub(crate) fn tracked(
    py: Python<'_>,
    netns: Option<u32>,
    root: Option<PathBuf>,
) -> PyResult<Bound<'_, PyList>> {
    let query = conntrack_query(netns);
    let mut found: Vec<Py<PyAny>> = Vec::new();
    let (coverage, failed) = kept_at(py, root, |scanner| {
        scanner.tracked_of(&query, |connection| {
            // Attached for each: the kernel is asked in between.
            let object = Python::attach(|py| serialized(py, connection).map(Bound::unbind));
            match object {
                Ok(object) => {
                    found.push(object);
                    ControlFlow::Continue(())
                }
                Err(error) => ControlFlow::Break(error),
            }
        })
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    warn_of(py, &coverage)?;
    PyList::new(py, found)
}

fn warn_of(py: Python<'_>, gaps: &impl Display) -> PyResult<()> {
    let gaps = gaps.to_string();
    if gaps.is_empty() {
        return Ok(());
    }
    let message = std::ffi::CString::new(gaps)?;
    PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &message, 1)
}
