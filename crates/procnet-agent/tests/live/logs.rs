//! Events as log records, for a collector that the test plays.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
};

#[cfg(feature = "tls")]
use std::sync::Arc;

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use procnet_corpus::live::{private, skip_part};

use crate::{
    agent::Agent,
    collector::{Collector, answer, assert_names, number, text},
};

/// Makes and ends connections, and returns the addresses of those who connected.
fn connections(count: usize) -> Vec<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let each = (0..count).map(|_| {
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let accepted = listener.accept().unwrap();
        client.write_all(&[0; 1000]).unwrap();
        drop(accepted);
        client.local_addr().unwrap()
    });
    each.collect()
}

/// Starts an agent that sends to a collector, unless there is no BPF here.
fn agent(prefix: &[&str], endpoint: &str, arguments: &[&str]) -> Option<Agent> {
    // Metrics would only be in the way.
    let common = ["--otlp-endpoint", endpoint, "--otlp-interval", "24h"];
    let agent = Agent::start_via(prefix, &[&common, arguments].concat());
    if agent.page().value("procnet_events_source", &[("source", "bpf")]).is_none() {
        skip_part("births", "the kernel refuses BPF programs");
        return None;
    }
    Some(agent)
}

fn named<'r>(records: &'r [LogRecord], name: &str) -> Vec<&'r LogRecord> {
    records.iter().filter(|record| record.event_name == name).collect()
}

/// The events of the one that connected from this address.
fn of_client(record: &LogRecord, client: SocketAddr) -> bool {
    number(&record.attributes, "network.local.port") == Some(i64::from(client.port()))
        && text(&record.attributes, "procnet.by") == Some("connect")
}

#[test]
fn each_event_is_a_log_record_with_names_of_the_semantic_conventions_and_the_agents_own() {
    private(|_| {
        let collector = Collector::start(vec![]);
        let endpoint = format!("http://{}", collector.address);
        let Some(_agent) = agent(&[], &endpoint, &["--otlp-logs", "all"]) else { return };
        let clients = connections(20);
        let last = clients[19];
        let mut resources = Vec::new();
        let mut records = Vec::new();
        while !named(&records, "procnet.socket.end").iter().any(|record| of_client(record, last)) {
            let request = collector.next();
            assert!(request.head.contains("\r\ncontent-type: application/json\r\n"));
            resources.push(request.decoded().resource_logs[0].resource.clone().unwrap());
            records.extend(request.records());
        }
        let resource = &resources[0].attributes;
        assert_names(resource);
        records.iter().for_each(|record| assert_names(&record.attributes));
        assert_eq!(text(resource, "service.name"), Some("procnet-agent"));
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        assert_eq!(text(resource, "procnet.boot_id"), Some(boot.trim_end()));
        assert!(text(resource, "host.name").is_some_and(|name| !name.is_empty()));

        let comm = fs::read_to_string("/proc/self/comm").unwrap();
        let pid = i64::from(std::process::id());
        for client in clients {
            for name in ["procnet.socket.birth", "procnet.socket.end"] {
                let all = named(&records, name);
                let mut of = all.into_iter().filter(|record| of_client(record, client));
                let (Some(record), None) = (of.next(), of.next()) else {
                    panic!("{name} of {client}: not one")
                };
                let of = &record.attributes;
                assert_eq!(text(of, "event.name"), Some(name));
                assert_eq!(text(of, "network.transport"), Some("tcp"));
                assert_eq!(text(of, "network.type"), Some("ipv4"));
                assert_eq!(text(of, "network.local.address"), Some("127.0.0.1"));
                assert_eq!(text(of, "network.peer.address"), Some("127.0.0.1"));
                assert_eq!(text(of, "procnet.process.comm"), Some(comm.trim_end()));
                assert_eq!(number(of, "process.pid"), Some(pid));
                assert!(number(of, "procnet.socket.cookie").is_some_and(|cookie| cookie > 0));
                assert!(number(of, "procnet.netns").is_some_and(|netns| netns > 0));
                assert!(record.time_unix_nano > 1_600_000_000_000_000_000);
                assert!(record.observed_time_unix_nano >= record.time_unix_nano, "{record:?}");
                let is_end = name == "procnet.socket.end";
                let sent = number(of, "procnet.socket.sent_bytes");
                assert_eq!(sent, is_end.then_some(1000));
                let state = text(of, "network.connection.state").unwrap();
                assert!(state == "established" || is_end, "{state}");
            }
        }
        // A listener has no peer.
        let births = named(&records, "procnet.socket.birth");
        let listens =
            |record: &&&LogRecord| text(&record.attributes, "procnet.by") == Some("listen");
        let listener = births.iter().find(listens).unwrap();
        assert_eq!(text(&listener.attributes, "network.peer.address"), None);
    });
}

