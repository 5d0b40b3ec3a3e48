//! Which way owners are found, if that is left to the agent: the one that takes less.
//!
//! A pass of a BPF iterator takes the same for each descriptor, whatever has changed. Walking what has changed
//! takes a look at each process, and a system call for each descriptor that is new: less where most sockets
//! remain, much more where few do. So both are measured here, by the CPU time for each socket. A walk begins
//! with all descriptors, which takes as long as some ten passes: it is tried when the agent starts, and
//! again after more and more refreshes.
//!
//! What a pass sees and a walk does not is seen by passes from then on.

use std::time::Duration;

use crate::config::OwnersBy;

/// The refreshes by BPF at the start, in which programs are loaded.
pub(super) const PASSES: u32 = 2;

/// The walks that may be cut short, one after the other: the next one goes on from there.
const CUT: u32 = 3;

/// After how many refreshes by BPF walks are tried again, at least and at most.
const AGAIN: (u32, u32) = (64, 4096);

/// How much more than walks passes may take, as a factor. If they take more, one after the other, in an eighth of
/// the refreshes after which walks would be tried again, walks are tried at once: passes take longer from the
/// moment on at which a socket is in `TIME_WAIT`, as sock_diag then lists the others as well.
const WORSE: f64 = 1.1;

/// Chooses how owners are found.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Whether a walk of what has changed may take the place of a pass.
    is_free: bool,
    by_bpf: bool,
    /// The refreshes by BPF that are left until walks are tried, and how many there will be the next time.
    passes: (u32, u32),
    /// The last passes that took more than walks did.
    worse: u32,
    /// Of the last pass: seconds for each socket, and whether all processes were seen.
    passed: Option<(f64, bool)>,
    /// Seconds for each socket by walks: a moving average, once the first one is over.
    walked: Option<f64>,
    /// The walks since the last pass, and how many of them the time did not suffice for.
    walks: u32,
    cut: u32,
    warm_up: u32,
}

/// A refresh.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// The CPU time.
    pub(super) cpu: Duration,
    /// The sockets.
    pub(super) sockets: u64,
    /// Whether no process or descriptor was hidden from it.
    pub(super) whole: bool,
    /// Whether the time did not suffice for all of them.
    pub(super) cut: bool,
}

impl Choice {
    pub(super) fn new(owners: OwnersBy) -> Choice {
        let is_free = owners == OwnersBy::Auto;
        Choice {
            is_free,
            by_bpf: matches!(owners, OwnersBy::Auto | OwnersBy::Bpf),
            passes: (PASSES, AGAIN.0),
            worse: 0,
            passed: None,
            walked: None,
            walks: 0,
            cut: 0,
            // The second walk is the first that is like those after it.
            warm_up: if is_free { PASSES + 2 } else { PASSES },
        }
    }

    pub(super) fn by_bpf(&self) -> bool {
        self.by_bpf
    }

    /// The refreshes at the start that are not those of the long run.
    pub(super) fn warm_up(&self) -> u32 {
        self.warm_up
    }

    /// Whether owners that are found by BPF may be found otherwise.
    pub(super) fn has_another_way(&self) -> bool {
        self.is_free && self.by_bpf
    }

    /// There is no BPF: the other way is left.
    pub(super) fn refuse_bpf(&mut self) {
        (self.by_bpf, self.is_free) = (false, false);
        self.warm_up = PASSES;
    }

