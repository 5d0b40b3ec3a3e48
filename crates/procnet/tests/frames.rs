//! Between a call of `Scanner::visit` and the visitor that it calls, the library has few frames
//! on the stack, whatever the source: the way of a row can be followed in a debugger.

use std::{
    backtrace::Backtrace,
    net::TcpListener,
    os::{linux::net::SocketAddrExt as _, unix::net::SocketAddr, unix::net::UnixListener},
};

use procnet::{Kind, Query, Scanner, Source};
use procnet_corpus::live::{private, skip};

/// Named functions of the library between the visitor and its caller.
const MOST_FRAMES: usize = 7;

/// The symbols of all frames, innermost first.
fn symbols(backtrace: &str) -> impl Iterator<Item = &str> {
    backtrace.lines().filter_map(|line| {
        let (number, symbol) = line.trim_start().split_once(": ")?;
        number.parse::<u32>().is_ok().then_some(symbol)
    })
}

/// The library's frames, from the one that calls the visitor to `Scanner::visit`.
fn frames(backtrace: &str) -> Vec<String> {
    let of_library =
        |symbol: &&str| symbol.starts_with("procnet::") || symbol.starts_with("<procnet::");
    let mut frames = Vec::new();
    for symbol in symbols(backtrace).filter(of_library) {
        frames.push(symbol.to_owned());
        if symbol.ends_with("Scanner::visit") || symbol.ends_with("Scanner>::visit") {
            return frames;
        }
    }
    skip(&format!("backtraces have no symbols:\n{backtrace}"));
}

/// The frames at the first socket of a kind that a source reports.
fn visit(kind: Kind, source: Source) -> Vec<String> {
    let query = Query::new().kinds(kind).source(source);
    let mut backtrace = None;
    let visited = Scanner::new().unwrap().visit(&query, |_| {
        backtrace.get_or_insert_with(|| Backtrace::force_capture().to_string());
    });
    if let Err(error) = visited {
        skip(&error.to_string());
    }
    frames(&backtrace.expect("a socket"))
}

#[test]
fn at_most_seven_functions_lead_from_visit_to_the_visitor() {
    private(|_| {
        let _tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let name = SocketAddr::from_abstract_name(b"listener").unwrap();
        let _unix = UnixListener::bind_addr(&name).unwrap();
        let cases = [
            (Kind::Tcp, Source::Procfs),
            (Kind::Unix, Source::Procfs),
            (Kind::Tcp, Source::Netlink),
        ];
        for (kind, source) in cases {
            let frames = visit(kind, source);
            println!("{kind} from {source}: {frames:#?}");
            assert!(frames.len() <= MOST_FRAMES, "{kind} from {source}: {frames:#?}");
        }
    });
}
