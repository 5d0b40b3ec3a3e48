//! The incremental join against the full one, with generated histories.

use std::collections::{BTreeMap, BTreeSet};

use procnet_core::Inode;
use proptest::prelude::*;

use self::model::{Event, Model, event};
use super::{PERIOD, Scratch, Search};
use crate::{
    Kind, Kinds,
    owners::{
        budget::{Budget, Tally},
        owner_cache::{Noted, OwnerCache},
    },
};

mod model;

/// The state an agent keeps.
#[derive(Default)]
struct Agent {
    cache: OwnerCache,
    scratch: Scratch,
}

impl Agent {
    /// One refresh: the owners of each socket, the number of sockets that the budget left out, and
    /// that of the descriptors reported as unreadable.
    fn look(&mut self, model: &Model, budget: Budget) -> (Answer, u64, u64) {
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
        let unread = tally.processes.unread.iter().map(|unread| unread.count).sum();
        assert_eq!(tally.processes.unreadable(), 0, "one descriptor must not hide a process");
        (answer.collect(), tally.left_out.sockets, unread)
    }

    /// The owners of each socket, and the number of sockets that the budget left out.
    fn refresh(&mut self, model: &Model, budget: Budget) -> (Answer, u64) {
        let (answer, left_out, _) = self.look(model, budget);
        (answer, left_out)
    }
}

type Answer = BTreeMap<Inode, BTreeSet<(u32, u32)>>;

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
        let (answer, _, unread) = agent.look(&model, Budget::unlimited());
        prop_assert_eq!(answer, model.owners());
        prop_assert_eq!(unread, model.unreadable());
    }

    /// If the kernel reports the number of descriptors and no descriptor is replaced by another,
    /// every refresh equals the full join.
    #[test]
    fn equals_the_full_join_if_descriptor_counts_are_known(rounds in history().prop_map(|(_, rounds)| rounds)) {
        let mut model = Model { sized: true, ..Model::default() };
        let mut agent = Agent::default();
        for event in rounds.iter().flatten() {
            // One event per refresh: nothing is closed and reopened in between.
            if !matches!(event, Event::Replace(..) | Event::MoveAway(..)) {
                let _ = model.happen(event);
                let (answer, _, unread) = agent.look(&model, Budget::unlimited());
                prop_assert_eq!(answer, model.owners());
                prop_assert_eq!(unread, model.unreadable());
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
        model.spawn(1, (0..64).map(|fd| (fd, Ok(inode))).collect());
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
