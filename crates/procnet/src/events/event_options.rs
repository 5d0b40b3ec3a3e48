//! What a subscription to events is to report, beside the query.

/// What [`Scanner::socket_events`](crate::Scanner::socket_events) reports, and what that may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventOptions {
    pub(super) births: bool,
    pub(super) first_use: bool,
    pub(super) unmatched: bool,
    pub(super) buffer: u32,
}

impl EventOptions {
    /// Births and ends of TCP sockets, and a buffer of 4 MiB.
    #[must_use]
    pub fn new() -> EventOptions {
        EventOptions { births: true, first_use: false, unmatched: false, buffer: 4 << 20 }
    }

    /// Whether sockets that begin are reported, or only those that end, which then have the same: when
    /// they began, and whose they were. The default is both.
    #[must_use]
    pub fn births(mut self, births: bool) -> EventOptions {
        self.births = births;
        self
    }

    /// Whether every send and receive on the host is watched for the first one of each socket, since Linux
    /// 6.3. Then the process that is the first to use an accepted connection is its owner; without, only
    /// the one that closes it. And UDP sockets are reported when they are used for the first time since
    /// the subscription.
    ///
    /// It costs each send and receive of any socket 0.1 to 0.4 µs of CPU time, so it is off by default.
    #[must_use]
    pub fn first_use(mut self, first_use: bool) -> EventOptions {
        self.first_use = first_use;
        self
    }

    /// Whether sockets that are known not to match the query's filter are reported, too, with
    /// [`matches`](super::SocketEvent::matches) `Some(false)`: for comparison with what else is known of
    /// them. Those with another port than the only one that the filter accepts are left out in any case.
    /// The default is not to.
    #[must_use]
    pub fn unmatched(mut self, unmatched: bool) -> EventOptions {
        self.unmatched = unmatched;
        self
    }

    /// The size of the buffer in which events wait, in bytes, which is allocated at once; rounded up to a
    /// power of two that is at least a page. An event takes 144 bytes.
    #[must_use]
    pub fn buffer(mut self, bytes: u32) -> EventOptions {
        self.buffer = bytes;
        self
    }
}

impl Default for EventOptions {
    fn default() -> EventOptions {
        EventOptions::new()
    }
}
