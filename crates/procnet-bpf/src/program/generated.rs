//! Written by scripts/build.py, a file for each in bpf/.

mod events;
mod owners;
mod rows;

pub(crate) use events::{RECV_LENGTH, SEND_LENGTH, SET_STATE};
pub(crate) use owners::{LEVEL, OWNERS, PID_NAMESPACE};
pub(crate) use rows::ROWS;
