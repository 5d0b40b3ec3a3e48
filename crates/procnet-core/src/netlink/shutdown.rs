//! The directions of a connection that were shut down.

/// The directions that a socket has shut down (`sk_shutdown`, include/net/sock.h: `RCV_SHUTDOWN` and
/// `SEND_SHUTDOWN`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shutdown(
    /// The kernel's bits.
    pub u8,
);

impl Shutdown {
    /// Whether receiving is shut down.
    #[must_use]
    pub fn receiving(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether sending is shut down.
    #[must_use]
    pub fn sending(self) -> bool {
        self.0 & 2 != 0
    }
}
