//! psutil's list of connections: `procnet.psutil`.
//!
//! The rows are gathered without the GIL, in 52 bytes each, and then become tuples. Addresses, ports
//! and numbers that occur several times are one object.

use std::{
    fs, io,
    net::IpAddr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet::{Kind, Kinds, Query, Scanner, Socket, Source, State, decode::table::SocketType};
use pyo3::{
    prelude::*,
    types::{PyList, PyString, PyTuple, PyType},
};

use crate::{
    error, scanners, text,
    tuples::{TupleClass, without_collection},
};

/// Makes lists of connections of the given classes.
#[pyclass(frozen, module = "procnet._procnet")]
pub(crate) struct Connections {
    sconn: TupleClass,
    pconn: TupleClass,
    addr: TupleClass,
    inet: Py<PyAny>,
    inet6: Py<PyAny>,
    unix: Py<PyAny>,
    /// Of numbers 1 to 12: of `socket.SocketKind` where it has them.
    types: Vec<Py<PyAny>>,
    /// By the number of the state.
    statuses: Vec<Py<PyAny>>,
    none: Py<PyAny>,
    empty: Py<PyAny>,
    no_name: Py<PyAny>,
}

#[pymethods]
impl Connections {
    #[new]
    #[pyo3(signature = (*, classes, families, types, statuses, none))]
    fn new<'py>(
        py: Python<'py>,
        classes: (Bound<'py, PyType>, Bound<'py, PyType>, Bound<'py, PyType>),
        families: (Py<PyAny>, Py<PyAny>, Py<PyAny>),
        types: Vec<Py<PyAny>>,
        statuses: Vec<Py<PyAny>>,
        none: Py<PyAny>,
    ) -> PyResult<Connections> {
        let fields = ["fd", "family", "type", "laddr", "raddr", "status", "pid"];
        let ((sconn, pconn, addr), (inet, inet6, unix)) = (classes, families);
        Ok(Connections {
            sconn: TupleClass::new(&sconn, &fields)?,
            pconn: TupleClass::new(&pconn, &fields[..6])?,
            addr: TupleClass::new(&addr, &["ip", "port"])?,
            inet,
            inet6,
            unix,
            types,
            statuses,
            none,
            empty: PyTuple::empty(py).into_any().unbind(),
            no_name: PyString::new(py, "").into_any().unbind(),
        })
    }

    /// The connections of a kind that psutil has; of one process if `pid` is given, as `pconn`.
    #[pyo3(signature = (kind, pid=None, *, root, source="auto", all_owners=false))]
    fn list<'py>(
        &self,
        py: Python<'py>,
        kind: &str,
        pid: Option<u32>,
        root: PathBuf,
        source: &str,
        all_owners: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let known = Kinds::PSUTIL.into_iter().find(|(name, _)| *name == kind);
        let Some((_, kinds)) = known else {
            let names = Kinds::PSUTIL.map(|(name, _)| name).join(", ");
            let message = format!("no kind is called {kind:?}; the kinds are {names}");
            return Err(error::invalid_query(py, message));
        };
        let source: Source = source.parse().map_err(|error| error::invalid_query(py, error))?;
        let query = Query::new().kinds(kinds).source(source);
        let query = match pid {
            Some(pid) => query.pid(pid),
            None => query,
        };
        let asked = py.detach(|| {
            if pid.is_some_and(|pid| holds_no_socket(&root, pid)) {
                return Ok(Rows::default());
            }
            // psutil leaves no descriptor behind, and some programs count theirs.
            let is_worth_keeping = |rows: &Rows| pid.is_none() && rows.rows.len() >= FEW;
            let ask = |scanner: &mut Scanner| Rows::of(scanner, &query, all_owners);
            scanners::with_kept(&scanners::Options::at(root), ask, is_worth_keeping)
        });
        let rows = asked.map_err(|error| error::from_library(py, &error))?;
        without_collection(py, || {
            Tuples::new(py, self, rows.rows.len()).list(&rows, pid.is_some(), all_owners)
        })
    }
}

/// Whether a process certainly has no socket in its table of descriptors: most processes have none,
/// and then nothing else has to be read. False if that is unknown, as for a process whose main thread
/// has ended, and if it has an io_uring instance, with which sockets may be registered.
fn holds_no_socket(root: &Path, pid: u32) -> bool {
    let Ok(descriptors) = fs::read_dir(root.join(pid.to_string()).join("fd")) else {
        return false;
    };
    let mut is_known = false;
    for descriptor in descriptors {
        match descriptor.and_then(|descriptor| fs::read_link(descriptor.path())) {
            Ok(link) => {
                let link = link.as_os_str().as_bytes();
                if link.starts_with(b"socket:") || link == b"anon_inode:[io_uring]" {
                    return false;
                }
                is_known = true;
            }
            // It was closed in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return false,
        }
    }
    is_known
}

