//! Receives the rest of a long dump in a thread of its own.
//!
//! The kernel lists sockets within the call that receives them (net/netlink/af_netlink.c
//! `netlink_recvmsg` calls `netlink_dump`). So while one processor is busy in the kernel, another
//! can look up owners and report sockets. This takes a few megabytes, however long the dump is: as
//! many as are received while the sockets are reported that were received ahead.
//!
//! Only answers that were requested while other threads walked are received this way: whoever
//! permitted one thread gets one thread.

mod exchange;

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use rustix::io::Errno;

use self::exchange::Exchange;
use super::datagrams::Datagrams;
use crate::netlink::{Answer, DATAGRAM, NetlinkSocket, Waited};

/// The number of batches in circulation: one being filled, one being read, and as many waiting as are
/// filled in the 50 ms that it takes to report half a million sockets. The one emptied last is filled
/// next, so that as a rule three of them are used.
const BATCHES: usize = 24;

/// The size at which a batch is passed on: some 2 ms of the kernel's work, so that waking the
/// reader costs next to nothing.
const BATCH: usize = 16 * DATAGRAM;

/// Datagrams on their way from the thread that receives to the one that reads.
#[derive(Debug, Default)]
struct Batch {
    datagrams: Datagrams,
    /// Whether no other batch of the answer follows, and why not if that is a failure.
    last: Option<Result<(), Errno>>,
    /// The datagrams of other senders that were discarded.
    foreign: u64,
}

impl Batch {
    /// A batch that no other follows.
    fn last(result: Result<(), Errno>) -> Batch {
        Batch { last: Some(result), ..Batch::default() }
    }
}

/// An answer to be received.
#[derive(Debug)]
struct Job {
    socket: NetlinkSocket,
    answer: Answer,
    waited: Waited,
}

/// A thread that receives. It is started at the first use, and sleeps between dumps.
#[derive(Debug)]
pub(super) struct Receiver {
    /// The size of a batch, and the number of batches.
    size: usize,
    batches: usize,
    thread: Option<Receiving>,
    /// Whether the last batch of the current answer is still to come.
    is_receiving: bool,
    batch: Batch,
    /// The index of the next datagram in the batch.
    next: usize,
    /// The datagrams of other senders that were discarded.
    foreign: u64,
}

#[derive(Debug)]
struct Receiving {
    exchange: Arc<Exchange>,
    thread: JoinHandle<()>,
}

impl Default for Receiver {
    fn default() -> Receiver {
        Receiver::with_batches(BATCHES, BATCH)
    }
}

impl Receiver {
    fn with_batches(batches: usize, size: usize) -> Receiver {
        let (batch, is_receiving) = (Batch::default(), false);
        Receiver { size, batches, thread: None, is_receiving, batch, next: 0, foreign: 0 }
    }

    /// Begins to receive an answer, for which others have `waited` before. An error means that it is
    /// still to be received by the caller, as no thread can be started.
    pub(super) fn start(
        &mut self,
        socket: &NetlinkSocket,
        answer: Answer,
        waited: Waited,
    ) -> Result<(), Errno> {
        self.stop();
        if self.thread.is_none() {
            self.thread = Some(Receiving::spawn(self.batches, self.size)?);
            self.batch.datagrams.reserve(self.size);
        }
        let job = Job { socket: socket.duplicate()?, answer, waited };
        let exchange = self.thread.as_ref().map(|thread| &thread.exchange);
        exchange.ok_or(Errno::AGAIN)?.begin(job)?;
        self.is_receiving = true;
        Ok(())
    }

    /// The next datagram.
    pub(super) fn next(&mut self) -> Result<&[u8], Errno> {
        while self.next >= self.batch.datagrams.count() {
            match self.batch.last {
                Some(Err(errno)) => return Err(errno),
                // The end of the answer has already been read.
                Some(Ok(())) => return Err(Errno::BADMSG),
                None => self.next_batch()?,
            }
        }
        self.next += 1;
        Ok(self.batch.datagrams.get(self.next - 1).unwrap_or_default())
    }

    /// Takes over the next batch, and hands the one before back to be filled again.
    fn next_batch(&mut self) -> Result<(), Errno> {
        let thread = self.thread.as_ref().filter(|_| self.is_receiving).ok_or(Errno::BADF)?;
        let batch = thread.exchange.take_full();
        self.is_receiving = batch.last.is_none();
        self.next = 0;
        self.foreign += batch.foreign;
        thread.exchange.put_empty(std::mem::replace(&mut self.batch, batch));
        Ok(())
    }

    /// The number of datagrams from other senders since the last call.
    pub(super) fn take_foreign(&mut self) -> u64 {
        std::mem::take(&mut self.foreign)
    }

