//! An MPTCP connection with several subflows on each side, which share the inode of its socket
//! (net/mptcp/subflow.c `mptcp_subflow_create_socket`).

use std::{
    fs,
    net::SocketAddr,
    os::fd::{AsFd as _, OwnedFd},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::{read, write},
    net::{
        AddressFamily, SocketFlags, SocketType, accept_with, bind, connect, ipproto,
        listen as listen_with, socket_with,
    },
};

use super::inet::{BACKLOG, local};
use crate::live::{HelperProcess, inode_of, run};

/// The addresses of the additional subflows.
const ADDRESSES: [&str; 3] = ["127.77.0.1", "127.77.0.2", "127.77.0.3"];

/// An MPTCP connection on the loopback interface: its sockets are each held by a process of their
/// own.
#[derive(Debug)]
pub struct Mptcp {
    /// The process that holds the socket of each side: the listener's, the client's, the server's.
    pub holders: [HelperProcess; 3],
    /// The inodes of these sockets.
    pub inodes: [u64; 3],
    /// The address and port of the listener.
    pub server: SocketAddr,
}

impl Mptcp {
    /// The number of subflows of each side.
    pub const SUBFLOWS: usize = 1 + ADDRESSES.len();

    /// Creates the connection in this network namespace.
    ///
    /// # Errors
    ///
    /// What this kernel or `ip` does not support.
    pub fn new() -> Result<Mptcp, String> {
        let most = ADDRESSES.len().to_string();
        run(&["ip", "mptcp", "limits", "set", "subflow", &most, "add_addr_accepted", &most])?;
        for address in ADDRESSES {
            run(&["ip", "mptcp", "endpoint", "add", address, "subflow"])?;
        }
        let (listener, client, served) = connection().map_err(|error| error.to_string())?;
        let server = local(&listener);
        let sockets = [listener, client, served];
        let inodes = [0, 1, 2].map(|at| inode_of(&sockets[at]));
        let names: [&[u8]; 3] = [b"mptcp-listener", b"mptcp-client", b"mptcp-server"];
        let holders = names.map(HelperProcess::start);
        for (holder, socket) in holders.iter().zip(&sockets) {
            holder.hold(&[socket.as_fd()]);
        }
        let mptcp = Mptcp { holders, inodes, server };
        mptcp.wait(Mptcp::SUBFLOWS)?;
        Ok(mptcp)
    }

    /// Removes one subflow of each side.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn remove_subflow(&self) -> Result<(), String> {
        run(&["ip", "mptcp", "endpoint", "delete", "id", "1"])?;
        self.wait(Mptcp::SUBFLOWS - 1)
    }

    /// Waits until both sides have this many established subflows.
    fn wait(&self, subflows: usize) -> Result<(), String> {
        let begin = Instant::now();
        loop {
            let table = fs::read_to_string("/proc/net/tcp").map_err(|error| error.to_string())?;
            let established = |inode: u64| {
                let rows = table.lines().map(|row| row.split_ascii_whitespace());
                let is_it = |mut columns: std::str::SplitAsciiWhitespace<'_>| {
                    columns.nth(3) == Some("01")
                        && columns.nth(5).and_then(|inode| inode.parse().ok()) == Some(inode)
                };
                rows.filter(|columns| is_it(columns.clone())).count()
            };
            let [_, client, served] = self.inodes;
            if (established(client), established(served)) == (subflows, subflows) {
                return Ok(());
            }
            if begin.elapsed() > Duration::from_secs(10) {
                return Err(format!("no {subflows} subflows of inode {client}:\n{table}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A listener, and both ends of a connection that is fully established: each side has received
/// data.
fn connection() -> rustix::io::Result<(OwnedFd, OwnedFd, OwnedFd)> {
    let new = || {
        let (family, flags) = (AddressFamily::INET, SocketFlags::CLOEXEC);
        socket_with(family, SocketType::STREAM, flags, Some(ipproto::MPTCP))
    };
    let listener = new()?;
    bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    listen_with(&listener, BACKLOG)?;
    let client = new()?;
    connect(&client, &local(&listener))?;
    let served = accept_with(&listener, SocketFlags::CLOEXEC)?;
    for (from, to) in [(&client, &served), (&served, &client)] {
        write(from, b"x")?;
        read(to, &mut [0; 1])?;
    }
    Ok((listener, client, served))
}
