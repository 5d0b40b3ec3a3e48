//! The incremental join against the full one, with generated histories.

use std::collections::{BTreeMap, BTreeSet};

use procnet_core::Inode;
use proptest::prelude::*;
use rustix::io::Errno;

use super::{PERIOD, Scratch, Search};
use crate::{
    Error, Kind, Kinds, Name, Process,
    owners::{
        budget::{Budget, Tally},
        owner_cache::{Noted, OwnerCache},
        process_source::{FdDirStat, ProcessSource},
    },
};

/// Processes and the sockets of their descriptors; `None` is not a socket.
#[derive(Clone, Debug, Default)]
struct Model {
    processes: BTreeMap<u32, (u64, BTreeMap<u32, Option<Inode>>)>,
    /// Whether it reports the number of descriptors of a process.
    sized: bool,
    births: u64,
    inodes: u64,
}

/// What happens between two refreshes. Numbers select among what exists.
#[derive(Clone, Debug)]
enum Event {
    Spawn,
    Fork(usize),
    Exit(usize),
    /// A process exits, and another reuses its pid.
    Reuse(usize),
    OpenSocket(usize),
    OpenFile(usize),
    Close(usize, usize),
    Duplicate(usize, usize),
    /// One descriptor becomes a copy of another, as with `dup2`.
    Replace(usize, usize, usize),
    /// A descriptor is sent to another process.
    Pass(usize, usize, usize),
}

impl Model {
    fn spawn(&mut self, pid: u32, descriptors: BTreeMap<u32, Option<Inode>>) {
        self.births += 1;
        self.processes.insert(pid, (self.births, descriptors));
    }

    fn pick(&self, index: usize) -> Option<u32> {
        let count = self.processes.len();
        self.processes.keys().nth(index.checked_rem(count)?).copied()
    }

    fn of(&mut self, pid: u32) -> &mut BTreeMap<u32, Option<Inode>> {
        &mut self.processes.get_mut(&pid).unwrap().1
    }

    fn pick_fd(&mut self, pid: u32, index: usize) -> Option<u32> {
        let descriptors = self.of(pid);
        let index = index.checked_rem(descriptors.len())?;
        descriptors.keys().nth(index).copied()
    }

    /// The kernel assigns the lowest free number.
    fn open(&mut self, pid: u32, what: Option<Inode>) {
        let descriptors = self.of(pid);
        let fd = (0..).find(|fd| !descriptors.contains_key(fd)).unwrap();
        descriptors.insert(fd, what);
    }

    fn happen(&mut self, event: &Event) -> Option<()> {
        match *event {
            Event::Spawn => {
                let pid = (1..).find(|pid| !self.processes.contains_key(pid))?;
                self.spawn(pid, BTreeMap::from([(0, None)]));
            }
            Event::Fork(parent) => {
                let parent = self.pick(parent)?;
                let pid = (1..).find(|pid| !self.processes.contains_key(pid))?;
                let inherited = self.of(parent).clone();
                self.spawn(pid, inherited);
            }
            Event::Exit(pid) => {
                let pid = self.pick(pid)?;
                self.processes.remove(&pid);
            }
            Event::Reuse(pid) => {
                let pid = self.pick(pid)?;
                self.spawn(pid, BTreeMap::new());
            }
            Event::OpenSocket(pid) => {
                let pid = self.pick(pid)?;
                self.inodes += 1;
                self.open(pid, Inode::new(self.inodes));
            }
            Event::OpenFile(pid) => {
                let pid = self.pick(pid)?;
                self.open(pid, None);
            }
            Event::Close(pid, fd) => {
                let pid = self.pick(pid)?;
                let fd = self.pick_fd(pid, fd)?;
                self.of(pid).remove(&fd);
            }
            Event::Duplicate(pid, fd) => {
                let pid = self.pick(pid)?;
                let fd = self.pick_fd(pid, fd)?;
                let what = self.of(pid)[&fd];
                self.open(pid, what);
            }
            Event::Replace(pid, from, onto) => {
                let pid = self.pick(pid)?;
                let (from, onto) = (self.pick_fd(pid, from)?, self.pick_fd(pid, onto)?);
                let what = self.of(pid)[&from];
                self.of(pid).insert(onto, what);
            }
            Event::Pass(pid, fd, to) => {
                let (pid, to) = (self.pick(pid)?, self.pick(to)?);
                let fd = self.pick_fd(pid, fd)?;
                let what = self.of(pid)[&fd];
                self.open(to, what);
            }
        }
        Some(())
    }

