//! Why the kernel, or its configuration, does not let programs be loaded.

use std::{fmt, io};

use rustix::io::Errno;

use crate::{btf, relocate::Misfit};

/// Why BPF programs are not available to this process.
///
/// Nothing stays behind after a refusal, and [`help`](Refusal::help) says what would change it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The programs are for 64-bit little-endian machines.
    Architecture,
    /// The thread has neither `CAP_SYS_ADMIN` nor both `CAP_BPF` and `CAP_PERFMON`.
    Capabilities,
    /// The capabilities are those of a user namespace, but those of the initial one count.
    UserNamespace,
    /// A seccomp filter does not permit bpf(2). Container runtimes install one.
    Seccomp,
    /// bpf(2) is not permitted (`EPERM`), for none of the reasons above: a security module, or before
    /// Linux 5.11 the limit of locked memory.
    Denied {
        /// The command that was refused, as `BPF_PROG_LOAD`.
        command: &'static str,
    },
    /// The kernel is built without bpf(2) (`ENOSYS`).
    NoSyscall,
    /// The kernel's type information cannot be read: the kernel is built without, or /sys is hidden.
    NoTypes {
        /// The number of the error.
        errno: i32,
    },
    /// The kernel's type information lacks a type or member that a program needs, or is malformed.
    Types(btf::Error),
    /// The kernel does not have this iterator.
    NoIterator {
        /// As `task_file`.
        target: &'static str,
    },
    /// The kernel does not have this tracepoint.
    NoTracepoint {
        /// As `sock_send_length`.
        tracepoint: &'static str,
    },
    /// The kernel does not have a helper function that a program calls, or not for such programs.
    NoHelper {
        /// The program's name.
        program: &'static str,
        /// As `bpf_sk_storage_get`.
        helper: String,
    },
    /// A member has another size than the programs can read.
    FieldSize {
        /// The type's name.
        root: &'static str,
        /// The members on the way, separated by dots.
        path: &'static str,
        /// Its size in the running kernel, in bytes.
        size: u32,
    },
    /// A value does not fit into an instruction: the type information is not that of a kernel.
    Instruction {
        /// The program's name.
        program: &'static str,
        /// The instruction's number.
        index: u16,
    },
    /// A kernel in confidential lockdown does not let programs read its memory by probes. Owners need
    /// those in a PID namespace that is not the initial one, rows and events everywhere.
    Lockdown {
        /// The program's name.
        program: &'static str,
    },
    /// The verifier rejected a program.
    Verifier {
        /// The program's name.
        program: &'static str,
        /// The number of the error.
        errno: i32,
        /// The end of what the verifier wrote.
        log: String,
    },
    /// A command of bpf(2) failed for another reason.
    Failed {
        /// As `BPF_LINK_CREATE`.
        command: &'static str,
        /// The number of the error.
        errno: i32,
    },
}

impl Refusal {
    /// A short name, the same in all versions: `capabilities`, `seccomp`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Refusal::Architecture => "architecture",
            Refusal::Capabilities => "capabilities",
            Refusal::UserNamespace => "user-namespace",
            Refusal::Seccomp => "seccomp",
            Refusal::Denied { .. } => "denied",
            Refusal::NoSyscall => "no-syscall",
            Refusal::NoTypes { .. } => "no-types",
            Refusal::Types(_) => "types",
            Refusal::NoIterator { .. } => "no-iterator",
            Refusal::NoTracepoint { .. } => "no-tracepoint",
            Refusal::NoHelper { .. } => "no-helper",
            Refusal::FieldSize { .. } => "field-size",
            Refusal::Instruction { .. } => "instruction",
            Refusal::Lockdown { .. } => "lockdown",
            Refusal::Verifier { .. } => "verifier",
            Refusal::Failed { .. } => "failed",
        }
    }

    /// The number of the error that the kernel returned, if it was asked.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        match self {
            Refusal::UserNamespace | Refusal::Seccomp | Refusal::Denied { .. } => {
                Some(Errno::PERM.raw_os_error())
            }
            Refusal::NoSyscall => Some(Errno::NOSYS.raw_os_error()),
            Refusal::NoTypes { errno }
            | Refusal::Verifier { errno, .. }
            | Refusal::Failed { errno, .. } => Some(*errno),
            Refusal::Lockdown { .. } | Refusal::NoHelper { .. } => {
                Some(Errno::INVAL.raw_os_error())
            }
            Refusal::Architecture
            | Refusal::Capabilities
            | Refusal::Types(_)
            | Refusal::NoIterator { .. }
            | Refusal::NoTracepoint { .. }
            | Refusal::FieldSize { .. }
            | Refusal::Instruction { .. } => None,
        }
    }

    /// What would help, as a sentence without a full stop.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Refusal::Architecture => "only x86-64, AArch64 and other 64-bit little-endian machines",
            Refusal::Capabilities => {
                "run as root, or give the program CAP_BPF and CAP_PERFMON (setcap, AmbientCapabilities=)"
            }
            Refusal::UserNamespace => "run outside of a user namespace (rootless container)",
            Refusal::Seccomp => {
                "permit bpf(2) in the seccomp profile; runtimes do with CAP_BPF or CAP_SYS_ADMIN added"
            }
            Refusal::Denied { .. } => {
                "permit bpf(2) in the policy of the security module; before Linux 5.11, raise RLIMIT_MEMLOCK"
            }
            Refusal::NoSyscall => "a kernel built with CONFIG_BPF_SYSCALL",
            Refusal::NoTypes { .. } => {
                "mount /sys, if it is hidden; else a kernel built with CONFIG_DEBUG_INFO_BTF"
            }
            Refusal::NoIterator { .. } => "a newer kernel: task_file is there since Linux 5.8",
            Refusal::NoTracepoint { .. } => {
                "a newer kernel: without the first use of sockets, events need Linux 5.12, with it 6.3"
            }
            Refusal::NoHelper { .. } => "a newer kernel: events need Linux 5.12",
            Refusal::Types(_) | Refusal::FieldSize { .. } | Refusal::Instruction { .. } => {
                "a version of procnet that knows this kernel; please report it"
            }
            Refusal::Lockdown { .. } => {
                "a kernel without lockdown, or with lockdown=integrity in place of confidentiality"
            }
            Refusal::Verifier { .. } | Refusal::Failed { .. } => {
                "please report it with this message and the version of the kernel"
            }
        }
    }
}

