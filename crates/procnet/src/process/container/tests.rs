//! The table of docs/containers.md, with a test for each runtime: a path, and its container.

use super::*;

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const TASK: &str = "cd189a933e5849daa93386466019ab50";

/// Compares each path with its container; `ID` and `TASK` stand for digits.
#[track_caller]
fn check(cases: &[(&str, Option<&str>)]) {
    let filled = |text: &str| text.replace("ID", ID).replace("TASK", TASK);
    for (path, expected) in cases {
        let (path, expected) = (filled(path), expected.map(filled));
        let found = container(path.as_bytes());
        assert_eq!(found.as_deref(), expected.as_deref().map(str::as_bytes), "{path}");
    }
}

#[test]
fn docker_uses_its_own_control_group_or_a_scope_of_systemd() {
    check(&[
        ("/docker/ID", Some("ID")),
        ("/system.slice/docker-ID.scope", Some("ID")),
        ("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-ID.scope", Some("ID")),
        ("/docker/ID/init.scope", Some("ID")),
        // Relative to the reader's cgroup namespace.
        ("/../docker-ID.scope", Some("ID")),
        ("/system.slice/docker.service", None),
    ]);
}

#[test]
fn containerd_and_kubernetes_name_the_container_not_the_pod() {
    check(&[
        ("/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope", Some("ID")),
        ("/kubepods/besteffort/podb3a4c5d6-0000-4000-8000-0123456789ab/ID", Some("ID")),
        ("/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:ID", Some("ID")),
        ("/default/ID", Some("ID")),
        ("/system.slice/nerdctl-ID.scope", Some("ID")),
        ("/kubepods/besteffort/podb3a4c5d6-0000-4000-8000-0123456789ab", None),
        ("/system.slice/containerd.service", None),
    ]);
}

#[test]
fn cri_o_names_the_container_and_its_monitor_is_in_none() {
    check(&[
        ("/kubepods.slice/kubepods-pod1.slice/crio-ID.scope", Some("ID")),
        ("/kubepods/besteffort/pod1/crio-ID", Some("ID")),
        ("/kubepods.slice/kubepods-pod1.slice/crio-conmon-ID.scope", None),
        ("/kubepods/besteffort/pod1/crio-conmon-ID", None),
    ]);
}

#[test]
fn podman_names_the_container_and_its_monitor_is_in_none() {
    check(&[
        ("/machine.slice/libpod-ID.scope/container", Some("ID")),
        ("/machine.slice/machine-libpod_pod_ID.slice/libpod-ID.scope", Some("ID")),
        ("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope", Some("ID")),
        ("/system.slice/web.service/libpod-payload-ID", Some("ID")),
        ("/libpod_parent/libpod-ID", Some("ID")),
        ("/libpod_parent/ID/libpod-ID", Some("ID")),
        ("/machine.slice/libpod-conmon-ID.scope", None),
        ("/machine.slice/machine-libpod_pod_ID.slice/libpod-conmon-ID.scope", None),
        ("/libpod_parent/libpod-conmon-ID", None),
        ("/libpod_parent/conmon", None),
        ("/libpod_parent/ID/conmon", None),
        ("/system.slice/web.service/supervisor", None),
    ]);
}

#[test]
fn ecs_names_the_container_not_the_task() {
    check(&[
        ("/ecs/TASK/TASK-2495160603", Some("TASK-2495160603")),
        ("/ecs/TASK/ID", Some("ID")),
        ("/ecs/55091c13-b8cf-4801-b527-f4601742204d/ID", Some("ID")),
        ("/ecstasks.slice/ecstasks-TASK.slice/docker-ID.scope", Some("ID")),
        ("/ecs/TASK", None),
        ("/ecs/TASK/TASK-", None),
        ("/elsewhere/TASK/TASK-2495160603", None),
    ]);
}

#[test]
fn lxc_and_proxmox_name_the_container_and_its_monitor_is_in_none() {
    check(&[
        ("/lxc/web", Some("web")),
        ("/lxc/web/system.slice/nginx.service", Some("web")),
        ("/lxc/101/ns/system.slice/nginx.service", Some("101")),
        ("/lxc/101/ns/init.scope", Some("101")),
        ("/lxc.payload/web/init.scope", Some("web")),
        ("/lxc.payload.web/init.scope", Some("web")),
        ("/lxc.payload.my-project_web", Some("my-project_web")),
        ("/user.slice/user-1000.slice/session-1.scope/lxc.payload.web", Some("web")),
        ("/lxc.monitor.web", None),
        ("/lxc.monitor/101", None),
        ("/lxc", None),
        ("/lxc.payload.", None),
    ]);
}

