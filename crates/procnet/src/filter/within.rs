//! What a process runs in, as the path of its control group names it.

use super::pattern::{Case, Pattern};
use crate::process::ControlGroupPath;

/// What a control group may be that of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Within {
    /// A systemd unit: a service or a scope.
    Unit,
    Container,
    Pod,
}

/// The length of the ids that runtimes make up, and of the form in which they print them.
const ID: usize = 64;
const SHORT_ID: usize = 12;

impl Within {
    pub(crate) const ALL: [Within; 3] = [Within::Unit, Within::Container, Within::Pod];

    /// The word of the condition.
    pub(super) fn word(self) -> &'static str {
        match self {
            Within::Unit => "unit",
            Within::Container => "container",
            Within::Pod => "pod",
        }
    }

    /// The value of the condition.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Within::Unit => "the name of a systemd unit",
            Within::Container => "the id or the name of a container",
            Within::Pod => "the uid of a pod",
        }
    }

    /// Whether a process in a control group runs in one that matches; `None` if its path is not known,
    /// or only a part of it that names none.
    pub(crate) fn holds(self, group: &ControlGroupPath, pattern: &Pattern) -> Option<bool> {
        let path = group.known()?;
        let matches = |name: &[u8]| pattern.matches(name, Case::Matters, |byte| byte);
        let matches_id = |id: &[u8]| {
            let is_id = id.len() == ID && id.iter().all(u8::is_ascii_hexdigit);
            matches(id) || (is_id && matches(&id[..SHORT_ID]))
        };
        let holds = match self {
            Within::Unit => path
                .unit()
                .map(|unit| matches(unit) || unit.strip_suffix(b".service").is_some_and(matches)),
            Within::Container => path.container().map(|id| matches_id(&id)),
            Within::Pod => path.pod().map(|id| matches_id(&id)),
        };
        holds.or(path.is_whole().then_some(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(within: Within, path: &str, pattern: &str) -> Option<bool> {
        let group = ControlGroupPath::whole(path.as_bytes());
        within.holds(&group, &Pattern::new(pattern))
    }

    #[test]
    fn a_unit_matches_with_and_without_its_type() {
        let path = "/system.slice/nginx.service/workers";
        for name in ["nginx.service", "nginx", "ngi*", "*.service", "*"] {
            assert_eq!(holds(Within::Unit, path, name), Some(true), "{name}");
        }
        for name in ["", "ngi", "workers", "system.slice", "NGINX", "nginx.scope"] {
            assert_eq!(holds(Within::Unit, path, name), Some(false), "{name}");
        }
        assert_eq!(holds(Within::Unit, "/user.slice/session-3.scope", "session-3"), Some(false));
        // It is in none, so in none of any name.
        assert_eq!(holds(Within::Unit, "/", "*"), Some(false));
    }

    #[test]
    fn an_id_matches_by_its_short_form_a_name_only_whole() {
        let id = "0123456789abcdef".repeat(4);
        let path = format!("/system.slice/docker-{id}.scope");
        for pattern in [&*id, "0123456789ab", "0123*", "*ef"] {
            assert_eq!(holds(Within::Container, &path, pattern), Some(true), "{pattern}");
        }
        for pattern in ["0123456789a", "0123456789abc", "docker-*"] {
            assert_eq!(holds(Within::Container, &path, pattern), Some(false), "{pattern}");
        }
        assert_eq!(
            holds(Within::Container, "/lxc.payload.web-number-one", "web-number-o"),
            Some(false)
        );
        assert_eq!(holds(Within::Container, "/lxc.payload.web/init.scope", "web"), Some(true));
        let uid = "2f4ab1c0-98b1-4d2e-8f0e-6d3f0c7a1b22";
        let path = format!("/kubepods/burstable/pod{uid}/{id}");
        assert_eq!(holds(Within::Pod, &path, uid), Some(true));
        assert_eq!(holds(Within::Pod, &path, "2f4ab1c0-98b"), Some(false));
        let path = format!("/machine.slice/machine-libpod_pod_{id}.slice/libpod-{id}.scope");
        assert_eq!(holds(Within::Pod, &path, "0123456789ab"), Some(true));
    }

    #[test]
    fn what_is_not_known_decides_nothing() {
        let pattern = Pattern::new("*");
        for within in Within::ALL {
            assert_eq!(within.holds(&ControlGroupPath::default(), &pattern), None);
            // Of what encloses the reader, a path shows nothing.
            assert_eq!(within.holds(&ControlGroupPath::part(b"/../x"), &pattern), None);
        }
        let known = ControlGroupPath::part(b"/../../system.slice/nginx.service");
        assert_eq!(Within::Unit.holds(&known, &Pattern::new("nginx")), Some(true));
        assert_eq!(Within::Unit.holds(&known, &Pattern::new("cron")), Some(false));
        assert_eq!(Within::Container.holds(&known, &pattern), None);
    }
}
