//! A socket and its owners.

mod endpoint;
mod json;
mod owners;

use std::{cell::RefCell, net::SocketAddr, sync::Arc};

use procnet::{
    Inode, Owners, Socket, State,
    decode::table::SocketType,
    process::{SecurityContexts, Threads},
};

use self::{
    endpoint::{LinkEndpoint, PeerEndpoint},
    owners::{Displayed, Listed, display, record},
};
use super::{
    SinceLook,
    contexts::ContextForms,
    end_names::EndNames,
    extra::{Extras, append},
    note,
    processes::ProcessForms,
    threads::ThreadForms,
};
use crate::{
    host_names::HostNames,
    output::{Cells, Column, Header, ITEM_SEPARATOR, Keep, Row, Shape, Style, zeros},
    process::{ControlGroupPaths, Processes},
};

/// The keys of the formats for programs; those of JSON are the library's.
const KEYS: [&str; 16] = [
    "kind",
    "state",
    "local_addr",
    "local_port",
    "remote_addr",
    "remote_port",
    "uid",
    "inode",
    "rx_queue",
    "tx_queue",
    "backlog",
    "drops",
    "type",
    "name",
    "owners",
    "suspect",
];

const COLUMNS: [(&str, Shape, Keep); 10] = [
    ("Kind", Shape::Word, Keep::UnlessNarrow),
    ("State", Shape::Word, Keep::Always),
    ("Recv-Q", Shape::Number, Keep::UnlessZero),
    ("Send-Q", Shape::Number, Keep::UnlessZero),
    ("Local Address:Port", Shape::Address, Keep::Essential),
    ("Peer Address:Port", Shape::Address, Keep::UnlessZero),
    ("Type", Shape::Word, Keep::IfRoom),
    ("Uid", Shape::Number, Keep::IfRoom),
    ("Inode", Shape::Number, Keep::IfRoom),
    ("Process", Shape::List, Keep::Essential),
];

#[derive(Clone, Copy)]
pub(crate) struct SocketRow<'a> {
    pub(crate) socket: &'a Socket<'a>,
    /// The owners to print: those of the socket, or none.
    pub(crate) owners: Owners<'a>,
    pub(crate) extras: Extras,
    /// Details of processes, if some of them are printed.
    pub(crate) processes: Option<&'a Processes>,
    /// The paths of control groups, if they are printed.
    pub(crate) groups: Option<&'a ControlGroupPaths>,
    /// The threads that hold sockets, if they are printed.
    pub(crate) threads: Option<&'a Threads>,
    /// Security contexts, if they are printed.
    pub(crate) contexts: Option<&'a RefCell<SecurityContexts>>,
    /// What a watch knows of it.
    pub(crate) since: SinceLook,
    /// Names of addresses, if they are printed.
    pub(crate) names: Option<&'a HostNames>,
}

