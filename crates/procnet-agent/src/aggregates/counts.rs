//! What is counted of a group of sockets.

use std::ops::AddAssign;

use procnet::Socket;

/// What is counted of a group of sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of sockets.
    pub sockets: u64,
    /// The queues of those that do not listen.
    pub queues: Queues,
    /// Those that the peer has closed, and their process has not.
    pub close_wait: u64,
}

/// Bytes in queues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Bytes waiting to be read.
    pub receive: u64,
    /// Bytes waiting to be sent or acknowledged.
    pub send: u64,
}

impl Queues {
    pub(super) fn of(socket: &Socket<'_>) -> Queues {
        Queues {
            receive: u64::from(socket.rx_queue().unwrap_or(0)),
            send: u64::from(socket.tx_queue().unwrap_or(0)),
        }
    }
}

impl AddAssign for Queues {
    fn add_assign(&mut self, more: Queues) {
        self.receive += more.receive;
        self.send += more.send;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        let Counts { sockets, queues, close_wait } = more;
        self.sockets += sockets;
        self.queues += queues;
        self.close_wait += close_wait;
    }
}
