//! What waits in queues, what is dropped and what is sent again; by unit and container, too.

use std::{
    io::{ErrorKind, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::{AsFd as _, OwnedFd},
    time::SystemTime,
};

use procnet_corpus::live::{ControlGroup, HelperProcess, comm_of, private, skip_part};
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with, sockopt};

use crate::{agent::Agent, page::Page};

/// Connects two processes, one of which writes until the other's receive buffer and its own send buffer are full.
/// Returns the bytes, and a connection that waits in the accept queue.
fn unread(server: &HelperProcess, client: &HelperProcess) -> (f64, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    sockopt::set_socket_recv_buffer_size(&listener, 1 << 14).unwrap();
    let address = listener.local_addr().unwrap();
    let mut near = TcpStream::connect(address).unwrap();
    sockopt::set_socket_send_buffer_size(&near, 1 << 18).unwrap();
    let (far, _) = listener.accept().unwrap();
    near.set_nonblocking(true).unwrap();
    let mut written = 0;
    loop {
        match near.write(&[0; 1 << 12]) {
            Ok(bytes) => written += bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    server.hold(&[listener.as_fd(), far.as_fd()]);
    client.hold(&[near.as_fd()]);
    (written as f64, TcpStream::connect(address).unwrap())
}

/// The bytes that wait to be received and to be sent, of a label of a family.
fn queues(page: &Page, family: &str, label: &str, value: &str) -> Option<[f64; 2]> {
    let of = |queue| page.value(family, &[(label, value), ("queue", queue)]);
    Some([of("receive")?, of("send")?])
}

#[test]
fn sockets_and_their_queues_are_counted_where_their_process_runs() {
    private(|_| {
        // Names of this test alone, as the hierarchy is that of the host.
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let (unit, id) = (format!("procnet-agent-{now:x}.service"), format!("{now:064x}"));
        let scope = format!("cri-containerd-{id}.scope");
        let service = ControlGroup::new(&unit);
        let container = service.as_ref().map(|service| service.below(&scope));
        let (server, client) = (HelperProcess::start(b"server"), HelperProcess::start(b"client"));
        match service.as_ref().zip(container.as_ref()) {
            Some((service, container)) => {
                service.take(server.pid());
                container.take(client.pid());
            }
            None => skip_part("units and containers", "this test may not create control groups"),
        }
        let (written, _waiting) = unread(&server, &client);
        let agent = Agent::start(&[]);
        // Once all is acknowledged that was received, and without requests of this test.
        let page = agent.page_when(|page| {
            let of = |comm| queues(page, "procnet_process_queue_bytes", "comm", comm);
            let Some(([received, 0.0], [0.0, sent])) = of("server").zip(of("client")) else {
                return false;
            };
            let all = queues(page, "procnet_queue_bytes", "kind", "tcp");
            received + sent == written && all == Some([received, sent])
        });
        let of_process = |comm| queues(&page, "procnet_process_queue_bytes", "comm", comm);
        let (of_server, of_client) = (of_process("server"), of_process("client"));
        assert!(of_server.unwrap()[0] > 0.0 && of_client.unwrap()[1] > 0.0, "{}", page.text);
        if service.is_some() {
            // Its listener, its end of the connection and that of its channel.
            assert_eq!(page.value("procnet_unit_sockets", &[("unit", &unit)]), Some(3.0));
            assert_eq!(page.value("procnet_unit_sockets", &[("unit", &scope)]), Some(2.0));
            assert_eq!(page.value("procnet_container_sockets", &[("container", &id)]), Some(2.0));
            let of_unit = |unit| queues(&page, "procnet_unit_queue_bytes", "unit", unit);
            assert_eq!((of_unit(&unit), of_unit(&scope)), (of_server, of_client));
            let of_container = |id| queues(&page, "procnet_container_queue_bytes", "container", id);
            assert_eq!(of_container(&id), of_client);
            // The server's are those of no container.
            assert!(of_container("none") >= of_server, "{}", page.text);
        }
    });
}

#[test]
fn datagrams_that_are_not_read_wait_or_are_dropped() {
    const SENT: usize = 100;
    private(|_| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        sockopt::set_socket_recv_buffer_size(&socket, 4096).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..SENT {
            sender.send_to(&[0; 1000], socket.local_addr().unwrap()).unwrap();
        }
        let agent = Agent::start(&[]);
        let comm = String::from_utf8(comm_of(std::process::id())).unwrap();
        let waiting = |page: &Page| queues(page, "procnet_queue_bytes", "kind", "udp");
        let dropped = |page: &Page| page.value("procnet_dropped_packets", &[("kind", "udp")]);
        let page = agent.page();
        socket.set_nonblocking(true).unwrap();
        let mut bytes = [0; 1000];
        let read = std::iter::from_fn(|| socket.recv(&mut bytes).ok()).count();
        assert!((1..SENT).contains(&read), "{read}");
        assert_eq!(dropped(&page), Some((SENT - read) as f64));
        // The kernel counts the memory that they take.
        let [received, sent] = waiting(&page).unwrap();
        assert!(received >= (read * bytes.len()) as f64 && sent == 0.0, "{received} {sent}");
        let of_process = queues(&page, "procnet_process_queue_bytes", "comm", &comm).unwrap();
        assert!(of_process[0] >= received, "{of_process:?} {received}");
        let empty = agent.page_when(|page| waiting(page) == Some([0.0; 2]));
        assert_eq!(dropped(&empty), dropped(&page));
        // Of sockets that exist only.
        drop(socket);
        agent.page_when(|page| dropped(page) == Some(0.0));
    });
}

/// A listener whose accept queue is full, and the two connections that wait in it: the backlog, and one
/// more. What others send is dropped.
pub(crate) fn full_listener() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Its backlog changes with a second call.
    rustix::net::listen(&listener, 1).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting = (0..2).map(|_| TcpStream::connect(address).unwrap()).collect();
    (listener, waiting)
}

/// A socket that connects to an address, and does not wait for that.
fn connecting(to: SocketAddr) -> OwnedFd {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
    assert_eq!(connect(&socket, &to), Err(rustix::io::Errno::INPROGRESS));
    socket
}

#[test]
fn connections_that_send_again_are_counted_while_they_do() {
    private(|_| {
        let (listener, waiting) = full_listener();
        let address = listener.local_addr().unwrap();
        let agent = Agent::start(&[]);
        let again = |page: &Page| page.value("procnet_retransmitting_sockets", &[]);
        agent.page_when(|page| again(page) == Some(0.0));
        let unanswered: Vec<OwnedFd> = (0..3).map(|_| connecting(address)).collect();
        agent.page_when(|page| again(page) == Some(3.0));
        drop(unanswered);
        agent.page_when(|page| again(page) == Some(0.0));
        drop(waiting);
    });
}