impl<'a> SocketRow<'a> {
    /// A row without details of processes.
    pub(crate) fn of(socket: &'a Socket<'a>, extras: Extras) -> SocketRow<'a> {
        SocketRow {
            socket,
            owners: socket.owners,
            extras,
            processes: None,
            groups: None,
            threads: None,
            contexts: None,
            since: SinceLook::NONE,
            names: None,
        }
    }

    /// The name of the host at an end.
    fn name(&self, end: Option<SocketAddr>) -> Option<Arc<str>> {
        self.names?.name(end?.ip())
    }

    /// What is printed in place of the addresses.
    fn host_names(&self) -> EndNames {
        EndNames::of(&[self.socket.local(), self.socket.remote()].map(|end| self.name(end)))
    }

    /// An end: by names where they are asked for and known.
    fn push_end(
        &self,
        end: SocketAddr,
        port: Option<u16>,
        interface: Option<&str>,
        cells: &mut Cells,
    ) {
        let service = port.and_then(|port| self.extras.service(port));
        let name = self.name(Some(end));
        if name.is_none() && service.is_none() && interface.is_none() {
            return cells.endpoint(end.ip(), port);
        }
        let number = port.map_or_else(|| "*".to_owned(), |port| port.to_string());
        let port = service.unwrap_or(&number);
        match name {
            Some(name) => {
                let percent = if interface.is_some() { "%" } else { "" };
                let interface = interface.unwrap_or_default();
                cells.push(format_args!("{name}{percent}{interface}:{port}"));
            }
            None => cells.named_endpoint(end.ip(), interface, port),
        }
    }

    fn threads(&self) -> Option<ThreadForms> {
        self.threads.map(|known| ThreadForms::of(self.socket, known))
    }

    fn contexts(&self) -> Option<ContextForms> {
        let with_sockets = self.extras.socket_contexts;
        self.contexts.map(|known| ContextForms::of(self.socket, self.owners, known, with_sockets))
    }

    fn processes(&self) -> Option<ProcessForms> {
        self.processes
            .filter(|_| self.extras.processes)
            .map(|known| ProcessForms::of(self.owners.iter(), known))
    }

    pub(crate) fn header(extras: Extras) -> Header {
        let column = |(title, shape, keep)| {
            let column = Column::new(title, shape, keep);
            match title {
                "State" => column.styled(state),
                "Recv-Q" | "Send-Q" => column.styled(zeros),
                _ => column,
            }
        };
        let mut keys = KEYS.map(str::to_owned).to_vec();
        let mut columns = COLUMNS.map(column).to_vec();
        if extras.no_queues {
            columns.retain(|column| !matches!(&*column.title, "Recv-Q" | "Send-Q"));
        }
        if extras.extended {
            // Requested columns are not dropped, however narrow the terminal is.
            let requested =
                columns.iter_mut().filter(|column| matches!(&*column.title, "Uid" | "Inode"));
            requested.for_each(|column| column.keep = Keep::Always);
        }
        keys.extend(extras.keys());
        if extras.resolve {
            keys.extend(EndNames::KEYS.map(str::to_owned));
        }
        if extras.watched {
            let at = columns.iter().position(|column| column.title == "Type");
            let at = at.unwrap_or(columns.len());
            columns.splice(at..at, SinceLook::columns(extras));
        }
        // Owners come last, as their list may be cut.
        let last = columns.len() - 1;
        columns.splice(last..last, extras.columns());
        keys.extend(extras.owner_fields.keys());
        columns.extend(extras.owner_fields.columns());
        if extras.threads {
            keys.push("threads".to_owned());
            columns.push(ThreadForms::column());
        }
        if extras.contexts {
            keys.push("contexts".to_owned());
            columns.extend(ContextForms::columns(extras.socket_contexts));
        }
        if extras.processes {
            keys.push("processes".to_owned());
            columns.extend(ProcessForms::columns());
        }
        if extras.netns {
            keys.push("netns".to_owned());
            columns.insert(1, Column::new("Netns", Shape::Word, Keep::Always));
        }
        Header { keys, columns, vertical: false }
    }
}

