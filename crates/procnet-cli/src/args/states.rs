//! States: by the kernel's names, by those of ss, and the groups of states of ss.

use procnet::State;

/// A state, or a group of states (ss(8), STATE-FILTER).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct States(pub(crate) Vec<State>);

impl States {
    /// Names of states and of groups of them, in ss and in the kernel.
    pub(crate) const NAMES: [&str; 16] = [
        "established",
        "syn-sent",
        "syn-recv",
        "fin-wait-1",
        "fin-wait-2",
        "time-wait",
        "unconn",
        "close-wait",
        "last-ack",
        "listen",
        "closing",
        "all",
        "connected",
        "synchronized",
        "bucket",
        "big",
    ];
}

impl States {
    /// All states but those of listeners, of closed and half-open sockets, and `TIME_WAIT`: what ss shows
    /// without options.
    pub(crate) fn connected() -> States {
        States(State::NAMED.into_iter().filter(|state| is_connected(*state)).collect())
    }
}

impl std::str::FromStr for States {
    type Err = String;

    fn from_str(text: &str) -> Result<States, String> {
        let text = text.trim();
        let of = |wanted: fn(State) -> bool| -> Vec<State> {
            State::NAMED.into_iter().filter(move |state| wanted(*state)).collect()
        };
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        let group = if is("all") {
            State::NAMED.to_vec()
        } else if is("connected") {
            return Ok(States::connected());
        } else if is("synchronized") {
            of(|state| is_connected(state) && state != State::SYN_SENT)
        } else if is("bucket") {
            of(is_bucket)
        } else if is("big") {
            of(|state| !is_bucket(state))
        } else if is("listening") {
            vec![State::LISTEN]
        } else if is("closed") || is("unconnected") {
            vec![State::CLOSE]
        } else {
            let state = text.parse::<State>().map_err(|error| {
                format!("{error}; or a group: all, connected, synchronized, bucket, big")
            })?;
            vec![state]
        };
        Ok(States(group))
    }
}

/// Connected or connecting (misc/ss.c `SS_CONN`).
fn is_connected(state: State) -> bool {
    !matches!(state, State::LISTEN | State::CLOSE | State::BOUND_INACTIVE)
}

/// States in which the kernel keeps a minisocket.
fn is_bucket(state: State) -> bool {
    matches!(state, State::SYN_RECV | State::NEW_SYN_RECV | State::TIME_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(text: &str) -> Vec<State> {
        text.parse::<States>().unwrap().0
    }

    #[test]
    fn a_state_is_given_by_any_of_its_names() {
        for text in ["established", "ESTAB", " Established"] {
            assert_eq!(states(text), [State::ESTABLISHED]);
        }
        for text in ["listening", "listen", "LISTEN"] {
            assert_eq!(states(text), [State::LISTEN]);
        }
        assert_eq!(states("closed"), states("unconn"));
        assert_eq!(states("fin-wait-1"), [State::FIN_WAIT1]);
        assert_eq!(states("0x0d"), [State::BOUND_INACTIVE]);
    }

    #[test]
    fn every_name_is_that_of_states() {
        assert!(States::NAMES.iter().all(|name| name.parse::<States>().is_ok()));
    }

    #[test]
    fn groups_of_states_are_those_of_ss() {
        assert_eq!(states("all"), State::NAMED);
        let (connected, synchronized) = (states("connected"), states("synchronized"));
        assert!(connected.contains(&State::TIME_WAIT) && !connected.contains(&State::LISTEN));
        assert_eq!(connected.len(), synchronized.len() + 1);
        let mut both = [states("bucket"), states("big")].concat();
        both.sort_by_key(|state| state.0);
        assert_eq!(both, states("all"));
        let error = "half-open".parse::<States>().unwrap_err();
        assert!(error.contains("CLOSE_WAIT") && error.contains("connected"), "{error}");
    }
}
