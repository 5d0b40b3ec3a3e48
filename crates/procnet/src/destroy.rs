//! Closing sockets, whoever owns them: what `ss -K` does (`SOCK_DESTROY`).
//!
//! A [`Target`] is made of a socket during a visit, and [`Scanner::destroy`] closes it. It names the socket
//! by its addresses *and* its cookie, which the kernel compares before it does anything. No other socket
//! has the same cookie, so a socket that has taken the addresses in the meantime is never closed.
//!
//! What the kernel does depends on the socket:
//!
//! - **TCP** (net/ipv4/tcp.c `tcp_abort`): it is closed at once. The peer is sent a reset; system calls of the
//!   owner return `ECONNABORTED`. Its descriptors stay open until the owner closes them.
//! - **A TCP listener** stops listening, and connections that were not accepted yet are reset. Those
//!   that were accepted are sockets of their own, which stay.
//! - **`TIME_WAIT`**: it is removed, so that its port is free again; by kernels that can, else
//!   [`Refusal::Unsupported`]. Nothing is sent.
//! - **UDP** (net/ipv4/udp.c `udp_abort`): it is disconnected from its peer, and system calls that wait
//!   return `ECONNABORTED`. If its port was named in `bind`, *it stays bound*, and receives again.
//! - Other kinds are not closed.
//!
//! It takes `CAP_NET_ADMIN` in the user namespace that owns the socket's network namespace, and a kernel
//! built with `CONFIG_INET_DIAG_DESTROY`.
//!
//! ```no_run
//! use procnet::{destroy::Target, Kinds, Query, Scanner, Source};
//!
//! let mut scanner = Scanner::new()?;
//! let query = Query::new().kinds(Kinds::TCP).source(Source::Netlink).owners(false);
//! let mut targets = Vec::new();
//! scanner.visit(&query.filter("dst 192.0.2.7".parse()?), |socket| {
//!     targets.extend(Target::of(socket));
//! })?;
//! for (target, outcome) in targets.iter().zip(scanner.destroy(&targets)) {
//!     println!("{} -> {}: {outcome}", target.local(), target.remote());
//! }
//! # Ok::<(), procnet::Error>(())
//! ```

mod outcome;

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64},
};

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use procnet_core::{State, netlink::inet};
use rustix::io::Errno;

pub use self::outcome::{Outcome, Refusal};
use crate::{
    Kind, Kinds, Scanner, Socket,
    coverage::{Failure, Fallback},
    netns::{Namespace, NetnsHandle},
    source::protocol_of,
};

/// A socket to close, with all that identifies it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    kind: Kind,
    state: State,
    local: SocketAddr,
    remote: SocketAddr,
    interface: Option<NonZeroU32>,
    cookie: NonZeroU64,
    /// `None` if the query selects none.
    netns: Option<Namespace>,
}

