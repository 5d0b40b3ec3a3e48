//! What the path of a control group tells: whose container, which unit of systemd.

/// The path, out of `/proc/PID/cgroup` (kernel/cgroup/cgroup.c `proc_cgroup_show`): of version
/// 2, unless all it says is the root while a hierarchy of version 1 says more.
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

/// How many hexadecimal digits Docker, containerd, CRI-O and Podman make a name of.
const DIGITS: usize = 64;

/// The innermost part of a path that names a container, without what its runtime puts around
/// the name: `docker-NAME.scope`, `cri-containerd-NAME.scope`, `/docker/NAME`, `lxc.payload.NAME`.
pub(super) fn container(path: &[u8]) -> Option<&[u8]> {
    path.rsplit(|byte| *byte == b'/').find_map(|part| {
        let part = part.strip_suffix(b".scope").unwrap_or(part);
        if let Some(name) = part.strip_prefix(b"lxc.payload.") {
            return Some(name);
        }
        let name = part.rsplit(|byte| matches!(byte, b'-' | b':')).next()?;
        (name.len() == DIGITS && name.iter().all(u8::is_ascii_hexdigit)).then_some(name)
    })
}

/// The innermost part of a path that is a unit: a service, or what was started from outside.
pub(super) fn unit(path: &[u8]) -> Option<&[u8]> {
    let is_unit = |part: &&[u8]| part.ends_with(b".service") || part.ends_with(b".scope");
    path.rsplit(|byte| *byte == b'/').find(is_unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hierarchy_that_tells_most() {
        let new = b"0::/system.slice/nginx.service\n";
        assert_eq!(path(new), Some(&b"/system.slice/nginx.service"[..]));
        let old = b"12:cpu,cpuacct:/a\n1:name=systemd:/system.slice/cron.service\n0::/\n";
        assert_eq!(path(old), Some(&b"/system.slice/cron.service"[..]));
        assert_eq!(path(b"0::/\n"), Some(&b"/"[..]));
        // A colon may stand in a path, and a newline may not.
        assert_eq!(path(b"0::/a:b\n"), Some(&b"/a:b"[..]));
        assert_eq!((path(b""), path(b"junk\n1:2")), (None, None));
    }

    #[test]
    fn containers_of_every_runtime() {
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
    fn the_innermost_unit() {
        let user = b"/user.slice/user-1000.slice/user@1000.service/app.slice/editor.service";
        assert_eq!(unit(user), Some(&b"editor.service"[..]));
        assert_eq!(unit(b"/user.slice/session-3.scope"), Some(&b"session-3.scope"[..]));
        assert_eq!(unit(b"/system.slice/nginx.service/workers"), Some(&b"nginx.service"[..]));
        assert_eq!(unit(b"/"), None);
    }
}
