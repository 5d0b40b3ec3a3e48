//! Which ways of a connection were shut down.

/// What a socket has shut down (`sk_shutdown`, include/net/sock.h: `RCV_SHUTDOWN` and
/// `SEND_SHUTDOWN`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shutdown(
    /// The kernel's bits.
    pub u8,
);

impl Shutdown {
    /// Whether nothing is received any more.
    #[must_use]
    pub fn receiving(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether nothing is sent any more.
    #[must_use]
    pub fn sending(self) -> bool {
        self.0 & 2 != 0
    }
}
