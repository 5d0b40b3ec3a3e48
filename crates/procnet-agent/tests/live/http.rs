//! The server, and clients that mean no good.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use procnet_corpus::live::private;

use crate::agent::{Agent, Answer};

#[test]
fn there_are_three_pages_and_two_methods() {
    private(|_| {
        let agent = Agent::start(&[]);
        let index = agent.get("/");
        assert_eq!(index.status, 200);
        assert!(index.body.contains("href=\"/metrics\""));
        assert_eq!(agent.get("/metrics?a=b").status, 200);
        assert_eq!(agent.get("/etc/passwd").status, 404);
        assert_eq!(agent.send("POST / HTTP/1.1\r\n\r\n").status, 405);
        assert_eq!(agent.send("\x16\x03\x01\x02hello").status, 400);
        assert_eq!(
            agent.send(&format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(9000))).status,
            431
        );
        let head = agent.send("HEAD /metrics HTTP/1.1\r\nConnection: close\r\n\r\n");
        assert!(
            head.status == 200 && head.body.is_empty() && !head.head.contains("Content-Length: 0")
        );
    });
}

#[test]
fn a_page_is_compressed_for_who_accepts_that() {
    private(|_| {
        let agent = Agent::start(&[]);
        let mut stream = agent.connect();
        let request = "GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let (head, body) = answer.split_at(end);
        let head = str::from_utf8(head).unwrap();
        assert!(head.contains("Content-Encoding: gzip\r\n"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        let mut page = String::new();
        GzDecoder::new(body).read_to_string(&mut page).unwrap();
        assert!(page.contains("\nprocnet_complete ") && page.len() > 3 * body.len(), "{page}");
        // No other page, and nobody who did not ask.
        let health = "GET /health HTTP/1.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
        assert!(!agent.send(health).head.contains("Content-Encoding"));
        assert!(!agent.get("/metrics").head.contains("Content-Encoding"));
    });
}

#[test]
fn a_connection_serves_one_request_after_another_also_in_pieces() {
    private(|_| {
        let agent = Agent::start(&[]);
        let mut stream = agent.connect();
        let requests = "GET /health HTTP/1.1\r\n\r\n".repeat(20)
            + "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
        for piece in requests.as_bytes().chunks(7) {
            stream.write_all(piece).unwrap();
        }
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        assert_eq!(all.matches("HTTP/1.1 200 OK").count(), 21);
    });
}

#[test]
fn a_storm_of_scrapes_beside_silent_clients_is_served() {
    private(|_| {
        let agent = Agent::start(&["--max-connections", "16", "--request-timeout", "2s"]);
        // More than may be open: some wait for a request that never comes, others are in the midst of one.
        let silent: Vec<TcpStream> = (0..30).map(|_| agent.connect()).collect();
        let mut slow: Vec<TcpStream> = (0..8).map(|_| agent.connect()).collect();
        slow.iter_mut().for_each(|stream| stream.write_all(b"GET /metrics HT").unwrap());
        thread::sleep(Duration::from_millis(200));
        let begun = Instant::now();
        thread::scope(|scope| {
            for _client in 0..4 {
                scope.spawn(|| (0..100).for_each(|_| drop(agent.page())));
            }
        });
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(40), "{took:?}");
        // Those in the midst of a request have their time, and no more.
        for stream in &mut slow {
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
            assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
        }
        // What the server counts is on the page of the next refresh.
        agent.page_when(|page| {
            let closed =
                |why| page.value("procnet_agent_http_closed_total", &[("why", why)]).unwrap();
            page.value("procnet_agent_http_answers_total", &[("code", "200")]).unwrap() >= 400.0
                && closed("evicted") >= 10.0
                && closed("timeout") >= 1.0
        });
        drop(silent);
    });
}

#[test]
fn who_does_not_take_the_answer_is_closed() {
    private(|_| {
        let agent = Agent::start(&["--request-timeout", "500ms"]);
        let mut stream = agent.connect();
        let requests = "GET /metrics HTTP/1.1\r\n\r\n".repeat(2000);
        // Until nothing more is taken.
        stream.set_write_timeout(Some(Duration::from_secs(3))).unwrap();
        let _ = stream.write_all(requests.as_bytes());
        agent.page_when(|page| {
            page.value("procnet_agent_http_closed_total", &[("why", "timeout")]) >= Some(1.0)
        });
    });
}

#[test]
fn when_there_is_no_room_a_client_is_answered_so() {
    private(|_| {
        let agent = Agent::start(&["--max-connections", "2", "--request-timeout", "60s"]);
        let mut busy: Vec<TcpStream> = (0..2).map(|_| agent.connect()).collect();
        busy.iter_mut().for_each(|stream| stream.write_all(b"GET ").unwrap());
        thread::sleep(Duration::from_millis(300));
        let mut third = agent.connect();
        let mut bytes = Vec::new();
        let _ = third.read_to_end(&mut bytes);
        assert_eq!(Answer::of(&bytes).status, 503);
    });
}

#[test]
fn after_a_kill_the_next_agent_serves_at_the_same_port() {
    private(|_| {
        let mut agent = Agent::start(&[]);
        let address = agent.address.to_string();
        let mut open = agent.connect();
        open.write_all(b"GET /health HTTP/1.1\r\n\r\n").unwrap();
        assert!(open.read(&mut [0; 16]).unwrap() > 0);
        agent.process.kill().unwrap();
        agent.process.wait().unwrap();
        let again = Agent::launch(&[], &["--listen", &address]);
        again.until("ready", || again.get("/health").status == 200);
        assert_eq!(again.page().sum("procnet_listeners"), 1.0);
    });
}
