//! Whose owners are seen, and in which network namespaces.

use procnet::{Error, Kinds, Netns, Query, Scanner};

use super::{
    mount::Mount,
    reader::{Capability, Reader},
};
use crate::row::{Finding, Seen, escaped};

/// What it takes to read the descriptors of every process (kernel/ptrace.c
/// `__ptrace_may_access`, and the mode of /proc/PID/fd).
const ALL_DESCRIPTORS: [Capability; 2] = [Capability::SysPtrace, Capability::DacReadSearch];

pub(super) fn owners(scanner: &mut Scanner, reader: &Reader, mount: &Mount) -> Finding {
    let whole = Finding::whole("owners");
    let query = Query::new().kinds(Kinds::TCP4).listening();
    let coverage = match scanner.visit(&query, |_| ()) {
        Ok(coverage) => coverage,
        Err(error) => return whole.less(Seen::None, error.to_string()),
    };
    let Some(walk) = &coverage.processes else { return whole };
    let (hidden, seen) = (walk.unreadable(), walk.seen - walk.vanished);
    let mut why = Vec::new();
    for hidden in &walk.hidden {
        let count = hidden.count;
        why.push(format!("{count} of {seen} processes: descriptors: {}", hidden.failure));
    }
    let hidepid = mount.hidepid.as_deref().map(|value| format!(" (hidepid={value})"));
    if walk.unlisted {
        let hidepid = hidepid.unwrap_or_default();
        why.push(format!("processes of other users are not even listed{hidepid}"));
    }
    if why.is_empty() {
        return Finding { why: Some(format!("{seen} processes")), ..whole };
    }
    let denied = walk.hidden.iter().any(|hidden| hidden.failure.is_permission());
    let help = if !denied && !walk.unlisted {
        None
    } else if let Some(lacking) = reader.lacks(&ALL_DESCRIPTORS) {
        Some(format!("run it as root, or with {lacking}"))
    } else {
        let modules = modules().map(|modules| format!(" ({modules})")).unwrap_or_default();
        Some(format!(
            "these processes belong to another user namespace, or a security module of this \
             host{modules} protects them: run it outside of the container, or as the module allows"
        ))
    };
    let seen = if hidden >= seen { Seen::None } else { Seen::Part };
    Finding { help, ..whole.less(seen, why.join("; ")) }
}

pub(super) fn namespaces(scanner: &mut Scanner, reader: &Reader) -> Finding {
    let whole = Finding::whole("namespaces");
    let query = Query::new().kinds(Kinds::TCP4).listening().owners(false).netns(Netns::All);
    let namespaces = match scanner.visit(&query, |_| ()) {
        Ok(coverage) => coverage.namespaces,
        Err(error) => return none(whole, &error),
    };
    let mut why = vec![match namespaces.visited {
        1 => "1 network namespace".to_owned(),
        visited => format!("{visited} network namespaces"),
    }];
    why.extend(namespaces.to_string().lines().map(str::to_owned));
    if namespaces.hidden.is_empty() && namespaces.unknown == 0 {
        return Finding { why: Some(why.join("; ")), ..whole };
    }
    let needed = [Capability::SysAdmin, Capability::SysPtrace];
    let help = reader.lacks(&needed).map(|lacking| format!("run it as root, or with {lacking}"));
    Finding { help, ..whole.less(Seen::Part, why.join("; ")) }
}

fn none(whole: Finding, error: &Error) -> Finding {
    whole.less(Seen::None, error.to_string())
}

/// The security modules of this kernel, where they can be seen.
fn modules() -> Option<String> {
    let modules = std::fs::read("/sys/kernel/security/lsm").ok()?;
    Some(escaped(modules.trim_ascii()))
}
