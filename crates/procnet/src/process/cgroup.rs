//! The container and the systemd unit named by the path of a control group.

/// The path in `/proc/PID/cgroup` (kernel/cgroup/cgroup.c `proc_cgroup_show`): that of cgroup v2,
/// or of a v1 hierarchy if the v2 path is the root and the other is not.
pub(super) fn path(file: &[u8]) -> Option<&[u8]> {
    let lines = file.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut columns = line.splitn(3, |byte| *byte == b':');
        let (number, controllers) = (columns.next()?, columns.next()?);
        Some((number, controllers, columns.next()?))
    });
    let mut best: Option<(u8, &[u8])> = None;
    for (number, controllers, path) in lines {
        let rank = match (number, controllers, path) {
            (_, _, b"/") => 0,
            (b"0", b"", _) => 3,
            (_, b"name=systemd", _) => 2,
            _ => 1,
        };
        if best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, path));
        }
    }
    best.map(|(_, path)| path)
}

/// The number of hexadecimal digits in a container id of Docker, containerd, CRI-O and Podman.
const ID_DIGITS: usize = 64;

/// The container named by the innermost component that names one, without the prefix and suffix
/// of its runtime: `docker-ID.scope`, `cri-containerd-ID.scope`, `/docker/ID`, `lxc.payload.NAME`.
pub(super) fn container(path: &[u8]) -> Option<&[u8]> {
    path.rsplit(|byte| *byte == b'/').find_map(|part| {
        let part = part.strip_suffix(b".scope").unwrap_or(part);
        if let Some(name) = part.strip_prefix(b"lxc.payload.") {
            return Some(name);
        }
        let name = part.rsplit(|byte| matches!(byte, b'-' | b':')).next()?;
        (name.len() == ID_DIGITS && name.iter().all(u8::is_ascii_hexdigit)).then_some(name)
    })
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
    fn containers_of_every_runtime_are_found() {
        let name = "0123456789abcdef".repeat(4);
        for around in [
            "/system.slice/docker-NAME.scope",
            "/docker/NAME",
            "/kubepods.slice/kubepods-pod1.slice/cri-containerd-NAME.scope",
            "/kubepods/besteffort/pod1/NAME",
            "/machine.slice/libpod-NAME.scope/container",
            "/user.slice/user@1000.service/crio-NAME.scope",
            "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:NAME",
        ] {
            let path = around.replace("NAME", &name);
            assert_eq!(container(path.as_bytes()), Some(name.as_bytes()), "{around}");
        }
        assert_eq!(container(b"/lxc.payload.web/init.scope"), Some(&b"web"[..]));
        assert_eq!(container(b"/system.slice/nginx.service"), None);
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