#[test]
fn systemd_nspawn_names_the_machine_and_its_supervisor_is_in_none() {
    check(&[
        ("/machine.slice/machine-web.scope", Some("web")),
        ("/machine.slice/machine-web.scope/payload/system.slice/nginx.service", Some("web")),
        (r"/machine.slice/machine-web\x2dfront\xc3\xa9.scope/payload", Some("web-fronté")),
        (r"/machine.slice/machine-web\x2.scope/payload", Some(r"web\x2")),
        ("/machine.slice/systemd-nspawn@web.service/payload/init.scope", Some("web")),
        (r"/machine.slice/systemd-nspawn@web\x2dfront.service/payload", Some("web-front")),
        ("/user.slice/user@1000.service/machine.slice/build.scope/payload", Some("build")),
        ("/machine.slice/machine-web.scope/supervisor", None),
        ("/machine.slice/systemd-nspawn@web.service/supervisor", None),
        ("/machine.slice/systemd-nspawn@web.service", None),
        ("/machine.slice/build.scope/supervisor", None),
        ("/machine.slice/build.scope", None),
    ]);
}

#[test]
fn libvirt_containers_are_containers_and_its_virtual_machines_are_not() {
    check(&[
        (r"/machine.slice/machine-lxc\x2d42\x2dweb.scope/libvirt", Some("lxc-42-web")),
        (r"/machine.slice/machine-qemu\x2d3\x2dubuntu.scope/libvirt/emulator", None),
        (r"/machine.slice/machine-qemu\x2dtest.scope/payload", Some("qemu-test")),
    ]);
}

#[test]
fn garden_names_the_container_by_its_handle() {
    let (short, long) = ("70eb4ce5-a065-4401-6990-88ed", "0d233f08-00c2-43d8-5b57-2c2af4f5bfc0");
    check(&[
        ("/system.slice/garden.service/garden/70eb4ce5-a065-4401-6990-88ed", Some(short)),
        ("/system.slice/garden.service/garden/good/70eb4ce5-a065-4401-6990-88ed", Some(short)),
        ("/system.slice/runit.service/0d233f08-00c2-43d8-5b57-2c2af4f5bfc0", Some(long)),
        ("/0d233f08-00c2-43d8-5b57-2c2af4f5bfc0", Some(long)),
        ("/garden/bad/executor-healthcheck", Some("executor-healthcheck")),
        ("/garden/handle", Some("handle")),
        ("/garden/good", None),
        ("/garden", None),
        ("/system.slice/garden.service", None),
        ("/0d233f08-00c2-43d8-5b57-2c2af4f5bfc0-1", None),
        ("/0d233f08-00c2-43d8-5b57-2c2af4f5bf", None),
    ]);
}

#[test]
fn the_innermost_container_is_named() {
    check(&[
        ("/lxc.payload.web/docker/ID", Some("ID")),
        ("/docker/ID/lxc.payload.web", Some("web")),
        ("/machine.slice/machine-web.scope/payload/system.slice/docker-ID.scope", Some("ID")),
        ("/lxc/101/ns/machine.slice/machine-web.scope/supervisor", Some("101")),
        ("/docker/ID/machine.slice/libpod-conmon-ID.scope", Some("ID")),
    ]);
}

#[test]
fn services_sessions_and_odd_paths_are_in_no_container() {
    check(&[
        ("/", None),
        ("", None),
        ("//", None),
        ("ID", None),
        ("/system.slice/nginx.service", None),
        ("/user.slice/user-1000.slice/session-3.scope", None),
        ("/system.slice/xID.scope", None),
        ("/system.slice/docker-IDa.scope", None),
        ("/system.slice/snap.firefox.firefox-0d233f08-00c2-43d8-5b57-2c2af4f5bfc0.scope", None),
        ("/machine.slice/machine-.scope", None),
    ]);
}

proptest::proptest! {
    #[test]
    fn any_path_is_read(path in "[a-z0-9/.\\\\-]{0,90}") {
        if let Some(name) = container(path.as_bytes()) {
            proptest::prop_assert!(!name.is_empty());
        }
    }
}