#[test]
fn what_has_no_record_is_a_record() {
    private(|_| {
        let later = |seconds: u8| {
            answer("503 Service Unavailable", &format!("Retry-After: {seconds}\r\n"), "")
        };
        let partly = r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"no\nroom"}}"#;
        let collector = Collector::start(vec![
            later(1),
            answer("429 Too Many Requests", "Retry-After: 1\r\n", ""),
            answer("200 OK", "", partly),
        ]);
        let endpoint = format!("http://{}", collector.address);
        let few = ["--otlp-logs", "ends", "--otlp-events-per-second", "10"];
        let Some(agent) = agent(&[], &endpoint, &few) else { return };
        connections(50);
        // The same request, until it is accepted.
        let first = collector.next();
        assert_eq!(first.body, collector.next().body);
        assert_eq!(first.body, collector.next().body);
        let first = first.records();
        agent.page_when(|page| {
            let count = |result| {
                page.value("procnet_agent_otlp_log_records_total", &[("result", result)]).unwrap()
            };
            count("rejected") > 0.0
        });
        // With the next record, it is known what the collector has not taken.
        connections(1);
        let dropped = |records: &[LogRecord], why: &str| -> i64 {
            let key = format!("procnet.events.dropped.{why}");
            let all = named(records, "procnet.events.dropped");
            all.iter().map(|record| number(&record.attributes, &key).unwrap()).sum()
        };
        let more = collector.records_until(|records| dropped(records, "rejected") > 0);
        let (made, all) = (first.len(), [first, more].concat());
        let rejected = named(&all[..made], "procnet.socket.end").len().min(3);
        assert_eq!(dropped(&all, "rejected"), rejected as i64);
        assert!(named(&all, "procnet.socket.birth").is_empty());
        let ends = named(&all, "procnet.socket.end");
        let cookies = ends.iter().map(|end| number(&end.attributes, "procnet.socket.cookie"));
        let cookies: BTreeSet<Option<i64>> = cookies.collect();
        assert_eq!(cookies.len(), ends.len(), "twice");
        // Two for each connection, and those of the agent itself.
        let over_rate = dropped(&all, "over_rate");
        assert!(
            over_rate > 0 && ends.len() as i64 + over_rate >= 100,
            "{over_rate} {}",
            ends.len()
        );
        assert!(agent.log().contains("it takes them in part: no\\x0Aroom"), "{}", agent.log());
        assert!(agent.page().sum("procnet_agent_otlp_log_failures_total") >= 2.0);
    });
}

#[test]
fn no_answer_stops_the_agent_however_hostile_it_is() {
    private(|_| {
        let collector = Collector::start(vec![
            b"SSH-2.0-x\r\n\r\n".to_vec(),
            answer("200 Slow", &"X: y\r\n".repeat(20), "{}"),
            [&b"HTTP/1.1 200 OK\r\n"[..], &b"X: y\r\n".repeat(50_000)].concat(),
            answer("200 OK", "", &"[".repeat(1 << 20)),
            answer("302 Found", "Location: http://127.0.0.1:1/v1/logs\r\n", ""),
        ]);
        let endpoint = format!("http://{}", collector.address);
        let Some(mut agent) = agent(&[], &endpoint, &["--otlp-logs", "ends"]) else { return };
        connections(5);
        let first = collector.next();
        // Not HTTP, too slow, and a head without an end: again.
        for _attempt in 0..3 {
            assert_eq!(collector.next().body, first.body);
        }
        // The status is what counts, and a redirection is not followed.
        connections(5);
        let count = |page: &crate::page::Page, result| {
            page.value("procnet_agent_otlp_log_records_total", &[("result", result)]).unwrap()
        };
        let page = agent.page_when(|page| count(page, "rejected") > 0.0);
        assert!(count(&page, "accepted") > 0.0, "{}", page.text);
        assert_eq!(page.sum("procnet_agent_otlp_log_failures_total"), 3.0);
        // What waits is sent at the end.
        let last = connections(5)[4];
        agent.signal("TERM");
        assert!(agent.process.wait().unwrap().success());
        collector.records_until(|records| records.iter().any(|record| of_client(record, last)));
    });
}

