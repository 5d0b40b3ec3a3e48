//! How states are spelt.

use procnet::State;

/// The states of TCP: as the kernel has them, as `network.connection.state` of OpenTelemetry's semantic
/// conventions (1.44), and as node_exporter.
pub const STATES: [(State, &str, &str); 11] = [
    (State::ESTABLISHED, "established", "established"),
    (State::SYN_SENT, "syn_sent", "syn_sent"),
    (State::SYN_RECV, "syn_received", "syn_recv"),
    (State::FIN_WAIT1, "fin_wait_1", "fin_wait1"),
    (State::FIN_WAIT2, "fin_wait_2", "fin_wait2"),
    (State::TIME_WAIT, "time_wait", "time_wait"),
    (State::CLOSE, "closed", "close"),
    (State::CLOSE_WAIT, "close_wait", "close_wait"),
    (State::LAST_ACK, "last_ack", "last_ack"),
    (State::LISTEN, "listen", "listen"),
    (State::CLOSING, "closing", "closing"),
];

/// The state as `network.connection.state`; `None` for those that the conventions do not have.
#[must_use]
pub fn connection_state(state: State) -> Option<&'static str> {
    // The kernel's other number for a request sock.
    let state = if state == State::NEW_SYN_RECV { State::SYN_RECV } else { state };
    STATES.iter().find(|(other, ..)| *other == state).map(|(_, name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_spells_states_as_they_are_sent() {
        let readme = include_str!("../../README.md");
        for (state, of_conventions, of_node_exporter) in STATES {
            let row = format!("| `{of_node_exporter}` | `{of_conventions}` |\n");
            let rows = readme.lines().filter(|line| format!("{line}\n").ends_with(&row));
            let named = rows.filter(|line| line.contains(&format!("`{state}`"))).count();
            assert_eq!(named, 1, "{state}");
        }
        assert_eq!(connection_state(State::NEW_SYN_RECV), Some("syn_received"));
        assert_eq!(connection_state(State::BOUND_INACTIVE), None);
    }
}
