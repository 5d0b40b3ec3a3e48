//! The words for states and sets of states (misc/ss.c `scan_state`).

use procnet_core::State;

use super::states::States;

/// A state by one of its names, or a set that `ss` has a name for.
pub(super) fn states(word: &str) -> Option<States> {
    let word = &*word.to_ascii_lowercase();
    let all = States::ALL;
    let (close, listen) = (State::CLOSE, State::LISTEN);
    let (sent, received) = (State::SYN_SENT, State::SYN_RECV);
    let bucket: States = [received, State::NEW_SYN_RECV, State::TIME_WAIT].into_iter().collect();
    Some(match word {
        "all" => all,
        "connected" => all.without([close, listen]),
        "synchronized" => all.without([close, listen, sent]),
        "bucket" => bucket,
        "big" => all.without([received, State::NEW_SYN_RECV, State::TIME_WAIT]),
        "closed" | "unconnected" => [close].into_iter().collect(),
        "listening" => [listen].into_iter().collect(),
        "syn-rcv" => [received].into_iter().collect(),
        state => [state.parse::<State>().ok()?].into_iter().collect(),
    })
}

/// The name in `ss`, in lower case; a state without a name by its number.
pub(super) fn name(state: State) -> String {
    match state {
        State::FIN_WAIT1 => "fin-wait-1".to_owned(),
        State::FIN_WAIT2 => "fin-wait-2".to_owned(),
        State::CLOSE => "closed".to_owned(),
        State::LISTEN => "listening".to_owned(),
        state => state.to_string().to_lowercase().replace('_', "-"),
    }
}
