//! The compiled programs, as tables.
//!
//! `scripts/build.py` compiles `bpf/*.bpf.c` and writes them, so neither a compiler nor a library that
//! reads objects is needed here. What clang leaves open for the loader (CO-RE: "compile once, run
//! everywhere") are lines of names: where a member is, whether it exists.

mod generated;
#[cfg(test)]
mod tests;

pub(crate) use generated::{
    LEVEL, OWNERS, PID_NAMESPACE, RECV_LENGTH, ROWS, SEND_LENGTH, SET_STATE,
};

/// All of them, in the order of the tables.
pub(crate) const ALL: [&Program; 7] =
    [&RECV_LENGTH, &SEND_LENGTH, &SET_STATE, &LEVEL, &OWNERS, &PID_NAMESPACE, &ROWS];

/// A program, and what it needs to know of the running kernel.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its name in C, which the kernel lists beside the program, too.
    pub(crate) name: &'static str,
    /// As the kernel takes them, of a little-endian machine (`struct bpf_insn`).
    pub(crate) instructions: &'static [u64],
    pub(crate) values: &'static [Value],
    /// Which instruction needs which of the values.
    pub(crate) relocations: &'static [(u16, u16)],
    /// Which instruction loads which of the [`Constant`]s.
    pub(crate) constants: &'static [(u16, u16)],
    /// Which instruction loads which of the maps.
    pub(crate) maps: &'static [(u16, u16)],
}

/// A number to be found in the kernel's type information.
#[derive(Debug)]
pub(crate) struct Value {
    /// The name of a struct, union or enumeration.
    pub(crate) root: &'static str,
    /// The members on the way, or the name of an enumerator.
    pub(crate) path: &'static str,
    pub(crate) what: What,
    /// The program asks whether it exists before it makes use of it.
    pub(crate) optional: bool,
}

/// What is wanted of a type or member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Where the member is. The program reads so many bytes of it, or only takes its address (0).
    Offset { size: u32 },
    /// Whether there is such a member.
    FieldExists,
    /// The size of the type.
    TypeSize,
    /// Whether there is such an enumerator.
    EnumeratorExists,
}

/// Numbers that the loader decides about: `CONSTANT` in bpf/kernel.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Constants {
    /// How deep the reader's PID namespace is nested; 0 for the initial one.
    pub(crate) pid_namespace_level: u32,
    /// A bit for each address family.
    pub(crate) families: u64,
    /// A bit for each state.
    pub(crate) states: u32,
    /// A protocol, or [`ANY_PROTOCOL`](Constants::ANY_PROTOCOL).
    pub(crate) protocol: u32,
    /// The number of a network namespace, or 0 for any.
    pub(crate) netns: u32,
    /// A port, or 0 for any.
    pub(crate) local_port: u16,
    /// A port, or 0 for any.
    pub(crate) remote_port: u16,
    /// The number of the reader's PID namespace; not needed for the initial one.
    pub(crate) pid_namespace: u32,
    /// Whether births are reported, too.
    pub(crate) births: bool,
}

impl Constants {
    /// Protocols have 16 bits.
    pub(crate) const ANY_PROTOCOL: u32 = 1 << 16;

    /// The constant of a number in kernel.h; `None` if there is none.
    pub(crate) fn get(&self, number: u16) -> Option<u64> {
        match number {
            0 => Some(self.pid_namespace_level.into()),
            1 => Some(self.families),
            2 => Some(self.states.into()),
            3 => Some(self.protocol.into()),
            4 => Some(self.netns.into()),
            5 => Some(self.local_port.into()),
            6 => Some(self.remote_port.into()),
            7 => Some(self.pid_namespace.into()),
            8 => Some(self.births.into()),
            _ => None,
        }
    }
}

impl Default for Constants {
    /// Of the initial PID namespace, and everything in it.
    fn default() -> Constants {
        Constants {
            pid_namespace_level: 0,
            families: u64::MAX,
            states: u32::MAX,
            protocol: Constants::ANY_PROTOCOL,
            netns: 0,
            local_port: 0,
            remote_port: 0,
            pid_namespace: 0,
            births: true,
        }
    }
}
