//! Names of addresses, for `--resolve`: from the resolver that the host has configured (getnameinfo(3)),
//! in threads, so that nothing waits for it longer than it wants to.
//!
//! Whoever has an address decides which name it has, so a name is believed only to be a name: what no
//! host can be called, or what looks like an address, is left out. A thread that hangs in the resolver
//! ends with the process.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::IpAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use dns_lookup::{LookupErrorKind, lookup_addr};

use crate::Outcome;

/// How many questions are asked at once.
const THREADS: usize = 8;

/// How long an answer as a whole waits for names.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long a line of a stream waits for the names in it, after they were first asked for.
const SOON: Duration = Duration::from_millis(200);

/// How many addresses are kept: others stay numeric.
const MOST: usize = 1 << 16;

/// After this time, an address whose question failed may be asked for again.
const RETRY: Duration = Duration::from_secs(30);

/// What is known of an address.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    /// Asked for at this time.
    Waiting(Instant),
    Name(Arc<str>),
    /// It has none.
    None,
    /// It has one that no host can have.
    Invalid,
    Failed(Arc<str>, Instant),
}

#[derive(Default)]
struct State {
    answers: HashMap<IpAddr, Answer>,
    queue: VecDeque<IpAddr>,
    waiting: usize,
    threads: usize,
    /// How many threads wait for a question.
    idle: usize,
    /// The number of answers that came.
    answered: u64,
    /// Addresses that were not asked for, as there were too many.
    left_out: u64,
    /// Addresses in lines that did not wait for their names any longer.
    late: HashSet<IpAddr>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    asked: Condvar,
    answered: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change of the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers questions, in a thread.
    fn answer(&self, lookup: Lookup) {
        let mut state = self.state();
        loop {
            let Some(address) = state.queue.pop_front() else {
                state.idle += 1;
                state = self.asked.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
                continue;
            };
            drop(state);
            let answer = lookup(address);
            state = self.state();
            state.answers.insert(address, answer);
            state.waiting -= 1;
            state.answered += 1;
            self.answered.notify_all();
        }
    }
}

type Lookup = fn(IpAddr) -> Answer;

/// The names of addresses, as far as they are known.
pub(crate) struct HostNames {
    shared: Arc<Shared>,
    lookup: Lookup,
}

impl HostNames {
    pub(crate) fn new() -> HostNames {
        HostNames { shared: Arc::default(), lookup: look_up }
    }

    /// Asks for the name of an address, unless that is known, and does not wait for it.
    pub(crate) fn ask(&self, address: IpAddr) {
        if address.is_unspecified() {
            return;
        }
        let mut state = self.shared.state();
        match state.answers.get(&address) {
            Some(Answer::Failed(_, at)) if at.elapsed() >= RETRY => {}
            Some(_) => return,
            None if state.answers.len() >= MOST => {
                state.left_out += 1;
                return;
            }
            None => {}
        }
        state.answers.insert(address, Answer::Waiting(Instant::now()));
        state.queue.push_back(address);
        state.waiting += 1;
        if state.idle < state.queue.len() && state.threads < THREADS {
            let (shared, lookup) = (Arc::clone(&self.shared), self.lookup);
            let thread = thread::Builder::new().name("resolve".to_owned());
            let spawned = thread.spawn(move || shared.answer(lookup));
            state.threads += usize::from(spawned.is_ok());
        }
        self.shared.asked.notify_one();
    }

    /// Waits until all that was asked for is answered, but not longer than an answer may take.
    pub(crate) fn wait(&self) {
        self.wait_until(Instant::now() + DEADLINE);
    }

