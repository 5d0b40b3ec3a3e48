//! The protocols that the kernel has registered.

use procnet_core::{
    Error as DecodeError,
    counter::protocols::{Pressure, Row, Rows},
};

use crate::{Error, Scanner};

/// The protocols that the kernel has registered, and what their sockets use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protocols {
    /// The protocols, in the kernel's order: the one that came last is the first.
    pub protocols: Vec<RegisteredProtocol>,
    /// The lines that do not decode, counted from 1; none, from a kernel. A protocol one of
    /// whose methods does not decode is there all the same, without that method.
    pub undecodable: Vec<(usize, DecodeError)>,
}

/// One protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredProtocol {
    /// Its name: `TCP`, `UDPv6`, `UNIX-STREAM`, `NETLINK`.
    pub name: String,
    /// The size of its structure of a socket, in bytes.
    pub size: u32,
    /// Its sockets in the network namespace, if it counts them.
    pub sockets: Option<u32>,
    /// The pages of memory that its sockets use on the whole host, if it accounts them.
    pub memory: Option<u64>,
    /// Whether it is short of memory, if it knows such a state.
    pub pressure: Option<bool>,
    /// The room that it leaves before a packet's data for headers, in bytes.
    pub max_header: u32,
    /// Whether its sockets come from a cache of their own.
    pub slab: bool,
    /// The module that it is in; `kernel` if it is built in.
    pub module: String,
    /// The methods that a protocol may have, under the heading's names (`cl` is close), and
    /// whether this one has them.
    pub methods: Vec<(String, bool)>,
}

impl Protocols {
    /// Decodes the bytes of a `net/protocols` file, whichever it is.
    ///
    /// ```
    /// use procnet::Protocols;
    ///
    /// let all = Protocols::decode(b"protocol  size sockets  memory press maxhdr  slab module     cl co
    /// TCP       2304      1       4   no     192   yes  kernel      y  y
    /// ");
    /// assert_eq!(all.get("TCP").and_then(|tcp| tcp.memory), Some(4));
    /// ```
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Protocols {
        let mut answer = Protocols::default();
        let mut rows = Rows::new(bytes);
        while let Some(row) = rows.next() {
            let line = rows.line();
            match row {
                Ok(row) => {
                    let methods = answer.methods(&row, line);
                    answer.protocols.push(RegisteredProtocol::new(&row, methods));
                }
                Err(error) => answer.undecodable.push((line, error)),
            }
        }
        answer
    }

    fn methods(&mut self, row: &Row<'_>, line: usize) -> Vec<(String, bool)> {
        let mut methods = Vec::new();
        for method in row.methods() {
            match method {
                Ok(method) => {
                    let name = String::from_utf8_lossy(method.name).into_owned();
                    methods.push((name, method.present));
                }
                Err(error) => self.undecodable.push((line, error)),
            }
        }
        methods
    }

    /// One protocol, by the kernel's name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RegisteredProtocol> {
        self.protocols.iter().find(|protocol| protocol.name == name)
    }
}

impl RegisteredProtocol {
    fn new(row: &Row<'_>, methods: Vec<(String, bool)>) -> RegisteredProtocol {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        RegisteredProtocol {
            name: text(row.name),
            size: row.size,
            sockets: row.sockets,
            memory: row.memory,
            pressure: match row.pressure {
                Pressure::None => None,
                Pressure::No => Some(false),
                Pressure::Yes => Some(true),
            },
            max_header: row.max_header,
            slab: row.slab,
            module: text(row.module),
            methods,
        }
    }
}

impl Scanner {
    /// The protocols that the kernel has registered, and what their sockets use.
    ///
    /// # Errors
    ///
    /// If `net/protocols` cannot be read.
    pub fn protocols(&mut self) -> Result<Protocols, Error> {
        self.read_net("protocols").map(|(_, bytes)| Protocols::decode(bytes))
    }
}
