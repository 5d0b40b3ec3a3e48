//! Socket states.

use core::{fmt, str::FromStr};

/// The state of a socket, by the kernel's number (include/net/tcp_states.h).
///
/// All protocols share these numbers: a connected UDP socket is [`ESTABLISHED`], an
/// unconnected one [`CLOSE`], displayed as `UNCONN`. Unknown numbers are preserved and displayed in
/// hexadecimal.
///
/// ```
/// use procnet_core::State;
///
/// assert_eq!(State(0x0A), State::LISTEN);
/// assert_eq!(State::LISTEN.to_string(), "LISTEN");
/// assert_eq!(State::CLOSE.to_string(), "UNCONN");
/// assert_eq!(State(0x1F).to_string(), "0x1F");
/// assert_eq!("time-wait".parse(), Ok(State::TIME_WAIT));
/// ```
///
/// [`ESTABLISHED`]: State::ESTABLISHED
/// [`CLOSE`]: State::CLOSE
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State(
    /// The kernel's number.
    pub u8,
);

impl State {
    /// Connected, open in both directions.
    pub const ESTABLISHED: State = State(1);
    /// Connecting: SYN sent.
    pub const SYN_SENT: State = State(2);
    /// SYN received: a request sock, without owner or inode.
    pub const SYN_RECV: State = State(3);
    /// Closed locally, FIN not acknowledged yet.
    pub const FIN_WAIT1: State = State(4);
    /// Closed locally, FIN acknowledged; the peer has not closed yet.
    pub const FIN_WAIT2: State = State(5);
    /// Closed by both sides, waiting for stray segments to expire.
    pub const TIME_WAIT: State = State(6);
    /// Neither connected nor listening; every unconnected UDP socket.
    pub const CLOSE: State = State(7);
    /// Closed by the peer, not yet by the local process.
    pub const CLOSE_WAIT: State = State(8);
    /// Closed by both sides, the peer first; the local FIN is not acknowledged yet.
    pub const LAST_ACK: State = State(9);
    /// Listening for connections.
    pub const LISTEN: State = State(10);
    /// Closed by both sides simultaneously; the local FIN is not acknowledged yet.
    pub const CLOSING: State = State(11);
    /// The kernel-internal state of a request sock; `/proc` prints [`SYN_RECV`](State::SYN_RECV).
    pub const NEW_SYN_RECV: State = State(12);
    /// Bound, neither connected nor listening; `/proc` never prints such sockets.
    pub const BOUND_INACTIVE: State = State(13);

    /// Every state that has a name, in numerical order.
    pub const NAMED: [State; 13] = [
        State::ESTABLISHED,
        State::SYN_SENT,
        State::SYN_RECV,
        State::FIN_WAIT1,
        State::FIN_WAIT2,
        State::TIME_WAIT,
        State::CLOSE,
        State::CLOSE_WAIT,
        State::LAST_ACK,
        State::LISTEN,
        State::CLOSING,
        State::NEW_SYN_RECV,
        State::BOUND_INACTIVE,
    ];

    /// The kernel's name without the prefix `TCP_`, but `UNCONN` for [`CLOSE`](State::CLOSE), as in
    /// `ss`: few of the sockets in this state were ever closed. `None` for an unknown number.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            State::ESTABLISHED => "ESTABLISHED",
            State::SYN_SENT => "SYN_SENT",
            State::SYN_RECV => "SYN_RECV",
            State::FIN_WAIT1 => "FIN_WAIT1",
            State::FIN_WAIT2 => "FIN_WAIT2",
            State::TIME_WAIT => "TIME_WAIT",
            State::CLOSE => "UNCONN",
            State::CLOSE_WAIT => "CLOSE_WAIT",
            State::LAST_ACK => "LAST_ACK",
            State::LISTEN => "LISTEN",
            State::CLOSING => "CLOSING",
            State::NEW_SYN_RECV => "NEW_SYN_RECV",
            State::BOUND_INACTIVE => "BOUND_INACTIVE",
            _ => return None,
        })
    }
}

impl From<u8> for State {
    fn from(number: u8) -> State {
        State(number)
    }
}

impl From<State> for u8 {
    fn from(state: State) -> u8 {
        state.0
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "0x{:02X}", self.0),
        }
    }
}

/// The string does not name a socket state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownState;

impl fmt::Display for UnknownState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a socket state; the states are")?;
        for (at, state) in State::NAMED.iter().enumerate() {
            write!(f, "{} {state}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownState {}

/// Parses the output of [`Display`](fmt::Display), the kernel's names, and the spellings of `ss`,
/// ignoring case.
impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<State, UnknownState> {
        if let Some(digits) = text.strip_prefix("0x") {
            return u8::from_str_radix(digits, 16).map(State).map_err(|_| UnknownState);
        }
        let same = |name: &str| {
            // `ss` writes SYN-SENT, FIN-WAIT-1, TIME-WAIT.
            let plain = |byte: &u8| *byte != b'-' && *byte != b'_';
            let left = text.bytes().filter(plain).map(|byte| byte.to_ascii_uppercase());
            left.eq(name.bytes().filter(plain))
        };
        if same("ESTAB") {
            return Ok(State::ESTABLISHED);
        }
        if same("CLOSE") {
            return Ok(State::CLOSE);
        }
        let named = |state: &State| state.name().is_some_and(same);
        State::NAMED.into_iter().find(named).ok_or(UnknownState)
    }
}