    /// Asks for the names of addresses in lines that are about to be printed, and waits for them shortly,
    /// but not again for one that did not come in that time.
    pub(crate) fn ask_soon(&self, addresses: &[IpAddr]) {
        addresses.iter().for_each(|address| self.ask(*address));
        let mut state = self.shared.state();
        loop {
            let answers = &state.answers;
            let asked = addresses.iter().filter_map(|address| match answers.get(address) {
                Some(Answer::Waiting(asked)) => Some(*asked),
                _ => None,
            });
            let deadline = asked.max().map(|asked| asked + SOON);
            let left =
                deadline.and_then(|deadline| deadline.checked_duration_since(Instant::now()));
            let Some(left) = left.filter(|left| !left.is_zero() && state.threads > 0) else {
                break;
            };
            let waited = self.shared.answered.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let State { answers, late, .. } = &mut *state;
        let is_late = |address: &&IpAddr| matches!(answers.get(address), Some(Answer::Waiting(_)));
        late.extend(addresses.iter().filter(is_late));
    }

    fn wait_until(&self, deadline: Instant) {
        let mut state = self.shared.state();
        while state.waiting > 0 && state.threads > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.shared.answered.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The name of an address, if it is known.
    pub(crate) fn name(&self, address: IpAddr) -> Option<Arc<str>> {
        match self.shared.state().answers.get(&address) {
            Some(Answer::Name(name)) => Some(Arc::clone(name)),
            _ => None,
        }
    }

    /// Whether answers may still come, and how many came.
    pub(crate) fn progress(&self) -> (bool, u64) {
        let state = self.shared.state();
        (state.waiting > 0, state.answered)
    }

    /// What stays numeric although it may have a name, as lines, and the outcome. If `is_over`, so does
    /// what is not answered yet.
    pub(crate) fn missing(&self, is_over: bool) -> (Vec<String>, Outcome) {
        let state = self.shared.state();
        let all = state.answers.len();
        let mut lines = Vec::new();
        let count =
            |answer: fn(&Answer) -> bool| state.answers.values().filter(|it| answer(it)).count();
        let mut say = |count: usize, why: &str| match count {
            0 => {}
            1 => lines.push(format!("1 of {all} addresses is shown as a number: {why}")),
            more => lines.push(format!("{more} of {all} addresses are shown as numbers: {why}")),
        };
        let failure = state.answers.values().find_map(|answer| match answer {
            Answer::Failed(why, _) => Some(why),
            _ => None,
        });
        if let Some(why) = failure {
            say(count(|answer| matches!(answer, Answer::Failed(..))), why);
        }
        if is_over {
            let why = format!("no answer within {} seconds", DEADLINE.as_secs());
            say(count(|answer| matches!(answer, Answer::Waiting(_))), &why);
        }
        let why = format!("no answer within {} milliseconds", SOON.as_millis());
        say(state.late.len(), &why);
        say(count(|answer| *answer == Answer::Invalid), "the name is not that of a host");
        let left_out = usize::try_from(state.left_out).unwrap_or(usize::MAX);
        say(left_out, &format!("no more than {MOST} are resolved"));
        let outcome = Outcome::complete_if(lines.is_empty());
        (lines, outcome)
    }
}

/// Asks the resolver, for as long as that takes.
fn look_up(address: IpAddr) -> Answer {
    match lookup_addr(&address) {
        Ok(name) => checked(&name),
        Err(error) => match error.kind() {
            LookupErrorKind::NoName | LookupErrorKind::NoData => Answer::None,
            // Not UTF-8.
            LookupErrorKind::IO if error.error_num() == 0 => Answer::Invalid,
            _ => {
                let why = std::io::Error::from(error).to_string();
                let why =
                    why.strip_prefix("failed to lookup address information: ").unwrap_or(&why);
                Answer::Failed(why.into(), Instant::now())
            }
        },
    }
}

fn checked(name: &str) -> Answer {
    let name = name.strip_suffix('.').unwrap_or(name);
    if is_host_name(name) { Answer::Name(name.into()) } else { Answer::Invalid }
}

/// Whether a host can have this name (RFC 1123, section 2.1), with the underscore that some have. What
/// could be an address is none, so that nobody is called like another's address.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(is_allowed)
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    name.len() <= 253 && name.split('.').all(is_label) && !is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(lookup: Lookup) -> HostNames {
        HostNames { lookup, ..HostNames::new() }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn only_what_a_host_can_be_called_is_a_name() {
        for name in
            ["localhost", "a.example", "xn--bcher-kva.example", "_x-1.example.com", "1.example"]
        {
            assert!(is_host_name(name), "{name}");
        }
        let long = format!("{}example", "a.".repeat(130));
        let hostile = [
            "",
            ".",
            "a..b",
            "a b",
            "a\x1b[31m",
            "a\n",
            "b\u{fc}cher.example",
            "10.0.0.1",
            "1.2.3",
            "a.0x7f",
            "::1",
            "a:443",
            "a/b",
            "\u{202e}moc.elpmaxe",
            &long,
        ];
        for name in hostile {
            assert_eq!(checked(name), Answer::Invalid, "{name}");
        }
        assert_eq!(checked("a.example."), Answer::Name("a.example".into()));
    }

    #[test]
    fn what_is_not_answered_in_time_stays_numeric_and_is_said() {
        let names = names(|address| match address {
            address if address == self::address(1) => Answer::Name("one.example".into()),
            address if address == self::address(2) => Answer::None,
            address if address == self::address(3) => Answer::Failed("no".into(), Instant::now()),
            _ => loop {
                thread::park();
            },
        });
        (1..20).map(address).for_each(|address| names.ask(address));
        names.wait_until(Instant::now() + Duration::from_millis(200));
        assert_eq!(names.name(address(1)).as_deref(), Some("one.example"));
        assert_eq!((names.name(address(2)), names.name(address(7))), (None, None));
        let (lines, outcome) = names.missing(true);
        let expected = [
            "1 of 19 addresses is shown as a number: no",
            "16 of 19 addresses are shown as numbers: no answer within 3 seconds",
        ];
        assert_eq!(
            (lines.iter().map(String::as_str).collect(), outcome),
            (expected.to_vec(), Outcome::Partial)
        );
        assert_eq!(names.missing(false).0.len(), 1);
        assert!(names.shared.state().threads <= THREADS);
    }

    #[test]
    fn a_line_waits_shortly_and_not_again_for_the_same_address() {
        let names = names(|address| match address {
            address if address == self::address(1) => Answer::Name("one.example".into()),
            _ => loop {
                thread::park();
            },
        });
        let began = Instant::now();
        // Those after it wait for an answer as long as they would alone.
        names.ask_soon(&[address(1)]);
        assert_eq!(names.name(address(1)).as_deref(), Some("one.example"));
        names.ask_soon(&[address(1), address(2)]);
        let first = began.elapsed();
        assert!(first >= SOON, "{first:?}");
        let began = Instant::now();
        (0..1000).for_each(|_| names.ask_soon(&[address(1), address(2)]));
        assert!(began.elapsed() < 500 * SOON, "{:?}", began.elapsed());
        let (lines, outcome) = names.missing(false);
        let expected = "1 of 2 addresses is shown as a number: no answer within 200 milliseconds";
        assert_eq!((&*lines[0], lines.len(), outcome), (expected, 1, Outcome::Partial));
    }

    #[test]
    fn each_address_is_asked_for_once() {
        let names = names(|_| Answer::None);
        for _ in 0..100 {
            (0..10).map(address).for_each(|address| names.ask(address));
        }
        names.ask(IpAddr::from([0, 0, 0, 0]));
        names.wait_until(Instant::now() + Duration::from_secs(20));
        assert_eq!(names.progress(), (false, 10));
        assert_eq!(names.missing(true), (Vec::new(), Outcome::Complete));
    }
}
