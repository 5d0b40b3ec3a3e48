//! Sockets that filters tell apart.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    os::fd::OwnedFd,
    path::Path,
};

use procnet_corpus::live::{inode_of, raw, run};
use rustix::net::{
    AddressFamily, Protocol, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect,
    getsockname, ipproto, listen, netdevice::name_to_index, socket_with, sockopt,
};

/// Two interfaces.
const LO: &str = "lo";
const D0: &str = "d0";

/// Addresses that sockets of the scene have.
pub(crate) const ADDRESSES: [&str; 8] =
    ["127.0.0.1", "10.1.2.3", "0.0.0.0", "::1", "::ffff:127.0.0.1", "fd00::5", "2001:db8::1", "::"];
/// Ports that sockets of the scene have, and others.
pub(crate) const PORTS: [u16; 12] =
    [0, 17, 22, 77, 80, 443, 8080, 32768, 40000, 45000, 60999, 65535];
/// Marks that sockets of the scene have, and one that none has.
pub(crate) const MARKS: [u32; 5] = [0, 1, 0x10, 0x101, 0xFFFF_FFFF];

/// The sockets, and which of them named their port in `bind`.
#[derive(Default)]
pub(crate) struct Scene {
    held: Vec<OwnedFd>,
    locked: BTreeSet<u64>,
    /// Raw sockets that passed this port to `connect`.
    connected: BTreeSet<u64>,
    /// The interfaces that sockets are bound to, by name and index; the first stands for none.
    pub(crate) interfaces: Vec<(&'static str, u32)>,
}

/// The port that they passed.
pub(crate) const RAW_PORT: u16 = 77;

impl Scene {
    /// Sockets with addresses.
    pub(crate) fn inet() -> Scene {
        run(&["ip", "link", "add", D0, "type", "veth", "peer", "name", "d1"]).expect("a pair");
        run(&["ip", "link", "set", D0, "up"]).expect("an interface");
        for address in ["10.1.2.3/32", "fd00::5/128", "2001:db8::1/128"] {
            let _ = run(&["ip", "addr", "add", address, "dev", "lo", "nodad"])
                .or_else(|_| run(&["ip", "addr", "add", address, "dev", "lo"]));
        }
        let mut scene = Scene { interfaces: vec![("none", 0)], ..Scene::default() };
        let any = scene.open("0.0.0.0:0", SocketType::DGRAM, None);
        for name in [LO, D0] {
            scene.interfaces.push((name, name_to_index(&any, name).expect("an interface")));
        }
        scene.streams();
        scene.datagrams();
        scene.raw();
        scene
    }

    /// Whether a socket named its port in `bind`.
    pub(crate) fn is_locked(&self, inode: u64) -> bool {
        self.locked.contains(&inode)
    }

    /// The port that a raw socket passed to `connect`.
    pub(crate) fn raw_port(&self, inode: u64) -> u16 {
        if self.connected.contains(&inode) { RAW_PORT } else { 0 }
    }

    fn open(&mut self, at: &str, of: SocketType, protocol: Option<Protocol>) -> OwnedFd {
        let at: SocketAddr = at.parse().expect("an address");
        let family = if at.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = socket_with(family, of, SocketFlags::CLOEXEC, protocol).expect("a socket");
        sockopt::set_socket_reuseaddr(&socket, true).expect("an option");
        socket
    }

    /// A bound socket.
    fn bound(&mut self, at: &str, of: SocketType, protocol: Option<Protocol>) -> OwnedFd {
        let socket = self.open(at, of, protocol);
        let address: SocketAddr = at.parse().expect("an address");
        bind(&socket, &address).unwrap_or_else(|error| panic!("{at}: {error}"));
        if address.port() != 0 && of != SocketType::RAW {
            self.locked.insert(inode_of(&socket));
        }
        socket
    }

    fn listener(&mut self, at: &str) -> OwnedFd {
        let socket = self.bound(at, SocketType::STREAM, None);
        listen(&socket, 8).expect("a listener");
        socket
    }

    /// A connection to a listener, from an address.
    fn connection(&mut self, from: &str, listener: &OwnedFd, to: &str) -> [OwnedFd; 2] {
        let client = self.bound(from, SocketType::STREAM, None);
        let port = local(listener).port();
        let to: IpAddr = to.parse().expect("an address");
        connect(&client, &SocketAddr::new(to, port)).expect("a connection");
        [client, accept_with(listener, SocketFlags::CLOEXEC).expect("a connection")]
    }

