//! Options that do not exist: those of ss that have no place here, and those of other programs.

use clap::{
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};
use procnet::Kinds;

/// Options, and what takes their place.
const OPTIONS: [(&[&str], &str); 23] = [
    // Of ss.
    (&["-b", "--bpf"], "only `procnet sockets` shows the filters of packet sockets"),
    (
        &["--bpf-maps", "--bpf-map-id"],
        "only `procnet sockets` shows what BPF maps keep with sockets",
    ),
    (&["-d", "--dccp", "-S", "--sctp", "-M", "--mptcp"], "procnet does not list these sockets"),
    (&["--vsock", "--tipc", "--xdp"], "procnet does not list these sockets"),
    (&["-Z", "--context", "-z", "--contexts"], "only `procnet sockets` shows security contexts"),
    (&["--tipcinfo"], "procnet does not list these sockets"),
    (
        &["-r", "--resolve"],
        "only lists and groups of sockets have names of hosts; for routes, use `procnet route`",
    ),
    // Of netstat, lsof, ip and others.
    (&["-c", "--continuous", "--interval", "--refresh"], "to repeat, use `--watch 1`"),
    (&["-g", "--groups"], "for multicast groups, use `procnet igmp`"),
    (&["--interfaces"], "for interfaces, use `procnet dev`"),
    (&["--masquerade"], "for tracked connections, use `procnet conntrack`"),
    (&["--route"], "for routes, use `procnet route`"),
    (&["--statistics"], "for the counters of protocols, use `procnet snmp`"),
    (&["-P"], "ports are always numbers"),
    (&["-j", "-J", "--json"], "use `--format json`, or `--format ndjson`"),
    (&["--csv"], "use `--format csv`"),
    (&["-v", "--verbose"], "for more of each socket, use `-e`, `-i` or `-pp`"),
    (&["--limit", "--count", "--head", "--lines"], "use `--max N`"),
    (&["--user"], "use `--uid NAME`"),
    (&["--program", "--programs", "--name", "--command"], "use `--process NAME`"),
    (&["--ip", "--addr", "--address", "--host"], "use `--local ADDRESS` or `--remote ADDRESS`"),
    (&["--established", "--connected"], "use `--state established`, or `--state connected`"),
    (&["--service", "--systemd-unit"], "use `--unit NAME`"),
];

/// What protocols are called elsewhere.
const PROTOCOL: &str = "--protocol";

/// Replaces the tip of an error by a better one, if one is known. `typed` is the command line.
pub(crate) fn improve(mut error: clap::Error, typed: &[String]) -> clap::Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let is_given = |word: &&String| word.split('=').next() == Some(&**option);
    let at = typed.iter().position(|word| is_given(&word));
    let value = at.and_then(|at| match typed[at].split_once('=') {
        Some((_, value)) => Some(value),
        None => typed.get(at + 1).map(String::as_str),
    });
    let tip = match OPTIONS.iter().find(|(options, _)| options.contains(&&**option)) {
        Some((_, tip)) => Some((*tip).to_owned()),
        None => kind(option, value),
    };
    match tip {
        Some(tip) => {
            error.remove(ContextKind::SuggestedArg);
            error.remove(ContextKind::Usage);
            let tip = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
            error.insert(ContextKind::Suggested, tip);
        }
        // Nobody means the name of an option as a value.
        None if error.get(ContextKind::SuggestedArg).is_none() => {
            error.remove(ContextKind::Suggested);
        }
        None => {}
    }
    error
}

/// For `--prot tcp` and the like.
fn kind(option: &str, value: Option<&str>) -> Option<String> {
    let is_protocol = option.len() > 4 && PROTOCOL.starts_with(option) || option == "--type";
    let kind = value.filter(|value| value.parse::<Kinds>().is_ok());
    match kind {
        Some(kind) => Some(format!("did you mean `--kind {kind}`?")),
        None if is_protocol => Some("did you mean `--kind KIND`?".to_owned()),
        None => None,
    }
}
