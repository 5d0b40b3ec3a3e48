//! The protocols registered with the kernel.

use procnet_core::{
    Error as DecodeError,
    capture::Remarks,
    counter::protocols::{Pressure, Row, Rows},
};

use crate::Kind;

/// The protocols registered with the kernel, and the memory their sockets use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protocols {
    /// The protocols, in the kernel's order: the last registered comes first.
    pub protocols: Vec<RegisteredProtocol>,
    /// The lines that do not decode, counted from 1; empty unless the file is corrupt. A protocol
    /// with a method that does not decode is still listed, without that method.
    pub undecodable: Vec<(usize, DecodeError)>,
    /// What is remarkable about the text it was decoded from: in a [capture](crate::capture), what
    /// was forgiven, and what is doubtful.
    pub remarks: Remarks,
}

/// A protocol registered with the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredProtocol {
    /// Its name: `TCP`, `UDPv6`, `UNIX-STREAM`, `NETLINK`.
    pub name: String,
    /// The size of its socket structure, in bytes.
    pub size: u32,
    /// The number of its sockets in the network namespace, if the protocol counts them.
    pub sockets: Option<u32>,
    /// The memory its sockets use on the whole host, in pages, if the protocol accounts for it.
    pub memory: Option<u64>,
    /// Whether it is under memory pressure, if the protocol has such a state.
    pub pressure: Option<bool>,
    /// The space it reserves for headers before a packet's data, in bytes.
    pub max_header: u32,
    /// Whether its sockets come from a slab cache of their own.
    pub slab: bool,
    /// The module that implements it; `kernel` if built in.
    pub module: String,
    /// The methods in the file's heading (`cl` is close), and whether this protocol implements
    /// each.
    pub methods: Vec<(String, bool)>,
}

impl Protocols {
    /// Decodes the content of a `net/protocols` file.
    ///
    /// ```
    /// use procnet::counters::Protocols;
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

    /// The protocol with this name, in the kernel's spelling.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RegisteredProtocol> {
        self.protocols.iter().find(|protocol| protocol.name == name)
    }

    /// The number of sockets of a kind in the network namespace; `None` if the kernel, as it runs, does
    /// not have the kind.
    ///
    /// 0 is also that of a kind whose sockets the kernel does not count: vsock and TIPC, and MPTCP
    /// before Linux 6.3 (net/mptcp/token.c `mptcp_token_new_connect`).
    ///
    /// ```
    /// use procnet::{Kind, counters::protocols};
    ///
    /// if let Some(count) = protocols()?.sockets_of(Kind::Packet) {
    ///     println!("{count} packet sockets");
    /// }
    /// # Ok::<(), procnet::Error>(())
    /// ```
    #[must_use]
    pub fn sockets_of(&self, kind: Kind) -> Option<u32> {
        let registered = kind.protocols().iter().filter_map(|name| self.get(name));
        let counts = registered.map(|protocol| protocol.sockets.unwrap_or(0));
        counts.reduce(u32::saturating_add)
    }
}

impl RegisteredProtocol {
    /// The kind of its sockets; `None` if that is none of [`Kind::ALL`].
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.protocols().contains(&&*self.name))
    }

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