    /// Notes a refresh that has finished. Returns whether the next one goes the other way.
    pub(super) fn after(&mut self, taken: Taken) -> bool {
        if !self.is_free {
            return false;
        }
        let cost = taken.cpu.as_secs_f64() / taken.sockets.max(1) as f64;
        if self.by_bpf {
            self.passed = Some((cost, taken.whole));
            self.passes.0 = self.passes.0.saturating_sub(1);
            let is_worse = self.walked.is_some_and(|walked| cost > walked * WORSE);
            self.worse = if is_worse { self.worse + 1 } else { 0 };
            if self.passes.0 > 0 && self.worse < self.passes.1 / 8 {
                return false;
            }
            (self.by_bpf, self.walks, self.cut, self.walked) = (false, 0, 0, None);
            self.worse = 0;
            return true;
        }
        let (pass, was_whole) = self.passed.unwrap_or((f64::INFINITY, false));
        if was_whole && !taken.whole {
            // Nor does it see more later.
            (self.by_bpf, self.is_free) = (true, false);
            return true;
        }
        self.walks += 1;
        self.cut = if taken.cut { self.cut + 1 } else { 0 };
        // The first one walks everything, or begins to.
        if self.cut < CUT && (taken.cut || self.walks == 1) {
            return false;
        }
        let average = self.walked.map_or(cost, |average| (average * 3.0 + cost) / 4.0);
        self.walked = Some(average);
        if average <= pass && self.cut < CUT {
            return false;
        }
        self.by_bpf = true;
        self.passes = (self.passes.1, (self.passes.1 * 2).min(AGAIN.1));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(micros: u64, whole: bool) -> Taken {
        Taken { cpu: Duration::from_micros(micros), sockets: 1000, whole, cut: false }
    }

    /// Refreshes that take so long by BPF, and so long by walks. Returns which were by BPF.
    fn run(choice: &mut Choice, pass: u64, walk: u64, refreshes: u32) -> Vec<bool> {
        let mut ways = Vec::new();
        for _refresh in 0..refreshes {
            ways.push(choice.by_bpf());
            choice.after(taken(if choice.by_bpf() { pass } else { walk }, true));
        }
        ways
    }

    #[test]
    fn the_way_that_takes_less_is_gone() {
        let mut choice = Choice::new(OwnersBy::Auto);
        let ways = run(&mut choice, 1300, 1000, 100);
        assert_eq!(ways, [&[true; 2][..], &[false; 98]].concat());
        // Once nearly all sockets are new each time.
        assert!(run(&mut choice, 1300, 9000, 10)[1..].iter().all(|by_bpf| *by_bpf));
    }

    #[test]
    fn the_first_walk_does_not_count_and_costly_ones_are_tried_less_and_less() {
        let mut choice = Choice::new(OwnersBy::Auto);
        let ways = run(&mut choice, 1000, 2000, 10_000);
        let walks = ways.iter().filter(|by_bpf| !**by_bpf).count();
        assert_eq!(ways[..5], [true, true, false, false, true]);
        // Two each time: after 2, 64, 128 … refreshes.
        assert_eq!(walks, 2 * 8, "{walks}");
    }

    #[test]
    fn passes_that_have_become_costly_give_way_to_walks_early() {
        let mut choice = Choice::new(OwnersBy::Auto);
        // At first a pass is all that is asked of the kernel.
        assert!(run(&mut choice, 1000, 1200, 10)[4..].iter().all(|by_bpf| *by_bpf));
        // A few that took longer are forgiven.
        assert!(run(&mut choice, 1500, 1200, 15).iter().all(|by_bpf| *by_bpf));
        assert_eq!(run(&mut choice, 1000, 1200, 1), [true]);
        let ways = run(&mut choice, 1500, 1200, 30);
        assert_eq!(ways, [&[true; 16][..], &[false; 14]].concat());
    }

    #[test]
    fn one_costly_walk_is_forgiven() {
        let mut choice = Choice::new(OwnersBy::Auto);
        run(&mut choice, 1300, 1000, 20);
        choice.after(taken(2000, true));
        assert!(!choice.by_bpf());
    }

    #[test]
    fn a_walk_that_is_cut_short_goes_on_but_not_for_ever() {
        let cut = Taken { cut: true, ..taken(9000, true) };
        let mut choice = Choice::new(OwnersBy::Auto);
        run(&mut choice, 1300, 1000, 2);
        assert!(!choice.after(cut) && !choice.after(cut) && !choice.after(taken(1000, true)));
        assert!(run(&mut choice, 1300, 1000, 50).iter().all(|by_bpf| !*by_bpf));
        assert!(!choice.after(cut) && !choice.after(cut) && choice.after(cut));
        assert!(choice.by_bpf());
        // Which is tried again some time.
        assert!(run(&mut choice, 1300, 1000, 100).iter().any(|by_bpf| !*by_bpf));
    }

    #[test]
    fn what_only_passes_see_is_seen() {
        let mut choice = Choice::new(OwnersBy::Auto);
        run(&mut choice, 1300, 1000, 2);
        assert!(!choice.by_bpf() && choice.after(taken(1, false)));
        assert!(run(&mut choice, 1300, 1000, 200).iter().all(|by_bpf| *by_bpf));
    }

    #[test]
    fn who_names_a_way_gets_it() {
        for (owners, by_bpf) in [(OwnersBy::Bpf, true), (OwnersBy::Incremental, false)] {
            let mut choice = Choice::new(owners);
            assert!(run(&mut choice, 1000, 1000, 9).iter().all(|way| *way == by_bpf));
            assert!(!choice.has_another_way());
        }
        let mut choice = Choice::new(OwnersBy::Auto);
        assert!(choice.has_another_way());
        choice.refuse_bpf();
        assert!(!choice.by_bpf());
        assert!(!choice.after(taken(9999, false)));
    }
}