/// What psutil reports of a connection, and of one of its owners.
struct Row {
    /// Of a socket without an owner, `None`.
    owner: Option<(u32, u32)>,
    ends: Ends,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Ends {
    Tcp(Side, Side),
    Udp(Side, Side),
    /// The name is a range of the names.
    Unix {
        kind: SocketType,
        start: u32,
        length: u16,
    },
}

type Side = (IpAddr, u16);

#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    names: Vec<u8>,
}

impl Rows {
    fn of(scanner: &mut Scanner, query: &Query, all_owners: bool) -> Result<Rows, procnet::Error> {
        let mut rows = Rows::default();
        scanner.visit(query, |socket| rows.push(socket, all_owners))?;
        Ok(rows)
    }

    #[inline]
    fn push(&mut self, socket: &Socket<'_>, all_owners: bool) {
        let state = socket.state;
        let side = |side: std::net::SocketAddr| (side.ip(), side.port());
        let ends = match (socket.local(), socket.remote()) {
            (Some(local), Some(remote)) if socket.kind.is_tcp() => {
                Ends::Tcp(side(local), side(remote))
            }
            (Some(local), Some(remote)) => Ends::Udp(side(local), side(remote)),
            _ => self.unix(socket),
        };
        let mut owners = socket.owners.iter().map(|owner| (owner.pid(), owner.fd));
        if all_owners || socket.kind == Kind::Unix {
            // psutil reports all descriptors of a unix socket, but of one process.
            let last = socket.owners.iter().last().map(|owner| owner.pid());
            let owners = owners.filter(|(pid, _)| all_owners || Some(*pid) == last);
            let before = self.rows.len();
            self.rows.extend(owners.map(|owner| Row { owner: Some(owner), ends, state }));
            if self.rows.len() > before {
                return;
            }
            self.rows.push(Row { owner: None, ends, state });
            return;
        }
        // The last process that psutil lists, by the first of its descriptors.
        let owner = match (owners.next(), socket.owners.len()) {
            (first, 0 | 1) => first,
            (first, _) => owners.fold(first, |chosen, owner| match chosen {
                Some((pid, _)) if pid == owner.0 => chosen,
                _ => Some(owner),
            }),
        };
        self.rows.push(Row { owner, ends, state });
    }

    #[cold]
    fn unix(&mut self, socket: &Socket<'_>) -> Ends {
        let kind = socket.unix_type().unwrap_or(SocketType::STREAM);
        let name = socket.name().map(|name| name.to_bytes().into_owned()).unwrap_or_default();
        let start = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
        self.names.extend_from_slice(&name[..usize::from(length)]);
        Ends::Unix { kind, start, length }
    }

    fn name(&self, start: u32, length: u16) -> &[u8] {
        let start = start as usize;
        self.names.get(start..start + usize::from(length)).unwrap_or_default()
    }
}

/// So few rows that neither a table of all ports nor a scanner that is kept saves anything.
const FEW: usize = 1000;

/// Builds tuples, and keeps the objects that occur in several of them.
struct Tuples<'c, 'py> {
    py: Python<'py>,
    classes: &'c Connections,
    ips: HashMap<IpAddr, Bound<'py, PyAny>, RandomState>,
    addresses: HashMap<Side, Bound<'py, PyAny>, RandomState>,
    /// Ports and descriptors; without any room if there are few rows.
    numbers: Vec<Option<Bound<'py, PyAny>>>,
    pid: (u32, Option<Bound<'py, PyAny>>),
}

impl<'c, 'py> Tuples<'c, 'py> {
    fn new(py: Python<'py>, classes: &'c Connections, rows: usize) -> Tuples<'c, 'py> {
        Tuples {
            py,
            classes,
            ips: HashMap::default(),
            addresses: HashMap::with_capacity_and_hasher(rows.min(1 << 12), RandomState::default()),
            numbers: if rows < FEW { Vec::new() } else { vec![None; 1 << 16] },
            pid: (0, None),
        }
    }

    fn list(
        mut self,
        rows: &Rows,
        of_process: bool,
        all_owners: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut alike = Alike::default();
        let list = PyList::empty(self.py);
        for row in &rows.rows {
            if row.owner.is_none() && !all_owners && !alike.is_new(row, rows) {
                continue;
            }
            list.append(self.tuple(row, rows, of_process)?)?;
        }
        Ok(list)
    }

