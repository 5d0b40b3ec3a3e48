//! Which owners and network namespaces are visible.

use procnet::{Error, Kinds, Netns, Query, Scanner, owners::OwnerSource};

use super::{
    mount::Mount,
    reader::{Capability, Reader},
};
use crate::{
    messages::why_no_bpf,
    row::{Finding, Seen, escaped},
};

/// What it takes to read the descriptors of every process (kernel/ptrace.c
/// `__ptrace_may_access`, and the mode of /proc/PID/fd).
const ALL_DESCRIPTORS: [Capability; 2] = [Capability::SysPtrace, Capability::DacReadSearch];

/// What shows the processes outside a container.
const OUTSIDE: &str = "run it in the pid namespace of the host (docker run --pid=host), or mount the \
                       /proc of the host here and set HOST_PROC or --root";

pub(super) fn owners(scanner: &mut Scanner, reader: &Reader, mount: &Mount) -> Finding {
    let complete = Finding::complete("owners");
    let query = Query::new().kinds(Kinds::TCP4).listening().owner_source(OwnerSource::Walk);
    let coverage = match scanner.visit(&query, |_| ()) {
        Ok(coverage) => coverage,
        Err(error) => return complete.limited(Seen::None, error.to_string()),
    };
    let Some(walk) = &coverage.processes else { return complete };
    if scanner.root().is_capture() && !walk.is_complete() {
        let why: Vec<String> = walk.to_string().lines().map(str::to_owned).collect();
        let seen = if walk.descriptors == 0 { Seen::None } else { Seen::Part };
        return complete.limited(seen, why.join("; "));
    }
    let (hidden, seen) = (walk.unreadable(), walk.seen - walk.vanished);
    let mut why = Vec::new();
    for hidden in &walk.hidden {
        let count = hidden.count;
        why.push(format!("descriptors of {count} of {seen} processes: {}", hidden.failure));
    }
    let hidepid = mount.hidepid.as_deref().map(|value| format!(" (hidepid={value})"));
    if walk.unlisted {
        let hidepid = hidepid.unwrap_or_default();
        why.push(format!("processes of other users are hidden{hidepid}"));
    }
    if walk.contained {
        why.push(format!("{seen} processes, but none outside this pid namespace"));
    }
    for unread in &walk.unread {
        why.push(format!("{} descriptors: {}", unread.count, unread.failure));
    }
    if why.is_empty() {
        return Finding { why: Some(format!("{seen} processes")), ..complete };
    }
    let denied = walk.hidden.iter().any(|hidden| hidden.failure.is_permission());
    let help = if !denied && !walk.unlisted {
        walk.contained.then(|| OUTSIDE.to_owned())
    } else if let Some(missing) = reader.lacks(&ALL_DESCRIPTORS) {
        Some(format!("run as root, or with {missing}"))
    } else {
        let modules = modules().map(|modules| format!(" ({modules})")).unwrap_or_default();
        Some(format!(
            "these processes are in another user namespace, or protected by a security module\
             {modules}: run outside the container, or as the module permits"
        ))
    };
    let seen = if hidden >= seen { Seen::None } else { Seen::Part };
    Finding { help, ..complete.limited(seen, why.join("; ")) }
}

/// Whether a BPF iterator can report owners.
pub(super) fn bpf(scanner: &mut Scanner) -> Finding {
    let complete = Finding::complete("bpf");
    let query = Query::new().kinds(Kinds::TCP4).listening().owner_source(OwnerSource::Bpf);
    let error = match scanner.visit(&query, |_| ()) {
        Ok(coverage) => {
            let processes = coverage.processes.unwrap_or_default();
            let (sockets, hidden) = (processes.descriptors, processes.unreadable());
            if hidden > 0 {
                let hidden = format!("{hidden} of {} processes hide theirs", processes.seen);
                let why = format!("descriptors of sockets: {sockets}, but {hidden}");
                return complete.limited(Seen::Part, why);
            }
            let why = format!("descriptors of sockets: {sockets}, of all processes in one pass");
            return Finding { why: Some(why), ..complete };
        }
        Err(error) => error,
    };
    let (why, help) = why_no_bpf(&error);
    Finding { help: help.map(str::to_owned), ..complete.limited(Seen::None, why) }
}

pub(super) fn namespaces(scanner: &mut Scanner, reader: &Reader) -> Finding {
    let complete = Finding::complete("namespaces");
    let query = Query::new().kinds(Kinds::TCP4).listening().owners(false).netns(Netns::All);
    let namespaces = match scanner.visit(&query, |_| ()) {
        Ok(coverage) => coverage.namespaces,
        Err(error) => return none(complete, &error),
    };
    let mut why = vec![match namespaces.visited {
        1 => "1 network namespace".to_owned(),
        visited => format!("{visited} network namespaces"),
    }];
    why.extend(namespaces.to_string().lines().map(str::to_owned));
    if namespaces.contained {
        why.push("those outside this pid namespace are not visible".to_owned());
    }
    if namespaces.hidden.is_empty() && namespaces.unknown == 0 && !namespaces.unlisted {
        return Finding { why: Some(why.join("; ")), ..complete };
    }
    let needed = [Capability::SysAdmin, Capability::SysPtrace];
    let help = reader.lacks(&needed).map(|missing| format!("run as root, or with {missing}"));
    Finding { help, ..complete.limited(Seen::Part, why.join("; ")) }
}

fn none(complete: Finding, error: &Error) -> Finding {
    complete.limited(Seen::None, error.to_string())
}

/// The active security modules, if they can be read.
fn modules() -> Option<String> {
    let modules = std::fs::read("/sys/kernel/security/lsm").ok()?;
    Some(escaped(modules.trim_ascii()))
}
