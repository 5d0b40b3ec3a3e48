//! Births and ends of sockets, as the kernel reports them: each event is lent to whoever wants it.

mod counts;
mod event;
mod lifetimes;
mod processes;
mod source;

pub use self::{
    counts::{EventCounts, WAYS, way_name},
    event::{Event, Moved, Reported},
    lifetimes::{BOUNDS, Lifetimes},
    processes::{OfProcess, ProcessEvents},
    source::{EventSource, Received},
};

/// What wants events. It runs on the thread that reads, within the budget of CPU time.
///
/// To add one, implement this: [`Refresher`](crate::refresh::Refresher) keeps a list.
pub trait Consumer: std::fmt::Debug + Send {
    /// An event. It is borrowed: what is kept has to be copied.
    fn event(&mut self, event: &Event<'_>);

    /// What waited has been read; of what came before, this was lost or does not decode.
    fn end(&mut self, received: &Received);

    /// Events cannot be read any more.
    fn failed(&mut self, _: &std::io::Error) {}

    /// When it wants a read at the latest, though no event may wait.
    fn due(&self) -> Option<std::time::Instant> {
        None
    }
}
