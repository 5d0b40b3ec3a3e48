//! The head of a request.

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// Without its query.
    pub(super) path: &'a str,
    /// Whether the connection remains open after the answer.
    pub(super) keep: bool,
    /// Whether the OpenMetrics format is preferred.
    pub(super) openmetrics: bool,
    /// Whether an answer may be compressed with gzip.
    pub(super) gzip: bool,
}

/// What has arrived of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    Partial,
    /// A request, and the number of bytes that it has.
    Whole {
        request: Request<'a>,
        length: usize,
    },
    /// This is no request that is answered; the status that says so.
    Bad(u16),
}

/// The most fields of a head.
const FIELDS: usize = 64;

/// Parses a head of at most this many bytes.
pub(super) fn parse(bytes: &[u8], most: usize) -> Head<'_> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Partial) if bytes.len() >= most => return Head::Bad(431),
        Ok(httparse::Status::Partial) => return Head::Partial,
        Ok(httparse::Status::Complete(length)) if length > most => return Head::Bad(431),
        Ok(httparse::Status::Complete(length)) => length,
        Err(httparse::Error::TooManyHeaders) => return Head::Bad(431),
        Err(_) => return Head::Bad(400),
    };
    let (Some(method), Some(target), Some(version)) =
        (request.method, request.path, request.version)
    else {
        return Head::Bad(400);
    };
    let mut keep = version == 1;
    let mut accept = Accept::default();
    let mut gzip = false;
    for field in request.headers {
        let value = || std::str::from_utf8(field.value).unwrap_or_default();
        let is = |name| field.name.eq_ignore_ascii_case(name);
        if is("connection") {
            for word in value().split(',').map(str::trim) {
                keep = (keep || word.eq_ignore_ascii_case("keep-alive"))
                    && !word.eq_ignore_ascii_case("close");
            }
        } else if is("accept") {
            accept.add(value());
        } else if is("accept-encoding") {
            gzip |= takes_gzip(value());
        } else if is("transfer-encoding") || is("content-length") && value().trim() != "0" {
            // A request for what is here has no body.
            return Head::Bad(400);
        }
    }
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let openmetrics = accept.openmetrics > 0.0 && accept.openmetrics >= accept.text;
    Head::Whole { request: Request { method, path, keep, openmetrics, gzip }, length }
}

/// Whether an answer may be compressed with gzip (RFC 9110, section 12.5.3).
fn takes_gzip(value: &str) -> bool {
    let wanted = |name: &str| {
        value.split(',').find_map(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next().filter(|coding| coding.eq_ignore_ascii_case(name))?;
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
            Some(quality.unwrap_or(1.0) > 0.0)
        })
    };
    wanted("gzip").or_else(|| wanted("x-gzip")).or_else(|| wanted("*")).unwrap_or(false)
}

/// How much each format is wanted, from 0 to 1 (RFC 9110, section 12.5.1).
#[derive(Clone, Copy, Debug, Default)]
struct Accept {
    openmetrics: f32,
    text: f32,
}

impl Accept {
    fn add(&mut self, value: &str) {
        for range in value.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
            let quality = quality.unwrap_or(1.0);
            match media {
                "application/openmetrics-text" => self.openmetrics = self.openmetrics.max(quality),
                "text/plain" | "text/*" | "*/*" => self.text = self.text.max(quality),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Request<'_> {
        match parse(text.as_bytes(), 8192) {
            Head::Whole { request, length } => {
                assert_eq!(length, text.len());
                request
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn prometheus_is_answered_in_the_format_that_it_prefers() {
        let accept =
            |accept: &str| format!("GET /metrics HTTP/1.1\r\nHost: a\r\naccept: {accept}\r\n\r\n");
        let of_prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;\
            version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let cases = [
            (of_prometheus, true),
            ("text/plain;version=0.0.4", false),
            ("*/*", false),
            ("application/openmetrics-text;q=0", false),
            ("application/openmetrics-text;q=0.4, text/plain;q=0.5", false),
            ("application/json", false),
        ];
        for (value, openmetrics) in cases {
            assert_eq!(whole(&accept(value)).openmetrics, openmetrics, "{value}");
        }
        assert!(!whole("GET /metrics HTTP/1.1\r\n\r\n").openmetrics);
    }

    #[test]
    fn an_answer_is_compressed_for_who_takes_that() {
        let takes = |field: &str| whole(&format!("GET / HTTP/1.1\r\n{field}\r\n\r\n")).gzip;
        for field in
            ["Accept-Encoding: gzip", "accept-encoding: br;q=1.0, GZIP;q=0.8", "Accept-Encoding: *"]
        {
            assert!(takes(field), "{field}");
        }
        for field in [
            "A: gzip",
            "Accept-Encoding: identity",
            "Accept-Encoding:",
            "Accept-Encoding: gzip;q=0, *",
            "Accept-Encoding: gzip-not",
        ] {
            assert!(!takes(field), "{field}");
        }
    }

    #[test]
    fn connections_remain_open_by_the_rules_of_their_version() {
        let kept = |version: &str, field: &str| {
            whole(&format!("GET / HTTP/{version}\r\n{field}\r\n")).keep
        };
        assert!(kept("1.1", "") && !kept("1.1", "Connection: close\r\n"));
        assert!(!kept("1.0", "") && kept("1.0", "Connection: Keep-Alive\r\n"));
        assert!(!kept("1.1", "Connection: keep-alive, close\r\n"));
    }

    #[test]
    fn what_is_no_request_for_a_page_is_refused_within_the_limit() {
        assert_eq!(parse(b"GET / HT", 8192), Head::Partial);
        assert_eq!(parse(b"", 8192), Head::Partial);
        assert_eq!(parse(b"\x16\x03\x01\x02\x00\x01", 8192), Head::Bad(400));
        assert_eq!(parse(b"GET /\0 HTTP/1.1\r\n\r\n", 8192), Head::Bad(400));
        assert_eq!(
            parse(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde", 8192),
            Head::Bad(400)
        );
        assert_eq!(
            parse(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 8192),
            Head::Bad(400)
        );
        let long = [b"GET / HTTP/1.1\r\nA: ".as_slice(), &[b'a'; 8192]].concat();
        assert_eq!(parse(&long, 8192), Head::Bad(431));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(100));
        assert_eq!(parse(many.as_bytes(), 8192), Head::Bad(431));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let text =
            b"GET /metrics?x HTTP/1.1\r\nAccept: text/plain;q=x;,\xFF\r\nConnection: \r\n\r\n";
        for at in 0..text.len() {
            for byte in 0..=u8::MAX {
                let mut changed = *text;
                changed[at] = byte;
                parse(&changed, 64);
                parse(&changed[..at], 8192);
            }
        }
    }
}
