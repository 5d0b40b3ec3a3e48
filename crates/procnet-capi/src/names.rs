//! Versions, names of numbers, and escaping.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    ffi::{CStr, c_char},
    ptr,
};

use procnet::decode::escape::Escaped;

use crate::{
    border::{Bytes, TextOut, guard},
    result::{self, procnet_result},
};

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the version has a NUL"),
    };

const KINDS: [&CStr; 23] = [
    c"tcp",
    c"tcp6",
    c"udp",
    c"udp6",
    c"unix",
    c"udplite",
    c"udplite6",
    c"raw",
    c"raw6",
    c"icmp",
    c"icmp6",
    c"packet",
    c"netlink",
    c"mptcp",
    c"mptcp6",
    c"sctp",
    c"sctp6",
    c"dccp",
    c"dccp6",
    c"smc",
    c"vsock",
    c"tipc",
    c"xdp",
];

/// From 1.
const STATES: [&CStr; 13] = [
    c"ESTABLISHED",
    c"SYN_SENT",
    c"SYN_RECV",
    c"FIN_WAIT1",
    c"FIN_WAIT2",
    c"TIME_WAIT",
    c"UNCONN",
    c"CLOSE_WAIT",
    c"LAST_ACK",
    c"LISTEN",
    c"CLOSING",
    c"NEW_SYN_RECV",
    c"BOUND_INACTIVE",
];

fn pointer(text: Option<&'static CStr>) -> *const c_char {
    text.map_or(ptr::null(), CStr::as_ptr)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_version() -> *const c_char {
    VERSION.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_kind_name(kind: u32) -> *const c_char {
    pointer(KINDS.get(kind as usize).copied())
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_state_name(state: u32) -> *const c_char {
    pointer((state as usize).checked_sub(1).and_then(|at| STATES.get(at).copied()))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_result_text(result: procnet_result) -> *const c_char {
    pointer(result::meaning(result))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_escape(
    bytes: Bytes<'_>,
    length: usize,
    text: TextOut<'_>,
    capacity: usize,
) -> usize {
    guard(0, || text.write(capacity, &Escaped(bytes.slice(length)).to_string()))
}

#[cfg(test)]
mod tests {
    use procnet::{Kind, State};

    use super::*;

    #[test]
    fn names_are_those_of_the_library() {
        let kinds = Kind::ALL.map(Kind::name);
        assert_eq!(KINDS.map(|name| name.to_str().unwrap()), kinds);
        let states = State::NAMED.map(|state| (state.0, state.name().unwrap()));
        let ours: Vec<(u8, &str)> = (1..).zip(STATES.map(|name| name.to_str().unwrap())).collect();
        assert_eq!(ours, states);
    }
}
