//! What the page counts.

use std::{
    collections::BTreeMap,
    net::{TcpListener, TcpStream},
    os::{
        fd::AsFd as _,
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener, UnixStream},
    },
};

use procnet::{Kinds, Query, Scanner, summary::Summary};
use procnet_corpus::live::{HelperProcess, LoadGenerator, Scene, Workload, private, skip_part};

use crate::{agent::Agent, page::Page, queues::full_listener};

/// The page's numbers of sockets that do not change while they are compared: all but TCP in TIME_WAIT,
/// which the scrapes leave behind.
fn states(page: &Page) -> BTreeMap<(String, String), u64> {
    let all = page.family("procnet_sockets").into_iter();
    let each = all
        .map(|(labels, value)| ((labels["kind"].clone(), labels["state"].clone()), value as u64));
    each.filter(|((_, state), _)| state != "TIME_WAIT").collect()
}

fn own_states(kinds: Kinds) -> BTreeMap<(String, String), u64> {
    let mut summary = Summary::default();
    Scanner::new().unwrap().summarize(&Query::new().kinds(kinds), &mut summary).unwrap();
    let each = summary
        .states()
        .map(|(kind, state, sockets)| ((kind.to_string(), state.to_string()), sockets));
    each.filter(|((_, state), _)| state != "TIME_WAIT").collect()
}

/// The listeners, by their state.
fn listening(page: &Page) -> f64 {
    let all = page.family("procnet_sockets").into_iter();
    let listening = all.filter(|(labels, _)| labels["state"] == "LISTEN");
    listening.map(|(_, sockets)| sockets).sum()
}

#[test]
fn a_page_has_the_numbers_of_procnet_itself() {
    private(|_| {
        let _load = LoadGenerator::default()
            .spawn(Workload::Tcp, 3, 60)
            .spawn(Workload::Tcp6, 1, 20)
            .spawn(Workload::Udp, 2, 30)
            .spawn(Workload::Unix, 2, 40);
        let _scene = Scene::new();
        let agent = Agent::start(&[]);
        // A refresh during a scrape sees its connection as well.
        let page = agent.page_when(|page| states(page) == own_states(Kinds::DEFAULT));
        let all = page.sum("procnet_sockets");
        for family in ["process", "unit", "container"] {
            assert_eq!(page.sum(&format!("procnet_{family}_sockets")), all, "{family}");
        }
        let with_addresses: f64 = page
            .family("procnet_sockets")
            .iter()
            .filter(|(labels, _)| labels["kind"] != "unix")
            .map(|(_, value)| value)
            .sum();
        assert_eq!(page.sum("procnet_port_sockets"), with_addresses);
        assert_eq!(page.sum("procnet_peer_sockets"), with_addresses);
        // By process, as a visit counts them.
        let mut of_load: BTreeMap<String, f64> = BTreeMap::new();
        let visited = Scanner::new().unwrap().visit(&Query::new(), |socket| {
            let Some(owner) = socket.owners.iter().next() else { return };
            if owner.comm().as_bytes().starts_with(b"load-") {
                *of_load.entry(owner.comm().to_string()).or_default() += 1.0;
            }
        });
        visited.unwrap();
        assert_eq!(of_load.len(), 8);
        for (comm, sockets) in of_load {
            assert_eq!(
                page.value("procnet_process_sockets", &[("comm", &comm)]),
                Some(sockets),
                "{comm}"
            );
        }
        assert_eq!(page.sum("procnet_listeners"), listening(&page));
    });
}

#[test]
fn series_are_bounded_and_sums_remain_right() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Tcp, 12, 10).spawn(Workload::Udp, 4, 10);
        let agent = Agent::start(&["--top", "3", "--listeners", "2"]);
        let page = agent.page_when(|page| states(page) == own_states(Kinds::DEFAULT));
        let all = page.sum("procnet_sockets");
        let family = page.family("procnet_process_sockets");
        // Three, `other` and `none`.
        assert_eq!((family.len(), page.sum("procnet_process_sockets")), (5, all));
        assert!(page.value("procnet_process_sockets", &[("comm", "other")]).unwrap() > 100.0);
        assert_eq!(page.family("procnet_listeners").len(), 3);
        assert_eq!(page.sum("procnet_listeners"), listening(&page));
        assert!(page.family("procnet_port_sockets").len() <= 8);
        assert!(page.text.contains("the 3 with the most sockets have series of their own"));
    });
}