impl Row for SocketRow<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        json::write(out, self.socket, self.owners)?;
        self.extras.object(self, out)?;
        if self.extras.resolve {
            append(out, &self.host_names())?;
        }
        if let Some(known) = self.processes.filter(|_| !self.extras.owner_fields.is_empty()) {
            append(out, &self.extras.owner_fields.object(self.owners, known))?;
        }
        self.threads().map_or(Ok(()), |threads| append(out, &threads))?;
        self.contexts().map_or(Ok(()), |contexts| append(out, &contexts))?;
        self.processes().map_or(Ok(()), |processes| append(out, &processes))
    }

    fn values(&self, cells: &mut Cells) {
        let socket = self.socket;
        let (local, remote) = (socket.local(), socket.remote());
        cells.text(socket.kind.name());
        push_state(socket.state, cells);
        let vsock = socket.vsock();
        let port = |end: Option<SocketAddr>| end.map(|end| u32::from(end.port()));
        cells.address(local.map(|local| local.ip()));
        cells.integer(port(local).or(vsock.and_then(|vsock| vsock.local.port)));
        cells.address(remote.map(|remote| remote.ip()));
        cells.integer(port(remote).or(vsock.and_then(|vsock| vsock.remote.port)));
        cells.integer(socket.uid());
        cells.integer(socket.inode.map(Inode::get));
        cells.integer(socket.rx_queue());
        cells.integer(socket.tx_queue());
        cells.integer(socket.backlog());
        cells.integer(socket.drops());
        cells.push_option(socket_type(socket));
        cells.push_option(socket.name());
        cells.push(Listed(self.owners, ';', record));
        cells.push_option(socket.suspect.then_some(true));
        self.extras.values(self, cells);
        if self.extras.resolve {
            self.host_names().values(cells);
        }
        if let Some(known) = self.processes {
            self.extras.owner_fields.values(self.owners, known, cells);
        }
        if let Some(threads) = self.threads() {
            threads.values(cells);
        }
        if let Some(contexts) = self.contexts() {
            contexts.values(cells);
        }
        if let Some(processes) = self.processes() {
            processes.values(cells);
        }
        if self.extras.netns {
            cells.push_option(socket.netns.and_then(|netns| netns.inode));
        }
    }

    fn note(&self, out: &mut String) {
        note::write(self.socket, self.extras, out);
    }

    fn cells(&self, cells: &mut Cells) {
        let socket = self.socket;
        cells.text(socket.kind.name());
        if self.extras.netns {
            cells.push_option(socket.netns);
        }
        // An association of SCTP has the inode of its socket, and often its addresses: it is marked as by
        // ss, and has the states of SCTP.
        match socket.sctp().and_then(|sctp| sctp.association) {
            Some(association) => cells.push(format_args!("`- {association}")),
            None => push_state(socket.state, cells),
        }
        if !self.extras.no_queues {
            cells.integer(socket.rx_queue());
            // For a listener the backlog, as in ss.
            cells.integer(socket.tx_queue().or(socket.backlog()));
        }
        match (socket.local(), socket.name()) {
            (Some(local), _) => {
                let interface = socket.interface().map(|index| self.extras.interface(index));
                self.push_end(local, Some(local.port()), interface.as_deref(), cells);
            }
            (None, Some(name)) => cells.push(name),
            (None, None) => cells.push(LinkEndpoint(socket, self.extras)),
        }
        match socket.remote() {
            Some(remote) => {
                let port = Some(remote.port()).filter(|port| *port != 0);
                self.push_end(remote, port, None, cells);
            }
            // The owner of a unix socket's peer, or the peer's inode, as in ss.
            None => match (socket.peer_owners().iter().next(), socket.peer()) {
                (Some(owner), _) => cells.push(Displayed(owner)),
                (None, Some(peer)) => cells.push(format_args!("* {peer}")),
                (None, None) => cells.push(PeerEndpoint(socket)),
            },
        }
        if self.extras.watched {
            self.since.cells(cells);
        }
        cells.push_option(socket_type(socket));
        cells.integer(socket.uid());
        cells.integer(socket.inode.map(Inode::get));
        self.extras.cells(self, cells);
        cells.push(Listed(self.owners, ITEM_SEPARATOR, display));
        if let Some(known) = self.processes {
            self.extras.owner_fields.cells(self.owners, known, cells);
        }
        if let Some(threads) = self.threads() {
            threads.cells(cells);
        }
        if let Some(contexts) = self.contexts() {
            contexts.cells(self.extras.socket_contexts, cells);
        }
        if let Some(processes) = self.processes() {
            processes.cells(cells);
        }
    }
}

fn push_state(state: State, cells: &mut Cells) {
    match state.name() {
        Some(name) => cells.text(name),
        None => cells.push(state),
    }
}

fn socket_type(socket: &Socket<'_>) -> Option<SocketType> {
    let packet = || socket.packet().map(|packet| packet.kind);
    let vsock = || socket.vsock().map(|vsock| vsock.kind);
    socket.unix_type().or_else(packet).or_else(vsock).or(socket.tipc().map(|tipc| tipc.kind))
}

/// Highlights listeners and transient states, which may indicate a problem; dims the rest.
fn state(text: &str) -> Style {
    match text {
        "LISTEN" => Style::Green,
        "CLOSE_WAIT" | "SYN_SENT" | "SYN_RECV" | "LAST_ACK" | "FIN_WAIT1" => Style::Yellow,
        "TIME_WAIT" | "UNCONN" => Style::Dim,
        _ => Style::Plain,
    }
}
