//! Connection tracking: which network namespace to ask about, and the source to ask.
//!
//! The records are read with [`network::tracked`](crate::network::tracked()),
//! [`counters::conntrack_stats`](crate::counters::conntrack_stats()) and
//! [`counters::conntrack_counts`](crate::counters::conntrack_counts()); a [`ConntrackQuery`] selects
//! another network namespace, or only one of the two sources, for the methods of
//! [`Scanner`] that take one.

mod client;
mod unavailable;

use rustix::fs::AtFlags;

pub(crate) use self::client::{Ctnetlink, Rest};
use crate::{Error, Netns, ProcRoot, Scanner, Source, coverage::Fallback, netns::NetnsHandle};

/// The network namespace whose connection tracking is read, and from where.
///
/// ```
/// use procnet::{ErrorKind, Netns, Scanner, Source, conntrack::ConntrackQuery};
///
/// let query = ConntrackQuery::new().netns(Netns::Pid(1)).source(Source::Procfs);
/// match Scanner::new()?.conntrack_counts_of(&query) {
///     Ok(counts) => println!("{} of {}", counts.count, counts.max),
///     Err(error) => println!("{error}"),
/// }
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConntrackQuery {
    netns: Netns,
    source: Source,
}

impl Default for ConntrackQuery {
    fn default() -> ConntrackQuery {
        ConntrackQuery { netns: Netns::Own, source: Source::Auto }
    }
}

impl ConntrackQuery {
    /// The root's own network namespace, from ctnetlink if it answers, else from /proc.
    #[must_use]
    pub fn new() -> ConntrackQuery {
        ConntrackQuery::default()
    }

    /// Selects the network namespace; not [`Netns::All`].
    #[must_use]
    pub fn netns(mut self, netns: Netns) -> ConntrackQuery {
        self.netns = netns;
        self
    }

    /// Selects the source: [`Source::Netlink`] is ctnetlink; there is no [`Source::Recorded`].
    #[must_use]
    pub fn source(mut self, source: Source) -> ConntrackQuery {
        self.source = source;
        self
    }

    /// Why the options contradict each other.
    fn contradiction(&self) -> Option<&'static str> {
        match (&self.netns, self.source) {
            (Netns::All, _) => Some("connections are read of one network namespace at a time"),
            (_, Source::Bpf) => Some("BPF iterators do not report tracked connections"),
            (_, Source::Recorded) => Some("there are no recordings of tracked connections"),
            _ => None,
        }
    }

    /// Whether the namespace is the root's own.
    pub(crate) fn is_own(&self) -> bool {
        self.netns == Netns::Own
    }
}

/// Whether connection tracking is loaded, as far as that can be seen: the module has parameters and
/// a sysctl, whatever it is built as. Asking ctnetlink would load it.
fn is_loaded(root: &ProcRoot) -> bool {
    let is_there = |path: &[u8]| rustix::fs::statat(root.dir(), path, AtFlags::empty()).is_ok();
    is_there(b"sys/net/netfilter/nf_conntrack_max")
        || is_there(b"sys/net/netfilter/nf_conntrack_count")
        || (root.is_live() && std::path::Path::new("/sys/module/nf_conntrack").exists())
}

/// How the sources of connection tracking are asked.
impl Scanner {
    /// The network namespace of a query.
    fn tracking_namespace(&mut self, query: &ConntrackQuery) -> Result<NetnsHandle, Error> {
        if let Some(why) = query.contradiction() {
            return Err(Error::invalid_query(self.root().path(), why));
        }
        self.one_namespace(&query.netns)
    }

    /// Asks ctnetlink, then /proc, as far as the query permits and until one answers.
    /// Both are passed `taker`, which takes the rows if they are not returned.
    pub(crate) fn first_source<T, V: ?Sized>(
        &mut self,
        query: &ConntrackQuery,
        taker: &mut V,
        netlink: impl FnOnce(&mut Scanner, &NetnsHandle, &mut V) -> Result<T, Fallback>,
        procfs: impl FnOnce(&mut Scanner, &NetnsHandle, Option<Fallback>, &mut V) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let netns = self.tracking_namespace(query)?;
        let mut refusal = None;
        if query.source != Source::Procfs {
            match netlink(self, &netns, taker) {
                Ok(answer) => return Ok(answer),
                Err(why) if query.source == Source::Netlink => {
                    return Err(unavailable::netlink(self.root(), &netns, why));
                }
                Err(why) => refusal = Some(why),
            }
        }
        let read = procfs(self, &netns, refusal, taker);
        read.map_err(|error| unavailable::both(self.root(), error, refusal))
    }
}
