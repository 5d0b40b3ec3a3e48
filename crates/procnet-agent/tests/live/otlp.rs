//! Metrics for an OpenTelemetry collector, which the test plays with the official types.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, UdpSocket},
    os::fd::AsFd as _,
};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{Metric, NumberDataPoint, metric::Data, number_data_point},
};
use procnet_corpus::live::{HelperProcess, LoadGenerator, Workload, private};

use crate::{agent::Agent, collector::assert_names};

/// Receives one request, and answers it with this status.
fn receive(collector: &TcpListener, status: &str) -> String {
    let (stream, _) = collector.accept().unwrap();
    let mut reader = BufReader::new(&stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 2 {
        line.make_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        assert!(!line.starts_with("post") || line == "post /v1/metrics http/1.1\r\n", "{line}");
        assert!(
            !line.starts_with("content-type") || line.ends_with(": application/json\r\n"),
            "{line}"
        );
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    write!(
        &stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{{}}"
    )
    .unwrap();
    String::from_utf8(body).unwrap()
}

/// The request as the official types have it. Integers are strings, as the JSON mapping of protobuf says, and decoders
/// accept numbers as well; these types accept nothing else for `asInt`, whatever they say of other members.
fn decoded(body: &str) -> ExportMetricsServiceRequest {
    fn bare(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Array(elements) => elements.iter_mut().for_each(bare),
            serde_json::Value::Object(members) => {
                for (key, value) in members {
                    match value.as_str().filter(|_| key == "asInt") {
                        Some(text) => *value = text.parse::<i64>().unwrap().into(),
                        None => assert_ne!(key, "asInt", "not a string: {value}"),
                    }
                    bare(value);
                }
            }
            _ => {}
        }
    }
    let mut value: serde_json::Value = serde_json::from_str(body).unwrap();
    bare(&mut value);
    serde_json::from_value(value).unwrap()
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn points(metric: &Metric) -> &[NumberDataPoint] {
    match metric.data.as_ref().unwrap() {
        Data::Sum(sum) => &sum.data_points,
        Data::Gauge(gauge) => &gauge.data_points,
        _ => panic!("{metric:?}"),
    }
}

/// The value of the point with these attributes and no others.
fn value(metrics: &[Metric], name: &str, attributes: &[(&str, &str)]) -> Option<i64> {
    let metric = metrics.iter().find(|metric| metric.name == name).unwrap();
    let point = points(metric).iter().find(|point| {
        let same = |(key, value): &(&str, &str)| text(&point.attributes, key) == Some(value);
        point.attributes.len() == attributes.len() && attributes.iter().all(same)
    })?;
    assert!(point.time_unix_nano >= point.start_time_unix_nano && point.start_time_unix_nano > 0);
    match point.value? {
        number_data_point::Value::AsInt(value) => Some(value),
        number_data_point::Value::AsDouble(_) => panic!("{name}"),
    }
}

#[test]
fn a_collector_receives_names_of_the_semantic_conventions_and_the_agents_own() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Tcp, 1, 20).spawn(Workload::Udp, 1, 10);
        let hostile = HelperProcess::start(b"a\"}\n\xFF");
        let resolver = UdpSocket::bind("127.0.0.1:0").unwrap();
        resolver.connect("127.0.0.1:53").unwrap();
        hostile.hold(&[resolver.as_fd()]);
        drop(resolver);
        let collector = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", collector.local_addr().unwrap());
        let agent = Agent::start(&["--otlp-endpoint", &endpoint, "--otlp-interval", "200ms"]);
        // What is refused for now comes again.
        receive(&collector, "503 Service Unavailable");
        receive(&collector, "200 OK");
        let body = receive(&collector, "200 OK");
        let request = decoded(&body);
        let [of_resource] = &request.resource_metrics[..] else { panic!("{body}") };
        let resource = of_resource.resource.as_ref().unwrap();
        assert_eq!(text(&resource.attributes, "service.name"), Some("procnet-agent"));
        assert!(text(&resource.attributes, "host.name").is_some_and(|name| !name.is_empty()));
        assert_names(&resource.attributes);
        let metrics = &of_resource.scope_metrics[0].metrics;
        for metric in metrics {
            points(metric).iter().for_each(|point| assert_names(&point.attributes));
        }

        let count = "system.network.connection.count";
        let Some(Data::Sum(sum)) = metrics
            .iter()
            .find(|metric| metric.name == count)
            .and_then(|metric| metric.data.as_ref())
        else {
            panic!("{body}")
        };
        // An UpDownCounter.
        assert!(!sum.is_monotonic && sum.aggregation_temporality == 2);
        let tcp = |state| {
            value(
                metrics,
                count,
                &[("network.transport", "tcp"), ("network.connection.state", state)],
            )
        };
        assert!(tcp("established").unwrap() >= 18 && tcp("listen").unwrap() >= 3, "{body}");
        assert!(value(metrics, count, &[("network.transport", "udp")]).unwrap() >= 10);
        assert!(
            value(metrics, "procnet.process.socket.count", &[("procnet.process.comm", "load-0")])
                .unwrap()
                >= 20
        );
        let hostile = [("procnet.process.comm", "a\"}\\x0A\\xFF")];
        assert!(value(metrics, "procnet.process.socket.count", &hostile).unwrap() >= 1, "{body}");
        let flow = [
            ("network.transport", "udp"),
            ("procnet.flow.direction", "out"),
            ("procnet.process.comm", "a\"}\\x0A\\xFF"),
            ("procnet.flow.peer", "127.0.0.0/24"),
            ("server.port", "53"),
        ];
        assert_eq!(value(metrics, "procnet.flow.socket.count", &flow), Some(1), "{body}");
        assert_eq!(value(metrics, "procnet.gap", &[("procnet.gap", "processes_denied")]), Some(0));

        let page = agent.page_when(|page| {
            page.value("procnet_agent_otlp_requests_total", &[("result", "accepted")]) >= Some(2.0)
        });
        assert!(
            page.value("procnet_agent_otlp_requests_total", &[("result", "failed")]) >= Some(1.0)
        );
        assert!(agent.log().contains("message=\"metrics are not sent\""), "{}", agent.log());
    });
}

#[test]
fn a_collector_that_is_gone_costs_nothing_but_what_it_misses() {
    private(|_| {
        let agent =
            Agent::start(&["--otlp-endpoint", "http://127.0.0.1:9", "--otlp-interval", "100ms"]);
        let page = agent.page_when(|page| {
            page.value("procnet_agent_otlp_requests_total", &[("result", "replaced")]) >= Some(3.0)
        });
        assert!(
            page.value("procnet_agent_otlp_requests_total", &[("result", "failed")]) >= Some(1.0)
        );
        // One message, not one for each attempt.
        assert_eq!(agent.log().matches("metrics are not sent").count(), 1, "{}", agent.log());
        let mut agent = agent;
        agent.signal("TERM");
        assert!(agent.process.wait().unwrap().success());
    });
}
