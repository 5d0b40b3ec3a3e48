//! Connections with the same two addresses on two interfaces: the kernel distinguishes them by the
//! interface (include/net/inet_hashtables.h `inet_match`), and so it does by the VRF device of one.

use std::{
    fs::File,
    net::SocketAddr,
    os::fd::{AsFd as _, OwnedFd},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::{read, write},
    net::{
        AddressFamily, SocketFlags, SocketType, accept_with, bind, connect, listen as listen_with,
        socket_with, sockopt,
    },
    thread::{LinkNameSpaceType, move_into_link_name_space},
};

use super::inet::BACKLOG;
use crate::live::{HelperProcess, raw, run};

/// The interfaces in this namespace.
const DEVICES: [&str; 2] = ["same0", "same1"];
/// The VRF devices that they may belong to, each with its routing table.
const VRFS: [(&str, &str); 2] = [("vrf-a", "10"), ("vrf-b", "11")];
/// The addresses on each interface.
const OURS: [u8; 4] = [10, 77, 0, 1];
const PEER: [u8; 4] = [10, 77, 0, 2];

/// Two interfaces, each with listeners on the same address and ports, and with connections from the
/// same peer's address: one in `TIME_WAIT`, one in `SYN_RECV`, and one that is not accepted. The
/// peers are in namespaces of their own.
#[derive(Debug, Default)]
pub struct SameAddresses {
    listeners: Vec<OwnedFd>,
    clients: Vec<OwnedFd>,
    peers: Vec<HelperProcess>,
}

impl SameAddresses {
    /// The number of connections without an inode on each interface, in as many states.
    pub const CONNECTIONS: usize = 3;

    /// Where the sockets listen: one each for connections that are accepted, deferred and waiting.
    pub const PORTS: [u16; 3] = [7001, 7002, 7003];

    /// Creates the interfaces and the connections.
    ///
    /// # Errors
    ///
    /// What this kernel or `ip` does not support.
    pub fn new() -> Result<SameAddresses, String> {
        let mut scene = SameAddresses::default();
        for device in DEVICES {
            scene.add(device, device)?;
        }
        Ok(scene)
    }

    /// The same with each interface in a VRF of its own, to whose device the sockets are bound
    /// (drivers/net/vrf.c).
    ///
    /// # Errors
    ///
    /// What this kernel or `ip` does not support.
    pub fn in_vrfs() -> Result<SameAddresses, String> {
        let mut scene = SameAddresses::default();
        for (device, (vrf, table)) in DEVICES.into_iter().zip(VRFS) {
            run(&["ip", "link", "add", vrf, "type", "vrf", "table", table])?;
            run(&["ip", "link", "set", vrf, "up"])?;
            scene.add(device, vrf)?;
        }
        Ok(scene)
    }

    /// Adds an interface, and sockets that are bound to it or to the VRF that it is put into.
    fn add(&mut self, device: &str, bound_to: &str) -> Result<(), String> {
        let peer = HelperProcess::start_via(b"peer", &["unshare", "--net"]);
        let pid = peer.pid().to_string();
        let link = ["ip", "link", "add", device, "type", "veth", "peer", "name", "peer", "netns"];
        run(&[&link[..], &[&pid]].concat())?;
        if bound_to != device {
            run(&["ip", "link", "set", device, "master", bound_to])?;
        }
        run(&["ip", "address", "add", &address(OURS), "dev", device])?;
        run(&["ip", "link", "set", device, "up"])?;
        self.peers.push(peer);
        let namespace = File::open(format!("/proc/{pid}/ns/net"));
        let namespace = namespace.map_err(|error| error.to_string())?;
        let listen =
            |port| listener(bound_to, port).map_err(|error| format!("{bound_to}: {error}"));
        let [accepting, deferring, waiting] = SameAddresses::PORTS;
        let (accepting, deferring, waiting) =
            (listen(accepting)?, listen(deferring)?, listen(waiting)?);
        raw::defer_accept(&deferring, 600).map_err(|error| error.to_string())?;
        // Created there, they stay there.
        let clients = thread::scope(|scope| {
            let there = scope.spawn(|| {
                let kind = Some(LinkNameSpaceType::Network);
                move_into_link_name_space(namespace.as_fd(), kind)
                    .map_err(|error| error.to_string())?;
                run(&["ip", "address", "add", &address(PEER), "dev", "peer"])?;
                run(&["ip", "link", "set", "peer", "up"])?;
                SameAddresses::PORTS.into_iter().map(client).collect::<Result<Vec<_>, String>>()
            });
            there.join().map_err(|_| "a client panicked".to_owned())?
        })?;
        let mut clients = clients.into_iter();
        // The end that is closed first is left in TIME_WAIT.
        let close = || {
            let client = clients.next().ok_or(rustix::io::Errno::CONNRESET)?;
            let served = accept_with(&accepting, SocketFlags::CLOEXEC)?;
            write(&client, b"x")?;
            read(&served, &mut [0; 1])?;
            drop(served);
            read(&client, &mut [0; 1])?;
            drop(client);
            rustix::io::Result::Ok(())
        };
        let mut close = close;
        close().map_err(|error| error.to_string())?;
        self.clients.extend(clients);
        self.listeners.extend([accepting, deferring, waiting]);
        Ok(())
    }
}

fn address(ip: [u8; 4]) -> String {
    let [a, b, c, d] = ip;
    format!("{a}.{b}.{c}.{d}/24")
}

fn socket() -> rustix::io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    Ok(socket)
}

fn listener(device: &str, port: u16) -> Result<OwnedFd, String> {
    let listener = socket().map_err(|error| error.to_string())?;
    raw::bind_to_device(&listener, device).map_err(|error| error.to_string())?;
    bind(&listener, &SocketAddr::from((OURS, port))).map_err(|error| error.to_string())?;
    listen_with(&listener, BACKLOG).map_err(|error| error.to_string())?;
    Ok(listener)
}

/// A connection to one of the ports, from the port that is a thousand higher.
fn client(port: u16) -> Result<OwnedFd, String> {
    let begin = Instant::now();
    loop {
        let client = socket().map_err(|error| error.to_string())?;
        bind(&client, &SocketAddr::from((PEER, port + 1000))).map_err(|error| error.to_string())?;
        match connect(&client, &SocketAddr::from((OURS, port))) {
            Ok(()) => return Ok(client),
            // The interface takes a moment until it is up.
            Err(_) if begin.elapsed() < Duration::from_secs(10) => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(format!("a connection to port {port}: {error}")),
        }
    }
}