    /// The full join: every owner of every socket.
    fn owners(&self) -> BTreeMap<Inode, BTreeSet<(u32, u32)>> {
        let mut owners: BTreeMap<Inode, BTreeSet<(u32, u32)>> = BTreeMap::new();
        for (pid, (_, descriptors)) in &self.processes {
            for (fd, what) in descriptors {
                if let Some(inode) = what {
                    owners.entry(*inode).or_default().insert((*pid, *fd));
                }
            }
        }
        owners
    }
}

impl ProcessSource for &Model {
    type Descriptors = u32;

    fn pids(&mut self, pids: &mut Vec<u32>) -> Result<(), Error> {
        pids.clear();
        pids.extend(self.processes.keys());
        Ok(())
    }

    fn fd_dir(&mut self, pid: u32) -> Result<FdDirStat, Errno> {
        let (birth, descriptors) = self.processes.get(&pid).ok_or(Errno::NOENT)?;
        let count = self.sized.then_some(descriptors.len() as u64);
        Ok(FdDirStat { identity: (*birth, 0, 0), descriptors: count })
    }

    fn open(&mut self, pid: u32) -> Result<u32, Errno> {
        self.processes.contains_key(&pid).then_some(pid).ok_or(Errno::NOENT)
    }

    fn list(
        &mut self,
        of: &u32,
        from: u32,
        most: usize,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Errno> {
        numbers.clear();
        numbers.extend(self.processes[of].1.range(from..).map(|(fd, _)| fd).take(most));
        Ok(())
    }

    fn resolve(&mut self, of: &u32, fd: u32) -> Result<Option<Inode>, Errno> {
        self.processes[of].1.get(&fd).copied().ok_or(Errno::NOENT)
    }

    fn identify(&mut self, of: &u32, pid: u32) -> Result<Process, Errno> {
        let start_time = Some(self.processes[of].0);
        Ok(Process { pid, comm: Name::default(), start_time, uids: None })
    }
}

/// The state an agent keeps.
#[derive(Default)]
struct Agent {
    cache: OwnerCache,
    scratch: Scratch,
}

impl Agent {
    /// One refresh: the owners of each socket, and the number of sockets that the budget left out.
    fn refresh(&mut self, model: &Model, budget: Budget) -> (Answer, u64) {
        let mut tally = Tally::new(budget);
        let Agent { cache, scratch } = self;
        let mut search = Search { cache, processes: model, scratch, tally: &mut tally };
        search.begin().unwrap();
        let live = model.owners();
        let mut missing = Vec::new();
        for inode in live.keys() {
            if search.cache.note(*inode, Kind::Tcp).0 == Noted::Missing {
                missing.push((*inode, 0));
            }
        }
        search.settle(Kinds::TCP4, &missing, |_| None);
        let answer = live.keys().map(|inode| {
            let owners = self.cache.of(*inode);
            let list: Vec<_> = owners.iter().map(|owner| (owner.pid(), owner.fd)).collect();
            assert!(list.is_sorted(), "owners in order: {list:?}");
            for owner in owners {
                let birth = model.processes.get(&owner.pid()).map(|process| process.0);
                assert_eq!(owner.process.start_time, birth, "owners that live");
            }
            (*inode, list.into_iter().collect())
        });
        (answer.collect(), tally.left_out.sockets)
    }
}

type Answer = BTreeMap<Inode, BTreeSet<(u32, u32)>>;

fn event() -> impl Strategy<Value = Event> {
    let any = || 0..64_usize;
    prop_oneof![
        2 => Just(Event::Spawn),
        2 => any().prop_map(Event::Fork),
        1 => any().prop_map(Event::Exit),
        1 => any().prop_map(Event::Reuse),
        8 => any().prop_map(Event::OpenSocket),
        3 => any().prop_map(Event::OpenFile),
        6 => (any(), any()).prop_map(|(pid, fd)| Event::Close(pid, fd)),
        2 => (any(), any()).prop_map(|(pid, fd)| Event::Duplicate(pid, fd)),
        2 => (any(), any(), any()).prop_map(|(pid, from, onto)| Event::Replace(pid, from, onto)),
        2 => (any(), any(), any()).prop_map(|(pid, fd, to)| Event::Pass(pid, fd, to)),
    ]
}

fn history() -> impl Strategy<Value = (bool, Vec<Vec<Event>>)> {
    let rounds = prop::collection::vec(prop::collection::vec(event(), 0..12), 1..24);
    (any::<bool>(), rounds)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A new socket has an owner at once; no process that has exited owns anything; and once
    /// nothing changes any more, the result equals the full join's after two periods.
    #[test]
    fn finds_new_owners_and_converges_to_the_full_join((sized, rounds) in history()) {
        let mut model = Model { sized, ..Model::default() };
        let mut agent = Agent::default();
        for round in &rounds {
            let before = model.owners();
            for event in round {
                let _ = model.happen(event);
            }
            let truth = model.owners();
            let (answer, left_out) = agent.refresh(&model, Budget::unlimited());
            prop_assert_eq!(left_out, 0);
            for (inode, owners) in &answer {
                if !before.contains_key(inode) {
                    let true_ones = owners.intersection(&truth[inode]).count();
                    prop_assert!(true_ones > 0, "new socket {} has {:?}", inode, owners);
                }
            }
        }
        for _ in 0..2 * PERIOD {
            agent.refresh(&model, Budget::unlimited());
        }
        prop_assert_eq!(agent.refresh(&model, Budget::unlimited()).0, model.owners());
    }

    /// If the kernel reports the number of descriptors and no descriptor is replaced by another,
    /// every refresh equals the full join.
    #[test]
    fn equals_the_full_join_if_descriptor_counts_are_known(rounds in history().prop_map(|(_, rounds)| rounds)) {
        let mut model = Model { sized: true, ..Model::default() };
        let mut agent = Agent::default();
        for event in rounds.iter().flatten() {
            // One event per refresh: nothing is closed and reopened in between.
            if !matches!(event, Event::Replace(..)) {
                let _ = model.happen(event);
                prop_assert_eq!(agent.refresh(&model, Budget::unlimited()).0, model.owners());
            }
        }
    }

    /// A budget leaves things out, reports that, and catches up.
    #[test]
    fn catches_up_with_what_a_budget_left_out((sized, rounds) in history(), calls in 20..60_u64) {
        let mut model = Model { sized, ..Model::default() };
        let mut agent = Agent::default();
        for round in &rounds {
            for event in round {
                let _ = model.happen(event);
            }
            let budget = Budget::unlimited().calls(calls);
            let (answer, left_out) = agent.refresh(&model, budget);
            if left_out == 0 {
                continue;
            }
            let ownerless = answer.values().filter(|owners| owners.is_empty()).count();
            prop_assert!(ownerless as u64 >= left_out);
        }
        for _ in 0..2 * PERIOD {
            agent.refresh(&model, Budget::unlimited());
        }
        prop_assert_eq!(agent.refresh(&model, Budget::unlimited()).0, model.owners());
    }
}

#[test]
fn a_walk_that_a_budget_cut_goes_on_in_the_next_refresh() {
    for sized in [false, true] {
        let mut model = Model { sized, ..Model::default() };
        let inode = Inode::new(7);
        model.spawn(1, (0..64).map(|fd| (fd, inode)).collect());
        let mut agent = Agent::default();
        let mut known = 0;
        while known < 64 {
            let (answer, _) = agent.refresh(&model, Budget::unlimited().calls(20));
            let owners = answer.values().map(BTreeSet::len).sum();
            assert!(owners > known, "{owners} of 64, as many as one refresh earlier");
            known = owners;
        }
    }
}

#[test]
fn an_ownerless_socket_is_searched_for_less_and_less_often() {
    let mut cache = OwnerCache::default();
    let mut scratch = Scratch::default();
    let model = Model::default();
    let inode = Inode::new(7).unwrap();
    let mut looked = Vec::new();
    for refresh in 1..=80 {
        let mut tally = Tally::new(Budget::unlimited());
        let (cache, scratch) = (&mut cache, &mut scratch);
        let mut search = Search { cache, processes: &model, scratch, tally: &mut tally };
        search.begin().unwrap();
        let mut missing = Vec::new();
        if search.cache.note(inode, Kind::Tcp).0 == Noted::Missing {
            missing.push((inode, 0));
            looked.push(refresh);
        }
        search.settle(Kinds::TCP4, &missing, |_| None);
    }
    assert_eq!(looked, [1, 2, 4, 8, 16, 32, 64]);
}