#[cfg(feature = "tls")]
#[test]
fn a_collector_by_tls_has_to_be_trusted_and_receives_the_key_that_nobody_else_sees() {
    private(|_| {
        let dir = tempfile::tempdir().unwrap();
        let (key, certificate) = (dir.path().join("key.pem"), dir.path().join("cert.pem"));
        let config = dir.path().join("openssl.cnf");
        fs::write(
            &config,
            "[req]\ndistinguished_name = name\nx509_extensions = server\nprompt = no\n[name]\nCN = localhost\n\
             [server]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = IP:127.0.0.1\n\
             keyUsage = digitalSignature\nextendedKeyUsage = serverAuth\n",
        )
        .unwrap();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-days", "2", "-config"])
            .arg(&config)
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output();
        if !made.is_ok_and(|made| made.status.success()) {
            skip_part("TLS", "there is no openssl");
            return;
        }
        let config = tls(&certificate, &key);
        let collector = Collector::start_with(vec![], move |stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            rustls::StreamOwned::new(connection, stream)
        });
        let endpoint = format!("https://{}", collector.address);
        let options = ["--otlp-logs", "ends", "--otlp-gzip", "true"];
        let secret = "OTEL_EXPORTER_OTLP_HEADERS=api-key=SECRET%20";
        let Some(stranger) = agent(&["env", secret], &endpoint, &options) else { return };
        connections(5);
        let refused =
            |page: &crate::page::Page| page.sum("procnet_agent_otlp_log_failures_total") >= 1.0;
        stranger.page_when(refused);
        assert!(stranger.log().contains("events are not sent"), "{}", stranger.log());
        assert!(!stranger.log().contains("SECRET"), "{}", stranger.log());
        drop(stranger);

        let trusted = format!("SSL_CERT_FILE={}", certificate.display());
        let Some(agent) = agent(&["env", secret, &trusted], &endpoint, &options) else { return };
        connections(5);
        let mut request = collector.next();
        assert!(request.head.contains("\r\napi-key: secret"), "{}", request.head);
        assert!(request.head.contains("\r\ncontent-encoding: gzip\r\n"), "{}", request.head);
        let mut body = Vec::new();
        let mut decoder = flate2::write::GzDecoder::new(&mut body);
        decoder.write_all(&request.body).unwrap();
        decoder.finish().unwrap();
        request.body = body;
        assert!(!named(&request.records(), "procnet.socket.end").is_empty());
        assert!(!agent.log().contains("SECRET"), "{}", agent.log());
    });
}

#[cfg(feature = "tls")]
fn tls(certificate: &std::path::Path, key: &std::path::Path) -> Arc<rustls::ServerConfig> {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    Arc::new(config.with_single_cert(vec![certificate], key).unwrap())
}

#[test]
fn a_file_of_header_fields_that_is_wrong_sends_nothing_and_shows_no_value() {
    private(|_| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("headers");
        fs::write(&path, "api-key: SECRET\nSECRET\n").unwrap();
        let path = path.to_str().unwrap();
        let arguments = ["--otlp-endpoint", "http://127.0.0.1:9", "--otlp-headers-file", path];
        let agent = Agent::start(&arguments);
        let wrong = format!("{path}:2: it is not NAME: VALUE");
        assert!(agent.log().contains(&wrong), "{}", agent.log());
        assert!(!agent.log().contains("SECRET"), "{}", agent.log());
        assert!(agent.page().family("procnet_agent_otlp_requests_total").is_empty());
        let mut command = Command::new(env!("CARGO_BIN_EXE_procnet-agent"));
        let checked = command.arg("--check").args(arguments).output().unwrap();
        let shown = String::from_utf8(checked.stdout).unwrap();
        assert!(shown.contains(path) && !shown.contains("SECRET"), "{shown}");
    });
}
