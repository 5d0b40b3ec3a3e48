//! Network namespaces.

use std::{path::PathBuf, str::FromStr};

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
            text => match text.parse() {
                Ok(pid) => Netns::Pid(pid),
                // Where `ip netns` mounts named namespaces.
                Err(_) => Netns::Path(PathBuf::from("/run/netns").join(text)),
            },
        }))
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
}