#[test]
fn hostile_names_are_escaped_and_differ_from_what_has_a_meaning() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let names: [(&[u8], &str); 5] = [
            (b"a\"} 1\nb{c=\"", r#"a"} 1\x0Ab{c=""#),
            (b"\\\xFF\x1B[31m", r"\\\xFF\x1B[31m"),
            (b"other", r"\x6Fther"),
            (b"none", r"\x6Eone"),
            ("caf\u{e9} \u{202e}x".as_bytes(), "café \\xE2\\x80\\xAEx"),
        ];
        let helpers: Vec<HelperProcess> =
            names.iter().map(|(name, _)| HelperProcess::start(name)).collect();
        for helper in &helpers {
            let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            helper.hold(&[socket.as_fd()]);
        }
        drop(listener);
        let agent = Agent::start(&[]);
        let shown =
            |page: &Page, comm: &str| page.value("procnet_process_sockets", &[("comm", comm)]);
        // Each holds the UDP socket and its channel to the test.
        let page = agent.page_when(|page| {
            names.iter().all(|(_, comm)| shown(page, comm).is_some_and(|it| it >= 2.0))
        });
        // It is valid OpenMetrics as well.
        let accept = "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text\r\nConnection: close\r\n\r\n";
        let openmetrics = agent.send(accept);
        assert!(
            openmetrics.head.contains("application/openmetrics-text; version=1.0.0"),
            "{}",
            openmetrics.head
        );
        assert!(openmetrics.body.ends_with("\n# EOF\n"));
        assert_eq!(page.sum("procnet_process_sockets"), page.sum("procnet_sockets"));
    });
}

#[test]
fn a_full_accept_queue_and_sockets_that_are_not_closed_are_seen() {
    private(|_| {
        let (listener, waiting) = full_listener();
        let address = listener.local_addr().unwrap();
        let closer = TcpListener::bind("127.0.0.1:0").unwrap();
        let kept = TcpStream::connect(closer.local_addr().unwrap()).unwrap();
        drop(closer.accept().unwrap());
        let agent = Agent::start(&[]);
        let comm = String::from_utf8(procnet_corpus::live::comm_of(std::process::id())).unwrap();
        let port = address.port().to_string();
        let labels =
            [("address", "127.0.0.1"), ("comm", &*comm), ("kind", "tcp"), ("port", &*port)];
        let page =
            agent.page_when(|page| page.value("procnet_listeners_full", &labels) == Some(1.0));
        assert_eq!(page.value("procnet_listener_queue_connections", &labels), Some(2.0));
        assert_eq!(page.value("procnet_listener_queue_limit", &labels), Some(1.0));
        assert_eq!(page.value("procnet_process_close_wait_sockets", &[("comm", &comm)]), Some(1.0));
        drop((kept, waiting));
    });
}

#[test]
fn the_accept_queues_of_unix_sockets_are_seen() {
    private(|_| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("full");
        let listener = UnixListener::bind(&path).unwrap();
        rustix::net::listen(&listener, 1).unwrap();
        let waiting: Vec<UnixStream> =
            (0..2).map(|_| UnixStream::connect(&path).unwrap()).collect();
        let name = format!("procnet-agent-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let idle = UnixListener::bind_addr(&address).unwrap();
        let agent = Agent::start(&[]);
        let comm = String::from_utf8(procnet_corpus::live::comm_of(std::process::id())).unwrap();
        let labels = |address: &str| {
            [("address", address), ("comm", &comm), ("kind", "unix"), ("port", "")]
                .map(|(label, value)| (label, value.to_owned()))
        };
        let full = labels(path.to_str().unwrap());
        let of = |labels: &[(&'static str, String); 4], page: &Page, family: &str| {
            let labels = labels.each_ref().map(|(label, value)| (*label, &**value));
            page.value(family, &labels)
        };
        let page = agent.page_when(|page| of(&full, page, "procnet_listeners_full") == Some(1.0));
        assert_eq!(of(&full, &page, "procnet_listener_queue_connections"), Some(2.0));
        assert_eq!(of(&full, &page, "procnet_listener_queue_limit"), Some(1.0));
        let idle_at = labels(&format!("@{name}"));
        assert_eq!(of(&idle_at, &page, "procnet_listeners"), Some(1.0), "{}", page.text);
        assert_eq!(of(&idle_at, &page, "procnet_listener_queue_connections"), Some(0.0));
        assert_eq!(page.sum("procnet_listeners"), listening(&page));
        drop((waiting, idle));
    });
}

#[test]
fn a_listener_keeps_its_series_when_there_are_more_than_may_have_one() {
    private(|_| {
        let old = TcpListener::bind("127.0.0.1:50000").unwrap();
        let agent = Agent::start(&["--listeners", "2"]);
        let port = |port: u16| {
            move |page: &Page| {
                let port = port.to_string();
                let all = page.family("procnet_listeners");
                all.iter().any(|(labels, _)| labels["port"] == port)
            }
        };
        let cut = |page: &Page| page.value("procnet_listeners_cut", &[("protocol", "tcp")]);
        // That of the agent is the other one.
        let page = agent.page_when(port(50_000));
        assert_eq!(cut(&page), Some(0.0));
        let new: Vec<TcpListener> =
            (2000..2010).map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap()).collect();
        let page = agent.page_when(|page| page.sum("procnet_listeners") == 12.0);
        assert!(port(50_000)(&page) && cut(&page) == Some(1.0), "{}", page.text);
        drop((old, new));
    });
}

