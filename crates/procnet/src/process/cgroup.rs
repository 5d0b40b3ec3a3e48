//! The path of a process's control group, and the systemd unit that it names.

use super::container::container;

/// The path in `/proc/PID/cgroup` (kernel/cgroup/cgroup.c `proc_cgroup_show`): that of cgroup v2,
/// or of a v1 hierarchy if the v2 path is the root and the other is not; but first of all one that
/// names a container. Where both versions are mounted, a runtime may use v1 only, and the v2 path
/// is that of its daemon.
pub(super) fn path(file: &[u8]) -> Option<&[u8]> {
    let lines = file.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut columns = line.splitn(3, |byte| *byte == b':');
        let (number, controllers) = (columns.next()?, columns.next()?);
        Some((number, controllers, columns.next()?))
    });
    let mut best: Option<((bool, u8), &[u8])> = None;
    for (number, controllers, path) in lines {
        let rank = match (number, controllers, path) {
            (_, _, b"/") => 0,
            (b"0", b"", _) => 3,
            (_, b"name=systemd", _) => 2,
            _ => 1,
        };
        let rank = (container(path).is_some(), rank);
        if best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, path));
        }
    }
    best.map(|(_, path)| path)
}

/// The innermost component that is a unit: a service, or a scope.
pub(super) fn unit(path: &[u8]) -> Option<&[u8]> {
    let is_unit = |part: &&[u8]| part.ends_with(b".service") || part.ends_with(b".scope");
    path.rsplit(|byte| *byte == b'/').find(is_unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_hierarchy_is_used() {
        let new = b"0::/system.slice/nginx.service\n";
        assert_eq!(path(new), Some(&b"/system.slice/nginx.service"[..]));
        let old = b"12:cpu,cpuacct:/a\n1:name=systemd:/system.slice/cron.service\n0::/\n";
        assert_eq!(path(old), Some(&b"/system.slice/cron.service"[..]));
        assert_eq!(path(b"0::/\n"), Some(&b"/"[..]));
        // A path may contain a colon, but no newline.
        assert_eq!(path(b"0::/a:b\n"), Some(&b"/a:b"[..]));
        assert_eq!((path(b""), path(b"junk\n1:2")), (None, None));
    }

    #[test]
    fn a_hierarchy_that_names_a_container_is_preferred() {
        let name = "0123456789abcdef".repeat(4);
        let both = format!(
            "4:memory:/docker/{name}/x\n1:name=systemd:/docker/{name}\n\
             0::/system.slice/containerd.service\n"
        );
        assert_eq!(path(both.as_bytes()), Some(format!("/docker/{name}").as_bytes()));
        let all = b"1:name=systemd:/lxc/web/init.scope\n0::/lxc.payload.web/init.scope\n";
        assert_eq!(path(all), Some(&b"/lxc.payload.web/init.scope"[..]));
    }

    #[test]
    fn the_innermost_unit_is_used() {
        let user = b"/user.slice/user-1000.slice/user@1000.service/app.slice/editor.service";
        assert_eq!(unit(user), Some(&b"editor.service"[..]));
        assert_eq!(unit(b"/user.slice/session-3.scope"), Some(&b"session-3.scope"[..]));
        assert_eq!(unit(b"/system.slice/nginx.service/workers"), Some(&b"nginx.service"[..]));
        assert_eq!(unit(b"/"), None);
    }
}
