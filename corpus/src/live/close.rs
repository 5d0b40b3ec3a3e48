//! Connections that are closed from one end.

use std::os::fd::AsFd;

use rustix::io::{read, retry_on_intr};

/// Closes one end of a connection, and then the other, once it has received that.
///
/// Of two ends that are closed at once, both may be in `TIME_WAIT`: on a busy host, a thread of the kernel receives,
/// and not the process that sends (kernel/softirq.c `ksoftirqd`).
pub fn close_in_order(first: impl AsFd, second: impl AsFd) {
    drop(first);
    let received = retry_on_intr(|| read(&second, &mut [0_u8; 1]));
    assert_eq!(received, Ok(0), "data before the end");
    drop(second);
}
