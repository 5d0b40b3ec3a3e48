//! A minimal Prometheus exporter: sockets by kind and state, and bytes by interface.
//!
//!     cargo run --release --example exporter [ADDRESS [REQUESTS]]
//!     curl http://127.0.0.1:9988/metrics
//!
//! It answers every request, one at a time, with current numbers: a summary takes no walk of
//! processes, and no memory that grows with the number of sockets.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpListener,
    time::Duration,
};

use procnet::{Query, Scanner, summary::Summary};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:9988".to_owned());
    let requests = arguments.next().and_then(|argument| argument.parse().ok());
    let listener = TcpListener::bind(address)?;
    println!("http://{}/metrics", listener.local_addr()?);

    let mut scanner = Scanner::new()?;
    let mut summary = Summary::default();
    for stream in listener.incoming().take(requests.unwrap_or(usize::MAX)) {
        let mut stream = stream?;
        // So that a silent client cannot block others.
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let _ = stream.read(&mut [0; 4096]);
        let text = metrics(&mut scanner, &mut summary);
        let (status, text) = match text {
            Ok(text) => ("200 OK", text),
            Err(error) => ("500 Internal Server Error", error.to_string()),
        };
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len(),
        );
    }
    Ok(())
}

fn metrics(scanner: &mut Scanner, summary: &mut Summary) -> Result<String, Box<dyn Error>> {
    let coverage = scanner.summarize(&Query::new(), summary)?;
    let mut text = String::new();
    writeln!(
        text,
        "# HELP procnet_sockets Sockets by kind and state.\n# TYPE procnet_sockets gauge"
    )?;
    for (kind, state, sockets) in summary.states() {
        writeln!(text, "procnet_sockets{{kind=\"{kind}\",state=\"{state}\"}} {sockets}")?;
    }
    // Whether the numbers are complete is a metric as well, to alert on.
    writeln!(
        text,
        "# HELP procnet_complete Whether all tables were read.\n# TYPE procnet_complete gauge"
    )?;
    writeln!(text, "procnet_complete {}", u8::from(coverage.is_complete()))?;
    writeln!(
        text,
        "# HELP procnet_bytes_total Bytes by interface.\n# TYPE procnet_bytes_total counter"
    )?;
    for interface in scanner.io_counters()?.interfaces {
        // A name may have any bytes. Displayed, it is one line of text; this format also requires
        // backslashes and quotes to be escaped.
        let name = interface.name.to_string().replace('\\', r"\\").replace('"', "\\\"");
        let (received, sent) =
            (interface.counters.receive.bytes, interface.counters.transmit.bytes);
        writeln!(
            text,
            "procnet_bytes_total{{interface=\"{name}\",direction=\"receive\"}} {received}"
        )?;
        writeln!(
            text,
            "procnet_bytes_total{{interface=\"{name}\",direction=\"transmit\"}} {sent}"
        )?;
    }
    Ok(text)
}