#[test]
fn sockets_of_other_namespaces_are_counted_and_left_out_under_node_exporters_names() {
    private(|_| {
        let other = ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];
        let _load = LoadGenerator::default().spawn(Workload::Udp, 1, 5);
        let _elsewhere = LoadGenerator::default().spawn_via(&other, Workload::Tcp, 1, 40);
        let agent = Agent::start(&["--node-exporter-names", "true"]);
        let page = agent.page_when(|page| page.sum("procnet_namespaces") == 2.0);
        let established =
            page.value("procnet_sockets", &[("kind", "tcp"), ("state", "ESTABLISHED")]).unwrap();
        assert!(established >= 38.0, "{established}");
        let own = page.value("node_tcp_connection_states", &[("state", "established")]);
        assert!(own.unwrap_or(0.0) < 10.0, "{own:?}");
        assert_eq!(page.value("node_tcp_connection_states", &[("state", "listen")]), Some(1.0));
        let only_own = Agent::start(&["--namespaces", "own"]);
        assert_eq!(only_own.page().sum("procnet_namespaces"), 1.0);
    });
}

#[test]
fn the_names_of_node_exporter_have_the_values_of_the_kernels_files() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Tcp, 1, 20).spawn(Workload::Udp, 2, 10);
        let agent = Agent::start(&["--node-exporter-names", "true"]);
        let files = || {
            let sockstat = std::fs::read_to_string("/proc/net/sockstat").unwrap();
            let udp = sockstat.lines().find_map(|line| line.strip_prefix("UDP: inuse ")).unwrap();
            udp.split(' ').next().unwrap().parse::<f64>().unwrap()
        };
        let page =
            agent.page_when(|page| page.value("node_sockstat_UDP_inuse", &[]) == Some(files()));
        let listening = own_states(Kinds::TCP)
            .iter()
            .filter(|((_, state), _)| state == "LISTEN")
            .map(|(_, sockets)| sockets)
            .sum::<u64>();
        assert_eq!(
            page.value("node_tcp_connection_states", &[("state", "listen")]),
            Some(listening as f64)
        );
        // The backlog of each listener, of which the kernel reports the limit as a send queue.
        assert!(
            page.value("node_tcp_connection_states", &[("state", "tx_queued_bytes")]).unwrap()
                > 0.0
        );
        for (name, labels) in [
            ("node_netstat_Tcp_ActiveOpens", &[][..]),
            ("node_netstat_TcpExt_ListenDrops", &[]),
            ("node_netstat_Udp6_InErrors", &[]),
            ("node_sockstat_TCP_mem_bytes", &[]),
            ("node_sockstat_sockets_used", &[]),
            ("node_softnet_processed_total", &[("cpu", "0")]),
            ("node_softnet_backlog_len", &[("cpu", "0")]),
            ("node_udp_queues", &[("ip", "v4"), ("queue", "rx")]),
            ("node_udp_queues", &[("ip", "v6"), ("queue", "tx")]),
        ] {
            assert!(page.value(name, labels).is_some(), "{name} {labels:?}");
        }
        assert!(page.text.contains("# TYPE node_netstat_Tcp_ActiveOpens untyped\n"));
        assert!(
            page.text.contains("# HELP node_tcp_connection_states Number of connection states.\n")
        );
    });
}

#[test]
fn round_trip_times_are_counted_if_they_are_asked_for() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 50);
        let agent = Agent::start(&["--tcp-info", "true"]);
        let page = agent.page_when(|page| page.sum("procnet_tcp_rtt_sockets") >= 40.0);
        let [median, most] = ["50", "100"]
            .map(|share| page.value("procnet_tcp_rtt_seconds", &[("percentile", share)]).unwrap());
        assert!(median > 0.0 && median <= most && most < 10.0, "{median} {most}");
        assert!(Agent::start(&[]).page().family("procnet_tcp_rtt_seconds").is_empty());
    });
}

#[test]
fn a_late_refresh_is_discarded_and_the_page_says_so() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Unix, 4, 4000);
        let agent = Agent::launch(&[], &["--listen", "127.0.0.1:0", "--deadline", "10ms"]);
        let is_late = || agent.log().contains("refresh passed its deadline");
        agent.until("refreshed", || is_late() || agent.get("/health").status == 200);
        if !is_late() {
            skip_part("the deadline", "16,000 sockets were read within 10 ms");
            return;
        }
        let health = agent.get("/health");
        assert!(health.body.contains("\"ready\":false"), "{health:?}");
        assert_eq!(agent.get("/metrics").status, 503);
    });
}
