//! Sockets from a BPF iterator: one pass over the descriptors of all processes reports the sockets of
//! all network namespaces, where every dump of one namespace walks the kernel's one hash table.
//!
//! The pass is made when a visit first needs it, and its rows are kept until the visit ends. It sees
//! only sockets that a descriptor holds: see [`counts`]. Among the sources of [`Source::Auto`] it
//! answers for tcp, in namespaces where it has provably missed none; alone it answers anyway, and the
//! coverage says what may be missing. Owners come from the same pass.

mod chances;
mod counts;
mod index;
mod program;
mod row;

use std::ops::ControlFlow;

use procnet_core::Inode;
use rustix::{
    io::Errno,
    time::{ClockId, clock_getres},
};

use self::{
    chances::Chances,
    counts::{Counts, Seen},
    index::Index,
    program::Program,
};
use super::{
    Source,
    request::{Ahead, Outcome, Prefetch, Request, SocketSource},
};
use crate::{
    Error, Filter, Kind, Kinds, ProcRoot,
    bpf::SharedLoader,
    coverage::{Failure, Fallback, NoBpf},
    netns::{Namespace, NetnsHandle},
    owners::Held,
    plan::Plan,
    sink::Sink,
};

/// From how many network namespaces on a pass takes less time than a dump of each: once its program
/// is loaded, and if it still has to be.
const WORTH_A_PASS: usize = 4;
const WORTH_LOADING: usize = 12;

/// What a visit uses the source for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Role {
    #[default]
    Unused,
    /// The first of all sources.
    First,
    /// The only source.
    Only,
}

/// Makes passes, into one buffer that is reused.
#[derive(Debug, Default)]
pub(super) struct Bpf {
    loader: SharedLoader,
    /// The program, kept from visit to visit.
    loaded: Option<Result<Program, NoBpf>>,
    /// Whether an earlier visit was to several network namespaces.
    is_kept: bool,
    role: Role,
    /// Whether a pass answers, where the other way is one dump.
    chances: Chances,
    /// The result of the pass of this visit.
    passed: Option<Result<(), Failure>>,
    index: Index,
    namespaces: Vec<CountedNamespace>,
    text: Vec<u8>,
    /// The length of a jiffy in nanoseconds.
    jiffy: u64,
}

/// The kernel's counts of a network namespace.
#[derive(Clone, Copy, Debug)]
struct CountedNamespace {
    number: u32,
    before: Option<Counts>,
    /// `None` until they are read.
    after: Option<Option<Counts>>,
}

/// The number of a network namespace, by which rows name it.
fn number(netns: &NetnsHandle) -> Option<u32> {
    netns.namespace.inode.and_then(|inode| u32::try_from(inode).ok())
}

impl Bpf {
    pub(super) fn new(loader: &SharedLoader) -> Bpf {
        Bpf { loader: loader.clone(), ..Bpf::default() }
    }

    /// Whether a pass is likely to be faster than dumps, and reports what the query needs.
    fn pays(&mut self, root: &ProcRoot, plan: &Plan<'_>, namespaces: &[NetnsHandle]) -> bool {
        let is_several = namespaces.len() >= WORTH_A_PASS;
        let is_kept = is_several && std::mem::replace(&mut self.is_kept, true);
        let enough = if plan.query.is_one_pass() {
            1
        } else if is_kept {
            WORTH_A_PASS
        } else {
            WORTH_LOADING
        };
        let mut tables = (plan.kinds & Kinds::TCP).iter();
        let lacks = |filter: &Filter| filter.needs_attributes() || filter.needs_port_locks();
        namespaces.len() >= enough
            // Listeners are in a hash of their own, which is short.
            && tables.any(|kind| !plan.is_listeners(kind))
            && plan.details(Kind::Tcp).is_empty()
            && !plan.filter().is_some_and(lacks)
            && plan.query.limit.is_none()
            && (self.loaded.is_some() || root.is_of_own_pid_namespace())
    }

    fn load(&mut self, root: &ProcRoot) -> Result<(), NoBpf> {
        let Bpf { loader, loaded, .. } = self;
        let load = || match root.is_of_own_pid_namespace() {
            true => Program::load(loader),
            false => Err(NoBpf::OtherRoot),
        };
        loaded.get_or_insert_with(load).as_ref().map(drop).map_err(Clone::clone)
    }

