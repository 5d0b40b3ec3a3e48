//! Births and ends of sockets.

use std::{
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
};

use procnet_corpus::live::{private, skip_part};

use crate::agent::Agent;

fn connections(count: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    for _connection in 0..count {
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let accepted = listener.accept().unwrap();
        client.write_all(&[0; 1000]).unwrap();
        drop(accepted);
    }
}

#[test]
fn connections_between_refreshes_are_counted() {
    private(|_| {
        let agent = Agent::start(&[]);
        let page = agent.page();
        if page.value("procnet_events_source", &[("source", "bpf")]).is_none() {
            skip_part("births", "the kernel refuses BPF programs");
            return;
        }
        connections(50);
        let by = |way| [("by", way), ("kind", "tcp")];
        let births = "procnet_socket_births_total";
        let page = agent.page_when(|page| {
            page.value("procnet_socket_ends_total", &by("connect")).is_some_and(|ends| ends >= 50.0)
        });
        assert!(page.value(births, &by("connect")).unwrap() >= 50.0);
        assert!(page.value(births, &by("accept")).unwrap() >= 50.0);
        assert!(page.value(births, &by("listen")).unwrap() >= 1.0);
        // By process, each is counted once as well.
        let comm = fs::read_to_string("/proc/self/comm").unwrap();
        let of_process = [("comm", comm.trim_end())];
        assert!(page.value("procnet_process_socket_births_total", &of_process).unwrap() >= 51.0);
        assert!(page.value("procnet_process_socket_ends_total", &of_process).unwrap() >= 50.0);
        for change in ["births", "ends"] {
            let of_processes = page.sum(&format!("procnet_process_socket_{change}_total"));
            assert_eq!(of_processes, page.sum(&format!("procnet_socket_{change}_total")));
        }
        let lifetime = |suffix, labels: &[_]| {
            page.value(&format!("procnet_socket_lifetime_seconds{suffix}"), labels).unwrap()
        };
        let lived = lifetime("_count", &[("by", "connect")]);
        assert!(lived >= 50.0);
        assert_eq!(lifetime("_bucket", &[("by", "connect"), ("le", "+Inf")]), lived);
        assert!(lifetime("_sum", &[("by", "connect")]) > 0.0);
        assert!(page.sum("procnet_ended_sent_bytes_total") >= 50_000.0);
        assert_eq!(page.sum("procnet_events_lost_total"), 0.0);
    });
}

#[test]
fn without_bpf_ends_are_counted() {
    private(|_| {
        let agent = Agent::start(&["--events", "sock_diag"]);
        connections(50);
        let unknown = [("by", "unknown"), ("kind", "tcp")];
        let page = agent.page_when(|page| {
            page.value("procnet_socket_ends_total", &unknown).is_some_and(|ends| ends >= 100.0)
        });
        assert!(page.value("procnet_events_source", &[("source", "sock_diag")]).is_some());
        assert!(page.family("procnet_socket_births_total").is_empty());
    });
}