impl Target {
    /// A socket of a visit.
    ///
    /// # Errors
    ///
    /// [`Refusal::Kind`], [`Refusal::Raw`] or [`Refusal::NoCookie`], if the kernel is not to be asked to
    /// close it.
    pub fn of(socket: &Socket<'_>) -> Result<Target, Refusal> {
        let kind = socket.kind;
        if Kinds::RAW.contains(kind) {
            return Err(Refusal::Raw);
        }
        // The kernel has no handler that closes others (`struct inet_diag_handler`, `destroy`).
        if !(Kinds::TCP | Kinds::UDP | Kinds::UDPLITE).contains(kind) {
            return Err(Refusal::Kind);
        }
        let (Some(local), Some(remote)) = (socket.local(), socket.remote()) else {
            return Err(Refusal::Kind);
        };
        let cookie = socket.cookie().and_then(NonZeroU64::new).ok_or(Refusal::NoCookie)?;
        Ok(Target {
            kind,
            state: socket.state,
            local,
            remote,
            interface: socket.interface(),
            cookie,
            netns: socket.netns.cloned(),
        })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its state when it was visited.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Its address and port.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The address and port of its peer, all zeros if there is none.
    #[must_use]
    pub fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Its cookie.
    #[must_use]
    pub fn cookie(&self) -> u64 {
        self.cookie.get()
    }

    /// Its network namespace; `None` if the query selected none.
    #[must_use]
    pub fn netns(&self) -> Option<&Namespace> {
        self.netns.as_ref()
    }

    fn request(&self) -> Result<inet::Destroy, Refusal> {
        let (_, protocol) = protocol_of(self.kind).ok_or(Refusal::Kind)?;
        let Target { local, remote, interface, cookie, .. } = *self;
        Ok(inet::Destroy { protocol, local, remote, interface, cookie: cookie.get() })
    }

    /// Whether its remote end is all zeros.
    fn is_alone(&self) -> bool {
        self.remote.ip().is_unspecified() && self.remote.port() == 0
    }

    /// The meaning of the kernel's answer; `None` if it found no such socket.
    fn outcome(&self, answer: Result<(), Errno>) -> Option<Outcome> {
        let refusal = match answer {
            Ok(()) => return Some(Outcome::Closed),
            Err(Errno::NOENT) => return None,
            Err(Errno::PERM) => Refusal::NotPermitted,
            // `EINVAL`: sock_diag knows no such request (net/core/sock_diag.c `sock_diag_rcv_msg` before 4.5).
            Err(Errno::OPNOTSUPP | Errno::INVAL) => Refusal::Unsupported(self.state),
            Err(errno) => Refusal::Failed(Failure::new(errno)),
        };
        Some(Outcome::Refused(refusal))
    }
}

impl Scanner {
    /// Closes sockets of this scanner's last visit, in the network namespaces that it visited; returns an
    /// outcome for each, in their order.
    ///
    /// That takes a request for each socket, some microseconds. For sockets that the kernel does not find by
    /// their addresses, it takes one dump of their kind to tell those that have ended from the others, and up
    /// to 4096 requests for each that shares its port with others (`SO_REUSEPORT`).
    pub fn destroy(&mut self, targets: &[Target]) -> Vec<Outcome> {
        let mut outcomes: Vec<_> = targets.iter().map(|target| self.destroy_one(target)).collect();
        // By namespace and kind, the positions of those that were not found.
        let mut missing: HashMap<(Option<Namespace>, Kind), Vec<usize>, RandomState> =
            HashMap::default();
        for (at, target) in targets.iter().enumerate() {
            if outcomes.get(at).is_some_and(Option::is_none) {
                missing.entry((target.netns.clone(), target.kind)).or_default().push(at);
            }
        }
        for ((_, kind), missed) in missing {
            for (at, outcome) in self.settle(kind, &missed, targets) {
                if let Some(unknown) = outcomes.get_mut(at) {
                    *unknown = Some(outcome);
                }
            }
        }
        // All of them are settled.
        outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Gone)).collect()
    }

    /// `None` if the kernel finds no such socket.
    fn destroy_one(&mut self, target: &Target) -> Option<Outcome> {
        let asked = target.request().and_then(|request| {
            let netns = self.visited(target)?;
            let mut client = self.sources.client.lock();
            client.destroy(&self.root, netns, target.kind, request).map_err(Refusal::Unavailable)
        });
        match asked {
            Ok(answer) => target.outcome(answer),
            Err(refusal) => Some(Outcome::Refused(refusal)),
        }
    }

    /// What became of sockets of a kind in a namespace that were not found by their addresses.
    fn settle(&self, kind: Kind, missed: &[usize], targets: &[Target]) -> Vec<(usize, Outcome)> {
        let of = |at: &usize| targets.get(*at);
        let Some(netns) = missed.first().and_then(of).and_then(|first| self.visited(first).ok())
        else {
            return Vec::new();
        };
        let cookies = missed.iter().filter_map(of).map(Target::cookie).collect();
        let mut client = self.sources.client.lock();
        let present = client.present(&self.root, netns, kind, &cookies);
        let mut settle = |target: &Target, present: &HashSet<u64, RandomState>| {
            if !present.contains(&target.cookie()) {
                return Outcome::Gone;
            }
            let not_found = Outcome::Refused(Refusal::NotFound);
            let Some(request) = target.request().ok().filter(|_| target.is_alone()) else {
                return not_found;
            };
            match client.destroy_among(&self.root, netns, kind, request) {
                Ok(answer) => target.outcome(answer).unwrap_or(not_found),
                Err(fallback) => Outcome::Refused(Refusal::Unavailable(fallback)),
            }
        };
        let outcome = |at: &usize| {
            let target = of(at)?;
            let outcome = match &present {
                Ok(present) => settle(target, present),
                Err(errno) => Outcome::Refused(Refusal::Failed(Failure::new(*errno))),
            };
            Some((*at, outcome))
        };
        missed.iter().filter_map(outcome).collect()
    }

    /// The network namespace of a socket, if the last visit included it.
    fn visited(&self, target: &Target) -> Result<&NetnsHandle, Refusal> {
        let is_it = |handle: &&NetnsHandle| {
            target.netns.as_ref().is_none_or(|netns| handle.namespace == *netns)
        };
        let gone = Fallback::NotEntered(Failure::new(Errno::SRCH));
        self.visited_namespaces().iter().find(is_it).ok_or(Refusal::Unavailable(gone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the answers of kernels mean that cannot close the socket.
    #[test]
    fn each_answer_of_the_kernel_has_its_outcome() {
        let target = |state| Target {
            kind: Kind::Tcp,
            state,
            local: "127.0.0.1:80".parse().unwrap(),
            remote: "127.0.0.1:40000".parse().unwrap(),
            interface: None,
            cookie: NonZeroU64::MIN,
            netns: None,
        };
        let outcome = |answer| target(State::ESTABLISHED).outcome(answer);
        assert_eq!(outcome(Ok(())), Some(Outcome::Closed));
        assert_eq!(outcome(Err(Errno::NOENT)), None);
        let refused = |errno| match outcome(Err(errno)) {
            Some(Outcome::Refused(refusal)) => (refusal, refusal.name(), refusal.help().is_some()),
            other => panic!("{other:?}"),
        };
        let unsupported = Refusal::Unsupported(State::ESTABLISHED);
        assert_eq!(refused(Errno::PERM), (Refusal::NotPermitted, "not_permitted", true));
        // Without CONFIG_INET_DIAG_DESTROY, and before 4.5.
        assert_eq!(refused(Errno::OPNOTSUPP), (unsupported, "unsupported", true));
        assert_eq!(refused(Errno::INVAL), (unsupported, "unsupported", true));
        let other = Refusal::Failed(Failure::new(Errno::NOBUFS));
        assert_eq!(refused(Errno::NOBUFS), (other, "failed", false));
        let outcome = target(State::TIME_WAIT).outcome(Err(Errno::OPNOTSUPP)).unwrap();
        assert_eq!(outcome.to_string(), "this kernel cannot close sockets in TIME_WAIT");
    }
}