    fn streams(&mut self) {
        let stream = SocketType::STREAM;
        for at in ["0.0.0.0:22", "10.1.2.3:443", "[::1]:22", "[fd00::5]:443", "[2001:db8::1]:40000"]
        {
            let listener = self.listener(at);
            self.held.push(listener);
        }
        // The kernel chooses the port.
        for at in ["127.0.0.1:0", "[::1]:0"] {
            let listener = self.listener(at);
            self.held.push(listener);
            let unbound = self.open(at, stream, None);
            listen(&unbound, 1).expect("a listener");
            self.held.push(unbound);
        }
        for (interface, mark, at) in
            [(LO, 0x10, "127.0.0.1:8081"), (D0, 1, "0.0.0.0:83"), (LO, 0x101, "[::]:84")]
        {
            let socket = self.open(at, stream, None);
            raw::bind_to_device(&socket, interface).expect("an interface");
            raw::set_mark(&socket, mark).expect("a mark");
            let address: SocketAddr = at.parse().expect("an address");
            bind(&socket, &address).expect("a bound socket");
            self.locked.insert(inode_of(&socket));
            listen(&socket, 1).expect("a listener");
            self.held.push(socket);
        }
        let v4 = self.listener("127.0.0.1:80");
        let v6 = self.listener("[::]:8080");
        let high = self.listener("127.0.0.1:40000");
        for (from, listener, to) in [
            ("127.0.0.1:0", &v4, "127.0.0.1"),
            ("127.0.0.1:45000", &v4, "127.0.0.1"),
            ("10.1.2.3:0", &high, "127.0.0.1"),
            ("[::1]:0", &v6, "::1"),
            ("[fd00::5]:45001", &v6, "2001:db8::1"),
            // Mapped on one side, or on both.
            ("127.0.0.1:0", &v6, "127.0.0.1"),
            ("[::ffff:10.1.2.3]:45002", &v6, "::ffff:127.0.0.1"),
        ] {
            let both = self.connection(from, listener, to);
            self.held.extend(both);
        }
        // The client closes first: TIME_WAIT.
        for (from, listener, to) in [("127.0.0.1:0", &v4, "127.0.0.1"), ("[::1]:0", &v6, "::1")] {
            let [client, served] = self.connection(from, listener, to);
            drop(client);
            drop(served);
        }
        let deferred = self.listener("127.0.0.1:81");
        raw::defer_accept(&deferred, 600).expect("a listener that waits for data");
        let client = self.open("127.0.0.1:0", stream, None);
        connect(&client, &local(&deferred)).expect("a connection");
        self.held.extend([deferred, client, v4, v6, high]);
    }

    fn datagrams(&mut self) {
        let datagram = SocketType::DGRAM;
        for at in [
            "0.0.0.0:22",
            "127.0.0.1:0",
            "10.1.2.3:45000",
            "[::]:443",
            "[::1]:0",
            "[fd00::5]:22",
            "[::ffff:127.0.0.1]:8080",
        ] {
            let socket = self.bound(at, datagram, None);
            self.held.push(socket);
        }
        for (from, to) in [
            ("127.0.0.1:0", "127.0.0.1:22"),
            ("0.0.0.0:80", "10.1.2.3:45000"),
            ("[::1]:40001", "[::1]:443"),
            ("[::]:0", "[::ffff:127.0.0.1]:22"),
        ] {
            let socket = self.bound(from, datagram, None);
            let to: SocketAddr = to.parse().expect("an address");
            connect(&socket, &to).expect("a connected socket");
            self.held.push(socket);
        }
        for (interface, mark, at) in [(LO, 1, "127.0.0.1:77"), (D0, 0x10, "[::]:77")] {
            let socket = self.bound(at, datagram, None);
            raw::bind_to_device(&socket, interface).expect("an interface");
            raw::set_mark(&socket, mark).expect("a mark");
            self.held.push(socket);
        }
    }

    fn raw(&mut self) {
        for (at, to) in
            [("127.0.0.1:0", None), ("0.0.0.0:0", Some("127.0.0.1:77")), ("[::1]:0", None)]
        {
            let socket = self.bound(at, SocketType::RAW, Some(ipproto::UDP));
            if let Some(to) = to {
                let to: SocketAddr = to.parse().expect("an address");
                connect(&socket, &to).expect("a connected socket");
                self.connected.insert(inode_of(&socket));
            }
            self.held.push(socket);
        }
    }

    /// Unix sockets, some bound to files in a directory.
    pub(crate) fn unix(directory: &Path) -> Scene {
        let mut scene = Scene::default();
        let types = [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET];
        for (at, of) in types.into_iter().enumerate() {
            let open = || socket_with(AddressFamily::UNIX, of, SocketFlags::CLOEXEC, None);
            let file = |name: &str| {
                SocketAddrUnix::new(directory.join(format!("{name}{at}"))).expect("a short path")
            };
            let hidden = |name: &[u8]| SocketAddrUnix::new_abstract_name(name).expect("a name");
            let names = [
                file("plain.sock"),
                file("Upper.Sock"),
                file("[x]"),
                hidden(format!("hidden{at}").as_bytes()),
                hidden(format!("nul\0in{at}").as_bytes()),
                // As the kernel chooses them, and nearly so.
                hidden(format!("abcd{at}").as_bytes()),
                hidden(format!("ABCD{at}").as_bytes()),
                hidden(format!("abcde{at}").as_bytes()),
                SocketAddrUnix::new_unnamed(),
            ];
            for name in names {
                let socket = open().expect("a socket");
                bind(&socket, &name).expect("a bound socket");
                if of != SocketType::DGRAM {
                    listen(&socket, 4).expect("a listener");
                    let client = open().expect("a socket");
                    let name = SocketAddrUnix::try_from(getsockname(&socket).expect("a name"));
                    connect(&client, &name.expect("a name")).expect("a connection");
                    let served = accept_with(&socket, SocketFlags::CLOEXEC).expect("a connection");
                    scene.held.extend([client, served]);
                }
                scene.held.push(socket);
            }
            scene.held.push(open().expect("a socket"));
        }
        scene
    }
}

fn local(socket: &OwnedFd) -> SocketAddr {
    SocketAddr::try_from(getsockname(socket).expect("an address")).expect("an address")
}