    /// Makes the pass, unless this visit has made it.
    fn pass(&mut self) -> Result<(), Failure> {
        self.pass_for(&mut |_pid, _fd, _held| {})
    }

    /// Makes the pass, unless this visit has made it, and reports who holds which file.
    fn pass_for(&mut self, each: &mut dyn FnMut(u32, u32, Held)) -> Result<(), Failure> {
        let Bpf { loaded, passed, index, .. } = self;
        *passed.get_or_insert_with(|| {
            let Some(Ok(program)) = loaded else { return Err(Failure::new(Errno::NOSYS)) };
            index.clear();
            let result = program.pass(|descriptor| match descriptor {
                Ok((row, record)) => {
                    if let Some(inode) = Inode::new(row.owner.inode) {
                        each(row.owner.pid, row.owner.fd, Held::Socket(inode));
                    }
                    index.push(row, record);
                }
                Err(file) => each(file.pid, file.fd, Held::of(&file)),
            });
            index.finish();
            result
        })
    }

    /// Whether the pass cannot have missed a socket of the requested table.
    fn is_all_of(&mut self, request: &Request<'_>, number: u32) -> bool {
        let Bpf { namespaces, index, text, .. } = self;
        let Some(netns) = namespaces.iter_mut().find(|netns| netns.number == number) else {
            return false;
        };
        let read = || Counts::read(request.root, request.netns, text);
        let after = *netns.after.get_or_insert_with(read);
        let (sockets, requests) = (index.count(number), index.has_requests(number));
        let seen = Seen { before: netns.before, after, sockets, requests };
        !index.is_cut() && seen.is_all_of(request.kind)
    }

    /// Why it cannot answer at all in this visit.
    fn refused(&self) -> Option<Fallback> {
        match (self.role, &self.loaded) {
            (Role::Unused, _) | (_, None) => Some(Fallback::Unsupported),
            (_, Some(Err(why))) => Some(Fallback::NoProgram(why.name())),
            (_, Some(Ok(_))) => None,
        }
    }

