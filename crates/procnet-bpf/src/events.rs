//! Sockets that begin and end.

mod maps;
mod options;
mod ring;
mod wakeup;

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

pub use options::EventOptions;

pub(crate) use maps::Maps;

use crate::{Change, Loader, Refusal, SocketEvent};
use ring::Ring;
use wakeup::Wakeup;

/// Programs that report TCP sockets that begin and end, loaded and attached to the kernel's tracepoints.
///
/// Events wait in a ring buffer until they are [read](Events::read). If that is full, further ones are
/// lost, and counted: [`Received::lost_births`], [`Received::lost_ends`].
///
/// It is a descriptor that is readable when something waits, for `poll` and the like, some 20 ms after
/// the event at the latest: at high rates, waking the reader for each event would cost more than all
/// else.
///
/// The tracepoints are the host's: every process pays for them, with 0.2 to 1 µs for each change of the
/// state of a TCP socket, whichever namespace it is in. What does not pass the
/// [options](EventOptions) costs the least. When this is dropped, nothing stays behind.
///
/// Capabilities can be dropped after loading. So never hand a kept value of this to code that should not
/// see the connections of all users.
///
/// ```no_run
/// use procnet_bpf::{Change, EventOptions, Events};
///
/// let mut events = Events::load(&EventOptions::new())?;
/// std::thread::sleep(std::time::Duration::from_secs(1));
/// let received = events.read(|event| {
///     if let (Change::Ended, Some(traffic)) = (event.change, event.traffic) {
///         println!("{} - {}: {} bytes", event.local, event.remote, traffic.bytes_sent);
///     }
/// })?;
/// println!("{} ends were lost", received.lost_ends);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Events {
    ring: Ring,
    maps: Maps,
    wakeup: Wakeup,
    /// Lost before the last read.
    lost: [u64; 2],
    /// Tracepoints, and the programs on them, which keep the maps.
    _links: Vec<(OwnedFd, OwnedFd)>,
}

/// What one call of [`Events::read`] received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Events of sockets that began.
    pub began: u64,
    /// Events of sockets that ended.
    pub ended: u64,
    /// Events of sockets that began that were lost since the last call, because the ring buffer was full.
    pub lost_births: u64,
    /// The same of sockets that ended.
    pub lost_ends: u64,
    /// Records that do not decode.
    pub undecodable: u64,
    /// Whether more are waiting, as the call ended after a whole ring.
    pub more: bool,
}

impl Events {
    /// Asks whether programs may be loaded, reads the kernel's type information, and loads these. With
    /// more programs to load, use a [`Loader`].
    ///
    /// # Errors
    ///
    /// What does not permit it.
    pub fn load(options: &EventOptions) -> Result<Events, Refusal> {
        Loader::new()?.events(options)
    }

    pub(crate) fn new(maps: Maps, links: Vec<(OwnedFd, OwnedFd)>) -> Result<Events, Refusal> {
        let ring = Ring::new(maps.ring.as_fd(), maps.ring_size).map_err(maps::failed("mmap"))?;
        let wakeup = Wakeup::new(maps.ring.as_fd()).map_err(maps::failed("epoll"))?;
        Ok(Events { ring, maps, wakeup, lost: [0; 2], _links: links })
    }

    /// Reports what waits, in the order in which it happened on each CPU, and returns without waiting
    /// for more. Allocates nothing.
    ///
    /// # Errors
    ///
    /// If the next time to wake up cannot be set. The events were reported.
    pub fn read(&mut self, mut each: impl FnMut(&SocketEvent)) -> io::Result<Received> {
        let mut received = Received::default();
        received.more = self.ring.read(|record| {
            let Ok(event) = record
                .first_chunk()
                .ok_or(())
                .and_then(|record| SocketEvent::decode(record).map_err(drop))
            else {
                received.undecodable += 1;
                return;
            };
            match event.change {
                Change::Began => received.began += 1,
                Change::Ended => received.ended += 1,
            }
            each(&event);
        });
        let lost = self.maps.lost();
        received.lost_births = lost[0] - self.lost[0];
        received.lost_ends = lost[1] - self.lost[1];
        self.lost = lost;
        if received.began + received.ended + received.undecodable > 0 {
            self.wakeup.after_events()?;
        } else {
            self.wakeup.after_nothing()?;
        }
        Ok(received)
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wakeup.as_fd()
    }
}
