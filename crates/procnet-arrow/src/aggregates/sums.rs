//! What is added up of the sockets of a group.

use crate::Row;

/// What is added up of the sockets of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) sockets: u64,
    pub(super) rx_queue: u64,
    pub(super) tx_queue: u64,
    pub(super) drops: u64,
    /// Of `tcp_info`: unknown if no socket has it.
    pub(super) total_retrans: Option<u64>,
    pub(super) bytes_sent: Option<u64>,
    pub(super) bytes_received: Option<u64>,
    pub(super) bytes_retrans: Option<u64>,
    pub(super) suspect: u64,
}

impl Sums {
    #[inline]
    pub(super) fn add(&mut self, socket: &Row<'_>) {
        let whole = |number: Option<u32>| u64::from(number.unwrap_or(0));
        self.sockets += 1;
        self.rx_queue += whole(socket.rx_queue);
        self.tx_queue += whole(socket.tx_queue);
        self.drops += whole(socket.drops);
        self.suspect += u64::from(socket.suspect);
        let Some(info) = &socket.tcp_info else { return };
        add(&mut self.total_retrans, info.total_retrans.map(u64::from));
        add(&mut self.bytes_sent, info.bytes_sent);
        add(&mut self.bytes_received, info.bytes_received);
        add(&mut self.bytes_retrans, info.bytes_retrans);
    }
}

/// The kernel's numbers have 64 bits, so their sum may have more.
fn add(sum: &mut Option<u64>, more: Option<u64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
    }
}
