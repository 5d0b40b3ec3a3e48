//! The pod named by the path of a control group: that of Kubernetes, by its uid, or of Podman, by its id.
//!
//! As with [containers](super::container), a path is a claim, not a proof.

use std::borrow::Cow;

/// The pod of the innermost component that names one.
pub(super) fn pod(path: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut outer = path;
    loop {
        let at = outer.iter().rposition(|byte| *byte == b'/')?;
        let (parents, name) = (outer.get(..at)?, outer.get(at + 1..)?);
        // containerd puts `POD.slice:cri-containerd:ID` into one component.
        let name = name.split(|byte| *byte == b':').next().unwrap_or_default();
        if let Some(pod) = kubernetes(parents, name).or_else(|| podman(parents, name)) {
            return Some(pod);
        }
        outer = parents;
    }
}

/// Kubernetes: `podUID` below `kubepods`, or `kubepods-…-podUID.slice`, in which `-` is escaped as `_`
/// (kubernetes, pkg/kubelet/cm/cgroup_manager_linux.go `ToSystemd`). The uid is a UUID; that of a static
/// pod has 32 digits without separators.
fn kubernetes<'a>(parents: &[u8], name: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let uid = match name.strip_suffix(b".slice") {
        Some(slice) => {
            let is_kubepods = |part: &[u8]| part == b"kubepods";
            slice.split(|byte| *byte == b'-').find(|part| is_kubepods(part))?;
            slice.rsplit(|byte| *byte == b'-').next()?.strip_prefix(b"pod")?
        }
        None => {
            let is_kubepods = |part: &[u8]| part == b"kubepods";
            parents.split(|byte| *byte == b'/').find(|part| is_kubepods(part))?;
            name.strip_prefix(b"pod")?
        }
    };
    let is_separator = |byte: &u8| matches!(byte, b'-' | b'_');
    let is_uuid = uid.len() == 36
        && uid.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => is_separator(byte),
            _ => byte.is_ascii_hexdigit(),
        });
    let is_static = uid.len() == 32 && uid.iter().all(u8::is_ascii_hexdigit);
    if !is_uuid && !is_static {
        return None;
    }
    if uid.contains(&b'_') {
        let dash = |byte: &u8| if *byte == b'_' { b'-' } else { *byte };
        return Some(Cow::Owned(uid.iter().map(dash).collect()));
    }
    Some(Cow::Borrowed(uid))
}

/// Podman: an id directly below `libpod_parent`, or `…-libpod_pod_ID.slice` (libpod/runtime_pod_linux.go).
fn podman<'a>(parents: &[u8], name: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let id = match name.strip_suffix(b".slice") {
        Some(slice) => slice.rsplit(|byte| *byte == b'-').next()?.strip_prefix(b"libpod_pod_")?,
        None if parents.ends_with(b"/libpod_parent") => name,
        None => return None,
    };
    (id.len() == 64 && id.iter().all(u8::is_ascii_hexdigit)).then_some(Cow::Borrowed(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "2f4ab1c0-98b1-4d2e-8f0e-6d3f0c7a1b22";

    #[test]
    fn each_runtime_s_path_names_its_pod() {
        let (id, escaped) = ("0123456789abcdef".repeat(4), UID.replace('-', "_"));
        let half = "0123456789abcdef".repeat(2);
        let cases = [
            (format!("/kubepods/burstable/pod{UID}/{id}"), Some(UID)),
            (format!("/kubepods/pod{half}/crio-{id}"), Some(&*half)),
            (
                format!(
                    "/kubepods.slice/kubepods-besteffort.slice/\
                     kubepods-besteffort-pod{escaped}.slice/cri-containerd-{id}.scope"
                ),
                Some(UID),
            ),
            (
                format!("/system.slice/kubelet/kubepods-pod{escaped}.slice:cri-containerd:{id}"),
                Some(UID),
            ),
            (format!("/kubelet.slice/kubelet-kubepods-pod{escaped}.slice"), Some(UID)),
            (format!("/libpod_parent/{id}/{}", "f".repeat(64)), Some(&*id)),
            (format!("/machine.slice/machine-libpod_pod_{id}.slice/libpod-{id}.scope"), Some(&*id)),
            // Other things are called so.
            (format!("/pod{UID}"), None),
            (format!("/kubepods/podium/{id}"), None),
            (format!("/kubepods/pod{}", &UID[1..]), None),
            (format!("/x-pod{escaped}.slice"), None),
            (format!("/docker/{id}"), None),
            ("/".to_owned(), None),
            (String::new(), None),
        ];
        for (path, expected) in cases {
            let found = pod(path.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{path}");
        }
    }
}
