//! Answers.

use std::{fmt::Write as _, io::Write as _, net::TcpStream, sync::Arc};

use super::head::Request;
use crate::{
    page::{OPENMETRICS, TEXT},
    published::{Pages, Published, STATUSES, Served},
};

/// An answer, ready to be sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: Vec<u8>,
    pub(super) body: Arc<[u8]>,
    /// Whether the connection remains open.
    pub(super) keep: bool,
}

/// The page at `/`.
const INDEX: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>procnet-agent</title></head>\n\
    <body><h1>procnet-agent</h1>\n<p>The sockets of this host, and the processes that own them.</p>\n<ul>\n\
    <li><a href=\"/metrics\">/metrics</a>: for Prometheus, as OpenMetrics or in the text format</li>\n\
    <li><a href=\"/health\">/health</a>: whether the metrics are there, complete and fresh</li>\n\
    </ul></body></html>\n";

/// The answer to a request.
pub(super) fn answer(request: &Request<'_>, published: &Published) -> Answer {
    if !matches!(request.method, "GET" | "HEAD") {
        return simple(405, "only GET and HEAD are answered\n", published);
    }
    let mut encoding = "";
    let (status, media, body): (u16, &str, Arc<[u8]>) = match request.path {
        "/metrics" => {
            let pages = published.pages();
            let (media, page) = match request.openmetrics {
                true => (OPENMETRICS, pages.openmetrics),
                false => (TEXT, pages.text),
            };
            let compressed = if request.gzip { page.gzip() } else { None };
            match (pages.refreshed, compressed) {
                (None, _) => {
                    (503, "text/plain", Arc::from(&b"the first refresh has not finished yet\n"[..]))
                }
                (Some(_), Some(compressed)) => {
                    encoding = "Content-Encoding: gzip\r\nVary: Accept, Accept-Encoding\r\n";
                    (200, media, Arc::clone(compressed))
                }
                (Some(_), None) => {
                    encoding = "Vary: Accept, Accept-Encoding\r\n";
                    (200, media, Arc::clone(page.bytes()))
                }
            }
        }
        "/health" => {
            let (status, text) =
                health(&published.pages(), published.uploads.get().map(|uploads| uploads.health()));
            (status, "application/json", text.into_bytes().into())
        }
        "/" => (200, "text/html; charset=utf-8", Arc::from(INDEX.as_bytes())),
        _ => {
            return Answer {
                keep: request.keep,
                ..simple(404, "there are /, /metrics and /health\n", published)
            };
        }
    };
    count(status, published);
    let head = head(status, media, encoding, body.len(), request.keep);
    let body = if request.method == "HEAD" { Arc::from(&b""[..]) } else { body };
    Answer { head, body, keep: request.keep }
}

/// The answer to what is no request.
pub(super) fn bad(status: u16, published: &Published) -> Answer {
    simple(status, "this is not a request that is answered here\n", published)
}

/// Tells a client that there is no room, if it can be told at once.
pub(super) fn refuse(mut stream: &TcpStream) {
    let body = "too many connections\n";
    let mut answer = head(503, "text/plain", "", body.len(), false);
    answer.extend_from_slice(body.as_bytes());
    let _ = stream.set_nonblocking(true);
    let _ = stream.write(&answer);
}

fn simple(status: u16, body: &str, published: &Published) -> Answer {
    count(status, published);
    let allow = if status == 405 { "Allow: GET, HEAD\r\n" } else { "" };
    let head = head(status, "text/plain", allow, body.len(), status == 404);
    Answer { head, body: Arc::from(body.as_bytes()), keep: false }
}

fn count(status: u16, published: &Published) {
    let counters = STATUSES.iter().zip(&published.served.answers);
    counters.filter(|(other, _)| **other == status).for_each(|(_, counter)| Served::count(counter));
}

/// A head; `fields` are further ones, each with its line end.
fn head(status: u16, media: &str, fields: &str, length: usize, keep: bool) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Bad Request",
    };
    let connection = if keep { "keep-alive" } else { "close" };
    let mut head = String::new();
    // Writing into a string cannot fail.
    let _ = write!(
        head,
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\
         Connection: {connection}\r\n{fields}X-Content-Type-Options: nosniff\r\n\r\n"
    );
    head.into_bytes()
}

/// Whether there are metrics, and whether they are complete and fresh. What is not ready, or stale, is
/// answered with 503; what is incomplete is not, as that may be so for good, nor are a store that fails and files
/// that are sent late, as there are metrics without them.
fn health(pages: &Pages, upload: Option<serde_json::Value>) -> (u16, String) {
    let age = pages.refreshed.map(|refreshed| refreshed.elapsed());
    let stale = age.is_some_and(|age| age > pages.stale_after);
    let ready = age.is_some();
    let mut health = serde_json::json!({
        "ready": ready,
        "complete": pages.complete,
        "stale": stale,
        "age_seconds": age.map(|age| age.as_secs_f64()),
        "gaps": pages.gaps,
    });
    if let Some(store) = &pages.store {
        let word = if store.is_failing() { "failing" } else { "ok" };
        health["store"] = word.into();
    }
    if let Some(upload) = upload {
        health["upload"] = upload;
    }
    (if ready && !stale { 200 } else { 503 }, format!("{health}\n"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn health_says_whether_there_are_metrics_and_whether_they_are_fresh() {
        let mut pages = Pages::default();
        let (status, text) = health(&pages, None);
        assert_eq!(status, 503);
        assert!(text.contains(r#""ready":false"#), "{text}");
        pages.refreshed = Some(Instant::now());
        pages.stale_after = Duration::from_secs(60);
        pages.gaps = vec!["processes_denied"];
        let (status, text) = health(&pages, None);
        assert_eq!(status, 200);
        assert!(
            text.contains(
                r#""complete":false,"gaps":["processes_denied"],"ready":true,"stale":false"#
            ),
            "{text}"
        );
        pages.stale_after = Duration::ZERO;
        assert_eq!(health(&pages, None).0, 503);
        let (_, text) = health(&pages, Some(serde_json::json!({ "late": true })));
        assert!(text.contains(r#""upload":{"late":true}"#), "{text}");
    }
}
