//! Network namespaces.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use procnet::Netns;

/// A network namespace, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NetnsArg(pub(crate) Netns);

impl FromStr for NetnsArg {
    type Err = String;

    fn from_str(text: &str) -> Result<NetnsArg, String> {
        Ok(NetnsArg(match text {
            "" => return Err("own, all, a PID, a name of `ip netns`, or a path".to_owned()),
            "own" => Netns::Own,
            "all" => Netns::All,
            path if path.contains('/') => Netns::Path(PathBuf::from(path)),
            text => named(text, Path::new(NAMED)),
        }))
    }
}

/// Where `ip netns` mounts named namespaces.
pub(super) const NAMED: &str = "/run/netns";

/// A namespace by name, else by pid: the name may be a number (iproute2, lib/namespace.c
/// `netns_get_fd`).
fn named(text: &str, directory: &Path) -> Netns {
    let path = directory.join(text);
    match text.parse() {
        Ok(pid) if !path.exists() => Netns::Pid(pid),
        _ => Netns::Path(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_given_by_keyword_pid_name_or_path() {
        let netns = |text: &str| text.parse::<NetnsArg>().unwrap().0;
        assert_eq!(netns("own"), Netns::Own);
        assert_eq!(netns("all"), Netns::All);
        assert_eq!(netns("12"), Netns::Pid(12));
        assert_eq!(netns("blue"), Netns::Path("/run/netns/blue".into()));
        assert_eq!(netns("./12"), Netns::Path("./12".into()));
        assert!("".parse::<NetnsArg>().unwrap_err().contains("ip netns"));
    }

    #[test]
    fn a_number_is_a_name_if_there_is_one() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("12"), "").unwrap();
        assert_eq!(named("12", directory.path()), Netns::Path(directory.path().join("12")));
        assert_eq!(named("13", directory.path()), Netns::Pid(13));
        assert_eq!(named("x", directory.path()), Netns::Path(directory.path().join("x")));
    }
}
