//! Few frames of the library lead from `Scanner::visit` to the visitor that it calls, whatever
//! the source: the path of a row can be followed in a debugger.

use std::{
    backtrace::Backtrace,
    fs::{self, File},
    net::TcpListener,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    },
    path::Path,
};

use procnet::{Error, ErrorKind, Kind, ProcRoot, Query, Scanner, Source};
use procnet_corpus::live::{private, skip, skip_part};

/// The limit of frames, `Scanner::visit` and the closure around the visitor included.
const LIMIT: usize = 7;

/// A scanner of a recording of sockets of a kind, below a new directory.
fn recorded(kind: Kind, root: &Path) -> Result<Scanner, Error> {
    let path = root.join(format!("net/sock_diag/{kind}"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::create(&path).unwrap();
    Scanner::new()?.record(&Query::new().kinds(kind).owners(false), &path, file, |_| ())?;
    ProcRoot::at(root).map(Scanner::with_root)
}

/// The backtrace at the first socket of a kind that a source reports.
fn backtrace(kind: Kind, source: Source) -> Result<String, Error> {
    let query = Query::new().kinds(kind).source(source);
    let mut backtrace = None;
    let root = tempfile::tempdir().unwrap();
    let mut scanner = match source {
        Source::Recorded => recorded(kind, root.path())?,
        _ => Scanner::new()?,
    };
    scanner.visit(&query, |_| {
        backtrace.get_or_insert_with(|| Backtrace::force_capture().to_string());
    })?;
    Ok(backtrace.expect("a socket"))
}

/// The symbols of all frames, the innermost first.
fn symbols(backtrace: &str) -> impl Iterator<Item = &str> {
    backtrace.lines().filter_map(|line| {
        let (number, symbol) = line.trim_start().split_once(": ")?;
        number.parse::<u32>().is_ok().then_some(symbol)
    })
}

fn is_closure(symbol: &str) -> bool {
    symbol.ends_with('}')
}

/// Either way in which Rust mangles it.
fn is_visit(symbol: &str) -> bool {
    ["Scanner::visit", "Scanner>::visit"].iter().any(|name| symbol.contains(name))
        && !is_closure(symbol)
}

/// The frames of the library, from the one that calls the visitor to `Scanner::visit`.
fn frames(backtrace: &str) -> Vec<&str> {
    let is_library =
        |symbol: &&str| symbol.starts_with("procnet::") || symbol.starts_with("<procnet::");
    let mut frames: Vec<&str> = symbols(backtrace).filter(is_library).collect();
    if frames.is_empty() {
        skip("backtraces have no symbols");
    }
    let visit = frames.iter().position(|symbol| is_visit(symbol));
    frames.truncate(visit.unwrap_or_else(|| panic!("no Scanner::visit in {backtrace}")) + 1);
    frames
}

#[test]
fn at_most_seven_frames_lead_from_visit_to_the_visitor() {
    private(|_| {
        let _tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let name = SocketAddr::from_abstract_name(b"listener").unwrap();
        let _unix = UnixListener::bind_addr(&name).unwrap();
        for (kind, source) in [
            (Kind::Tcp, Source::Procfs),
            (Kind::Unix, Source::Procfs),
            (Kind::Tcp, Source::Netlink),
            (Kind::Unix, Source::Netlink),
            (Kind::Tcp, Source::Bpf),
            (Kind::Unix, Source::Bpf),
            (Kind::Tcp, Source::Recorded),
            (Kind::Unix, Source::Recorded),
        ] {
            let backtrace = match backtrace(kind, source) {
                Ok(backtrace) => backtrace,
                Err(error) if error.kind() == ErrorKind::NoNetlink => {
                    skip_part("netlink", &error.to_string());
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::NoBpf => {
                    skip_part("bpf", &error.to_string());
                    continue;
                }
                Err(error) => panic!("{kind} from {source}: {error}"),
            };
            let frames = frames(&backtrace);
            println!("{kind} from {source}: {} frames: {frames:#?}", frames.len());
            assert!(frames.len() <= LIMIT, "{kind} from {source}: {frames:#?}");
        }
    });
}