    /// Reports the sockets of a table. `Break` if the sink has had enough.
    fn report(&self, request: &Request<'_>, number: u32, sink: &mut Sink<'_>) -> ControlFlow<()> {
        let wants_bound = request.plan.wants_bound(request.kind);
        sink.begin_look(1);
        for (row, record) in self.index.rows(number, request.kind) {
            let socket = row::socket(request.kind, &row, record, wants_bound, self.jiffy);
            if let Some(socket) = socket {
                sink.row(&socket)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl SocketSource for Bpf {
    fn name(&self) -> Source {
        Source::Bpf
    }

    fn begin(
        &mut self,
        root: &ProcRoot,
        namespaces: &[NetnsHandle],
        plan: &Plan<'_>,
    ) -> Result<(), Error> {
        (self.role, self.passed) = (Role::Unused, None);
        self.namespaces.clear();
        match plan.query.source {
            Source::Bpf => {
                self.role = Role::Only;
                self.load(root).map_err(|why| Error::no_bpf(root.path(), why))?;
            }
            Source::Auto if self.pays(root, plan, namespaces) => {
                self.role = Role::First;
                if self.load(root).is_err() {
                    return Ok(());
                }
            }
            _ => return Ok(()),
        }
        let jiffy = clock_getres(ClockId::MonotonicCoarse).tv_nsec;
        self.jiffy = u64::try_from(jiffy).unwrap_or_default();
        for netns in namespaces {
            let Some(number) = number(netns) else { continue };
            let before = Counts::read(root, netns, &mut self.text);
            self.namespaces.push(CountedNamespace { number, before, after: None });
        }
        if self.role == Role::First && namespaces.len() < WORTH_A_PASS {
            let counts = self.namespaces.iter().map(|netns| netns.before);
            if !self.chances.are_good(counts) {
                self.role = Role::Unused;
            }
        }
        Ok(())
    }

    /// Namespaces that were found later have no counts from before the pass.
    fn add(&mut self, _root: &ProcRoot, _namespaces: &[NetnsHandle]) {}

    fn find(&mut self, namespaces: &mut Vec<NetnsHandle>) {
        // One whose number is unknown may be any of those that the pass has seen.
        let are_known = namespaces.iter().all(|netns| number(netns).is_some());
        if !are_known || self.refused().is_some() || self.pass().is_err() {
            return;
        }
        for found in self.index.namespaces() {
            if found != 0 && !namespaces.iter().any(|netns| number(netns) == Some(found)) {
                let inode = Some(found.into());
                let namespace = Namespace { inode, ..Namespace::default() };
                let by_descriptors = true;
                namespaces.push(NetnsHandle {
                    namespace,
                    by_descriptors,
                    ..NetnsHandle::default()
                });
            }
        }
    }

    fn passes(&self) -> bool {
        self.refused().is_none() && self.passed.is_none()
    }

    fn find_owners(&mut self, each: &mut dyn FnMut(u32, u32, Held)) -> Result<(), Failure> {
        self.pass_for(each)
    }

    fn refusal(&self, _root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback> {
        // Among others it answers only where the counts can be read, which others can do as well.
        let is_other = self.role == Role::First && !netns.by_descriptors;
        let is_unknown = is_other || number(netns).is_none();
        let unknown = || is_unknown.then(|| Fallback::NotEntered(Failure::new(Errno::ACCESS)));
        self.refused().or_else(unknown)
    }

    fn provides(&self, kind: Kind) -> bool {
        let is_provided = row::is_provided(kind) && self.refused().is_none();
        is_provided && (self.role == Role::Only || kind.is_tcp())
    }

    /// Other tables than tcp are short, and sock_diag reports more of their sockets: drops, exact
    /// peers.
    fn is_automatic(&self, kind: Kind, netns: &NetnsHandle) -> bool {
        self.role == Role::First && (kind.is_tcp() || netns.by_descriptors)
    }

    fn prefetch(&mut self, request: &Request<'_>, ahead: Ahead<'_>) -> Prefetch {
        let number = number(request.netns).filter(|_| row::is_provided(request.kind));
        let Some(number) = number.filter(|_| self.refused().is_none()) else {
            return Prefetch::Declined;
        };
        if ahead.room == 0 {
            return Prefetch::Full;
        }
        let is_first = self.passed.is_none();
        if self.pass().is_err() {
            return Prefetch::Declined;
        }
        let is_all = self.is_all_of(request, number);
        if !is_all && self.role == Role::First {
            return Prefetch::Declined;
        }
        let bytes = if is_first { self.index.size() } else { 0 };
        Prefetch::Whole { kinds: request.kind.into(), bytes }
    }

    fn read(&mut self, request: &Request<'_>, sink: &mut Sink<'_>) -> Outcome {
        let kinds: Kinds = request.kind.into();
        if let Some(fallback) = self.refused() {
            return Outcome::Declined(fallback);
        }
        if !row::is_provided(request.kind) {
            return Outcome::Declined(Fallback::Unsupported);
        }
        let Some(number) = number(request.netns) else {
            return Outcome::Declined(Fallback::NotEntered(Failure::new(Errno::ACCESS)));
        };
        let is_only = self.role == Role::Only || request.netns.by_descriptors;
        match self.pass() {
            Ok(()) => {}
            Err(failure) if is_only => return Outcome::Failed { kinds, failure },
            Err(failure) => return Outcome::Declined(Fallback::Refused(failure)),
        }
        if !is_only && self.index.is_cut() {
            return Outcome::Declined(Fallback::TooManyDescriptors);
        }
        // Of one that only its sockets show, the coverage says so anyway.
        if !request.netns.by_descriptors && !self.is_all_of(request, number) {
            if !is_only {
                self.chances.declined(number, self.index.count(number));
                return Outcome::Declined(Fallback::WithoutDescriptor);
            }
            sink.coverage.without_descriptor = sink.coverage.without_descriptor | kinds;
        }
        if !request.plan.details(request.kind).is_empty() {
            sink.coverage.without_details = sink.coverage.without_details | kinds;
        }
        match self.report(request, number, sink) {
            ControlFlow::Break(()) => Outcome::Stopped { kinds },
            ControlFlow::Continue(()) if self.index.is_cut() => {
                Outcome::Failed { kinds, failure: Failure::new(Errno::NOBUFS) }
            }
            ControlFlow::Continue(()) => Outcome::Read { kinds, whole: true },
        }
    }
}