    fn tuple(&mut self, row: &Row, rows: &Rows, of_process: bool) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let classes = self.classes;
        let share = |object: &Py<PyAny>| object.bind(py).clone();
        let (family, kind, local, remote, status) = match row.ends {
            Ends::Tcp(local, remote) => {
                let status = classes.statuses.get(usize::from(row.state.0));
                let status = share(status.unwrap_or(&classes.none));
                let family = share(classes.family(local.0));
                let kind = share(&classes.types[1]);
                (family, kind, self.address(local)?, self.address(remote)?, status)
            }
            Ends::Udp(local, remote) => {
                let family = share(classes.family(local.0));
                let (kind, status) = (share(&classes.types[2]), share(&classes.none));
                (family, kind, self.address(local)?, self.address(remote)?, status)
            }
            Ends::Unix { kind, start, length } => {
                // As the kernel prints it: an abstract name may have NULs.
                let name = rows.name(start, length);
                let name = if name.contains(&0) {
                    let printed: Vec<u8> =
                        name.iter().map(|byte| if *byte == 0 { b'@' } else { *byte }).collect();
                    text::decode(py, &printed)?
                } else {
                    text::decode(py, name)?
                };
                let kind = match classes.types.get(usize::from(kind.0)) {
                    Some(known) => share(known),
                    None => kind.0.into_pyobject(py)?.into_any(),
                };
                let (empty, none) = (share(&classes.no_name), share(&classes.none));
                (share(&classes.unix), kind, name.into_any(), empty, none)
            }
        };
        let fd = match row.owner {
            Some((_, fd)) => self.number(fd)?,
            None => (-1_i32).into_pyobject(py)?.into_any(),
        };
        if of_process {
            return classes.pconn.build(py, [fd, family, kind, local, remote, status]);
        }
        let pid = match row.owner {
            Some((pid, _)) => self.pid(pid)?,
            None => py.None().into_bound(py),
        };
        classes.sconn.build(py, [fd, family, kind, local, remote, status, pid])
    }

    fn address(&mut self, side: Side) -> PyResult<Bound<'py, PyAny>> {
        let (ip, port) = side;
        if port == 0 {
            return Ok(self.classes.empty.bind(self.py).clone());
        }
        if let Some(known) = self.addresses.get(&side) {
            return Ok(known.clone());
        }
        let text = match self.ips.get(&ip) {
            Some(known) => known.clone(),
            None => {
                let text = PyString::new(self.py, &printed(ip)).into_any();
                self.ips.insert(ip, text.clone());
                text
            }
        };
        let port = self.number(u32::from(port))?;
        let address = self.classes.addr.build(self.py, [text, port])?;
        self.addresses.insert(side, address.clone());
        Ok(address)
    }

    /// A port or a descriptor.
    fn number(&mut self, number: u32) -> PyResult<Bound<'py, PyAny>> {
        match self.numbers.get_mut(number as usize) {
            Some(Some(known)) => Ok(known.clone()),
            Some(unknown) => {
                let object = number.into_pyobject(self.py)?.into_any();
                Ok(unknown.insert(object).clone())
            }
            None => Ok(number.into_pyobject(self.py)?.into_any()),
        }
    }

    fn pid(&mut self, pid: u32) -> PyResult<Bound<'py, PyAny>> {
        match &self.pid {
            (known, Some(object)) if *known == pid => Ok(object.clone()),
            _ => {
                let object = pid.into_pyobject(self.py)?.into_any();
                self.pid = (pid, Some(object.clone()));
                Ok(object)
            }
        }
    }
}

impl Connections {
    fn family(&self, ip: IpAddr) -> &Py<PyAny> {
        if ip.is_ipv4() { &self.inet } else { &self.inet6 }
    }
}

/// Rows without an owner that were listed: psutil's list is that of a set.
#[derive(Default)]
struct Alike {
    inet: hashbrown::HashSet<(Ends, u8), RandomState>,
    unix: hashbrown::HashSet<(u16, Vec<u8>), RandomState>,
}

impl Alike {
    fn is_new(&mut self, row: &Row, rows: &Rows) -> bool {
        match row.ends {
            Ends::Unix { kind, start, length } => {
                self.unix.insert((kind.0, rows.name(start, length).to_vec()))
            }
            ends => self.inet.insert((ends, row.state.0)),
        }
    }
}

/// An address as `inet_ntop` prints it, which psutil calls.
fn printed(ip: IpAddr) -> String {
    match ip {
        IpAddr::V6(ip) => match ip.segments() {
            // IPv4-compatible, a form that Rust does not print.
            [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
                let [.., a, b, c, d] = ip.octets();
                format!("::{a}.{b}.{c}.{d}")
            }
            _ => ip.to_string(),
        },
        IpAddr::V4(ip) => ip.to_string(),
    }
}
