//! With less privilege.

use std::fs;

use procnet_corpus::live::{LoadGenerator, Workload, private, run, skip, skip_part};

use crate::agent::Agent;

/// The permitted capabilities of each thread that does not end meanwhile, by its name.
pub(crate) fn capabilities(agent: &Agent) -> Vec<(String, u64)> {
    let tasks = fs::read_dir(format!("/proc/{}/task", agent.process.id())).unwrap();
    let status = |task: std::io::Result<fs::DirEntry>| {
        let status = fs::read_to_string(task.unwrap().path().join("status")).ok()?;
        let field = |name: &str| {
            status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
        };
        let permitted = u64::from_str_radix(&field("CapPrm:"), 16).unwrap();
        Some((field("Name:"), permitted))
    };
    tasks.filter_map(status).collect()
}

const CAP_NET_ADMIN: u64 = 1 << 12;
const CAP_SYS_ADMIN: u64 = 1 << 21;
const CAP_PERFMON: u64 = 1 << 38;
const CAP_BPF: u64 = 1 << 39;

#[test]
fn no_thread_keeps_what_it_does_not_need() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Unix, 2, 3000).spawn(Workload::Tcp, 2, 3000);
        for (namespaces, kept) in [("own", 0), ("all", CAP_SYS_ADMIN)] {
            let agent = Agent::start(&["--namespaces", namespaces]);
            // After the second refresh.
            agent.page_when(|page| page.sum("procnet_agent_refreshes_total") >= 3.0);
            let threads = capabilities(&agent);
            assert!(threads.iter().any(|(name, _)| name == "procnet-refresh"), "{threads:?}");
            for (name, permitted) in threads {
                let loading = CAP_BPF | CAP_PERFMON | CAP_NET_ADMIN | CAP_SYS_ADMIN;
                assert_eq!(permitted & loading & !kept, 0, "{name}: {permitted:x}");
                assert!(name != "procnet-agent" || permitted == 0, "{name}: {permitted:x}");
            }
        }
    });
}

#[test]
fn where_bpf_is_refused_the_agent_reads_what_it_may_and_says_so() {
    private(|_| {
        let without = ["setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--inh-caps=-all"];
        if let Err(reason) = run(&[&without[..], &["true"]].concat()) {
            skip(&reason);
        }
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 50);
        let agent = Agent::start_via(&without, &[]);
        let page = agent.page_when(|page| {
            // Sockets may come and go between the dump and the walk at first: those are a gap.
            page.value("procnet_complete", &[]) == Some(1.0)
                && page
                    .value("procnet_process_sockets", &[("comm", "load-0")])
                    .is_some_and(|it| it > 50.0)
        });
        assert_eq!(page.value("procnet_owners_by_bpf", &[]), Some(0.0));
        assert!(page.value("procnet_events_source", &[("source", "sock_diag")]).is_some());
        let log = agent.log();
        assert!(log.contains("message=\"owners are found by walking /proc\" refused="), "{log}");
    });
}

#[test]
fn what_another_user_may_not_see_is_a_gap() {
    private(|_| {
        let copy = Copied::new();
        let nobody = ["--bounding-set=-all", "--inh-caps=-all"];
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 50);
        let Some(agent) = copy.start_as_nobody(&nobody) else {
            skip("setpriv cannot change the user")
        };
        let page = agent.page_when(|page| {
            page.value("procnet_gap", &[("gap", "processes_denied")]).is_some_and(|it| it >= 1.0)
        });
        assert_eq!(page.value("procnet_complete", &[]), Some(0.0));
        assert!(page.value("procnet_process_sockets", &[("comm", "none")]).unwrap() > 50.0);
        let health = agent.get("/health");
        assert_eq!(health.status, 200, "incomplete is not ill: {health:?}");
        assert!(
            health.body.contains("\"complete\":false,\"gaps\":[\"processes_denied\""),
            "{health:?}"
        );
    });
}

#[test]
fn the_capabilities_of_the_systemd_unit_are_enough() {
    private(|_| {
        let unit = include_str!("../../systemd/procnet-agent.service");
        let named =
            unit.lines().find_map(|line| line.strip_prefix("AmbientCapabilities=")).unwrap();
        let bounding =
            unit.lines().find_map(|line| line.strip_prefix("CapabilityBoundingSet=")).unwrap();
        assert_eq!(named, bounding);
        let plus: Vec<String> = named
            .split(' ')
            .map(|name| format!("+{}", name.trim_start_matches("CAP_").to_lowercase()))
            .collect();
        let plus = plus.join(",");
        let copy = Copied::new();
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 50);
        let other = ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];
        let _elsewhere = LoadGenerator::default().spawn_via(&other, Workload::Udp, 1, 5);
        // Without privileges of root, whose files nobody could read.
        let privileges = [
            format!("--inh-caps=-all,{plus}"),
            format!("--ambient-caps=-all,{plus}"),
            format!("--bounding-set=-all,{plus}"),
        ];
        let privileges: Vec<&str> = privileges.iter().map(String::as_str).collect();
        let Some(agent) = copy.start_as_nobody(&privileges) else {
            skip("setpriv cannot set capabilities")
        };
        // Once no connection is being made or accepted, which has no owner.
        let page = agent.page_when(|page| {
            page.sum("procnet_namespaces") == 2.0
                && page.value("procnet_complete", &[]) == Some(1.0)
        });
        assert!(page.value("procnet_process_sockets", &[("comm", "load-0")]).unwrap() > 50.0);
        if agent.log().contains("owners are found by walking") {
            skip_part("BPF", &agent.log());
            return;
        }
        assert!(
            page.value("procnet_events_source", &[("source", "bpf")]).is_some(),
            "{}",
            agent.log()
        );
    });
}

/// A copy of the agent that every user can execute.
struct Copied {
    dir: tempfile::TempDir,
}

impl Copied {
    fn new() -> Copied {
        let copied = Copied { dir: tempfile::tempdir().unwrap() };
        run(&["cp", env!("CARGO_BIN_EXE_procnet-agent"), &copied.path()]).unwrap();
        run(&["chmod", "755", copied.dir.path().to_str().unwrap()]).unwrap();
        copied
    }

    fn path(&self) -> String {
        self.dir.path().join("procnet-agent").to_str().unwrap().to_owned()
    }

    /// `None` if the user cannot be changed here.
    fn start_as_nobody(&self, privileges: &[&str]) -> Option<Agent> {
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let nobody = [&nobody[..], privileges].concat();
        run(&[&nobody[..], &["true"]].concat()).ok()?;
        // The word that the agent's own path would be is dropped.
        let path = self.path();
        let execute = ["sh", "-c", r#"shift; exec "$0" "$@""#, &path];
        Some(Agent::start_via(&[&nobody[..], &execute].concat(), &[]))
    }
}