impl From<Misfit> for Refusal {
    fn from(misfit: Misfit) -> Refusal {
        match misfit {
            Misfit::Btf(error) => Refusal::Types(error),
            Misfit::Size { root, path, size } => Refusal::FieldSize { root, path, size },
            Misfit::Instruction { program, index } => Refusal::Instruction { program, index },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |errno: &i32| io::Error::from_raw_os_error(*errno);
        match self {
            Refusal::Architecture => write!(f, "BPF programs: not for this architecture"),
            Refusal::Capabilities => {
                write!(f, "BPF programs: neither CAP_SYS_ADMIN nor CAP_BPF and CAP_PERFMON")
            }
            Refusal::UserNamespace => {
                write!(f, "bpf(2): capabilities of a user namespace do not count")
            }
            Refusal::Seccomp => write!(f, "bpf(2): not permitted by a seccomp filter"),
            Refusal::Denied { command } => {
                write!(f, "bpf(2), {command}: not permitted, in spite of the capabilities")
            }
            Refusal::NoSyscall => write!(f, "bpf(2): not in this kernel"),
            Refusal::NoTypes { errno } => write!(f, "{}: {}", crate::loader::BTF, text(errno)),
            Refusal::Types(_) => write!(f, "{}", crate::loader::BTF),
            Refusal::NoIterator { target } => write!(f, "this kernel has no iterator {target}"),
            Refusal::NoTracepoint { tracepoint } => {
                write!(f, "this kernel has no tracepoint {tracepoint}")
            }
            Refusal::NoHelper { program, helper } => {
                write!(f, "program {program}: this kernel has no helper {helper} for it")
            }
            Refusal::FieldSize { root, path, size } => {
                write!(f, "{root}.{path}: has {size} bytes in this kernel")
            }
            Refusal::Instruction { program, index } => {
                write!(f, "program {program}: nothing fits into instruction {index}")
            }
            Refusal::Lockdown { program } => {
                write!(f, "program {program}: the kernel is in confidential lockdown")
            }
            Refusal::Verifier { program, errno, log } => {
                write!(f, "program {program}: {}: {}", text(errno), log.trim_end())
            }
            Refusal::Failed { command, errno } => write!(f, "bpf(2), {command}: {}", text(errno)),
        }
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Refusal::Types(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_refusal_has_a_name_a_message_and_what_would_help() {
        let log = "R1 invalid\n".to_owned();
        let refusals = [
            Refusal::Architecture,
            Refusal::Capabilities,
            Refusal::UserNamespace,
            Refusal::Seccomp,
            Refusal::Denied { command: "BPF_PROG_LOAD" },
            Refusal::NoSyscall,
            Refusal::NoTypes { errno: 2 },
            Refusal::Types(btf::Error::NoType { name: "sock".to_owned() }),
            Refusal::NoIterator { target: "task_file" },
            Refusal::FieldSize { root: "sock", path: "sk_type", size: 1 },
            Refusal::Instruction { program: "rows", index: 3 },
            Refusal::Lockdown { program: "rows" },
            Refusal::Verifier { program: "rows", errno: 13, log },
            Refusal::Failed { command: "BPF_LINK_CREATE", errno: 24 },
            Refusal::NoTracepoint { tracepoint: "sock_send_length" },
            Refusal::NoHelper { program: "set_state", helper: "bpf_sk_storage_get".to_owned() },
        ];
        let names: BTreeSet<&str> = refusals.iter().map(Refusal::name).collect();
        let messages: BTreeSet<String> = refusals.iter().map(Refusal::to_string).collect();
        assert_eq!((names.len(), messages.len()), (refusals.len(), refusals.len()));
        for refusal in &refusals {
            assert!(!refusal.help().is_empty() && !refusal.help().ends_with('.'), "{refusal}");
            assert!(!refusal.to_string().ends_with('\n'), "{refusal:?}");
        }
        assert_eq!(
            refusals[12].to_string(),
            "program rows: Permission denied (os error 13): R1 invalid"
        );
        let source = std::error::Error::source(&refusals[7]).expect("a cause");
        assert_eq!(source.to_string(), "no type is called sock");
    }
}