    /// Ends the current answer, even if it has not been received to its end.
    pub(super) fn stop(&mut self) {
        if let Some(thread) = &self.thread {
            thread.exchange.set_stopped(true);
        }
        while self.is_receiving && self.next_batch().is_ok() {}
        if let Some(thread) = &self.thread {
            thread.exchange.set_stopped(false);
        }
        self.batch.datagrams.clear();
        (self.batch.last, self.next, self.is_receiving) = (None, 0, false);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop();
        if let Some(Receiving { exchange, thread }) = self.thread.take() {
            exchange.close();
            // A thread that panicked has already printed the reason.
            let _ = thread.join();
        }
    }
}

impl Receiving {
    fn spawn(batches: usize, size: usize) -> Result<Receiving, Errno> {
        let exchange = Arc::new(Exchange::new(batches, size));
        let shared = Arc::clone(&exchange);
        let receive = move || {
            // A reader never waits for a thread that is gone.
            let _closed = shared.close_on_drop();
            while let Some(job) = shared.take_job() {
                receive_all(&job, &shared);
            }
        };
        let thread = thread::Builder::new()
            .name("procnet-receive".to_owned())
            .stack_size(256 << 10)
            .spawn(receive)
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::AGAIN))?;
        Ok(Receiving { exchange, thread })
    }
}

/// Receives an answer to its end, batch by batch.
fn receive_all(job: &Job, exchange: &Exchange) {
    let (mut answer, mut waited) = (job.answer, job.waited);
    let (size, mut is_last) = (exchange.size(), false);
    while !is_last {
        let Some(mut batch) = exchange.take_empty() else { return };
        batch.datagrams.clear();
        batch.datagrams.reserve(size);
        batch.last = None;
        while batch.last.is_none() && batch.datagrams.size() + DATAGRAM <= size {
            if exchange.is_stopped() {
                batch.last = Some(Err(Errno::CANCELED));
                break;
            }
            batch.last = match batch.datagrams.receive(&job.socket, &mut waited) {
                Ok(datagram) => answer.ends_in(datagram).then_some(Ok(())),
                Err(errno) => Some(Err(errno)),
            };
        }
        is_last = batch.last.is_some();
        batch.foreign = waited.take_foreign();
        exchange.put_full(batch);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{collections::HashSet, net::TcpListener};

    use procnet_core::{
        ByteOrder, Inode,
        netlink::{Envelope, Messages, States, inet},
        table::inet::Family,
    };
    use rustix::fs::fstat;

    use super::*;
    use crate::netlink::Protocol;

    /// Requests all TCP sockets, with details, so that the answer is long.
    pub(in super::super) fn request() -> (NetlinkSocket, Answer) {
        let socket = NetlinkSocket::open(Protocol::SockDiag).unwrap();
        let dump = inet::Dump {
            family: Family::V4,
            protocol: inet::Protocol::TCP,
            states: States::ALL,
            extensions: inet::Extensions::TCP_INFO,
            bytecode: &[],
        };
        let mut space = [0; 128];
        socket.send(dump.write(&mut space, Envelope::native(7)).unwrap()).unwrap();
        (socket, Answer::to(7))
    }

    /// Adds the inodes in a datagram. Returns whether the answer ends in it.
    pub(in super::super) fn inodes_of(datagram: &[u8], inodes: &mut HashSet<Inode>) -> bool {
        for message in Messages::new(datagram, ByteOrder::NATIVE) {
            let socket = inet::Socket::decode(message.unwrap().payload);
            inodes.extend(socket.ok().and_then(|socket| socket.inode));
        }
        Answer::to(7).ends_in(datagram)
    }

    #[test]
    fn every_datagram_arrives_in_order_and_an_answer_may_be_left() {
        let sockets: Vec<_> = (0..600).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let inode = |socket| Inode::new(fstat(socket).unwrap().st_ino).unwrap();
        let mut receiver = Receiver::with_batches(3, DATAGRAM);
        for left_after in [usize::MAX, 1, 3, usize::MAX] {
            let (socket, answer) = request();
            receiver.start(&socket, answer, Waited::default()).unwrap();
            let (mut inodes, mut datagrams, mut ended) = (HashSet::new(), 0, false);
            while !ended && datagrams < left_after {
                ended = inodes_of(receiver.next().unwrap(), &mut inodes);
                datagrams += 1;
            }
            if ended {
                assert!(datagrams > 3, "{datagrams} datagrams");
                assert!(sockets.iter().all(|socket| inodes.contains(&inode(socket))));
            }
        }
        assert_eq!(receiver.next(), Err(Errno::BADMSG));
        receiver.stop();
        assert_eq!(receiver.next(), Err(Errno::BADF));
    }

    #[test]
    fn a_failure_to_receive_is_reported() {
        let socket = NetlinkSocket::open(Protocol::SockDiag).unwrap();
        socket.set_nonblocking();
        let mut receiver = Receiver::default();
        receiver.start(&socket, Answer::to(7), Waited::default()).unwrap();
        assert_eq!(receiver.next(), Err(Errno::AGAIN));
    }
}
