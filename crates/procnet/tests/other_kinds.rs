//! Kinds without a table in `/proc/net`: each socket is listed with its owner, or the answer reports
//! that the kernel does not list the kind.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use procnet::{
    ErrorKind, Inode, Kind, Kinds, OwnedSocket, Query, Scanner, Source, State, coverage::Fallback,
    owners::Budget, snapshot::Snapshot, visit::Answer,
};
use procnet_corpus::live::{Mptcp, private, skip, skip_part};
use serde_json::Value;

mod common;

/// The sockets of `kinds_scene.py`, which its process holds as long as this exists.
struct Scene {
    holder: Child,
    sockets: Vec<Value>,
    missing: Vec<Value>,
}

impl Scene {
    fn new() -> Scene {
        // On another kernel, scripts are elsewhere.
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/scripts");
        let found = [here, PathBuf::from("/scripts")].map(|it| it.join("kinds_scene.py"));
        let script = found.iter().find(|it| it.exists()).expect("the script");
        let mut command = Command::new("python3");
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = command.spawn().unwrap_or_else(|error| skip(&format!("python3: {error}")));
        let lines = BufReader::new(holder.stdout.take().expect("it is piped")).lines();
        let lines = lines.map(|line| line.expect("text")).take_while(|line| !line.is_empty());
        let all = lines.map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
        let (missing, sockets) = all.partition(|it| it.get("missing").is_some());
        Scene { holder, sockets, missing }
    }

    /// Ends the test if this kernel does not have a kind.
    fn of(&self, name: &str) -> Vec<&Value> {
        let kind = |it: &Value| it["kind"].as_str().expect("a kind").to_owned();
        let found = self.sockets.iter().filter(|it| kind(it).trim_end_matches('6') == name);
        let missing = self.missing.iter().find(|it| kind(it) == name);
        if let Some(why) = missing.and_then(|it| it["missing"].as_str()) {
            skip_part(name, why);
        }
        found.collect()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

fn collect(query: &Query) -> Result<Answer, procnet::Error> {
    Scanner::new().expect("a /proc").collect(query)
}

/// The only socket of a kind with an inode, leaving out associations.
fn find<'a>(answer: &'a Answer, expected: &Value) -> &'a OwnedSocket {
    let kind = Kind::from_name(expected["kind"].as_str().unwrap()).unwrap();
    let inode = Inode::new(expected["inode"].as_u64().unwrap());
    let is_association =
        |socket: &OwnedSocket| socket.sctp.is_some_and(|sctp| sctp.association.is_some());
    let mut found = answer
        .sockets
        .iter()
        .filter(|socket| socket.kind == kind && socket.inode == inode && !is_association(socket));
    let socket = found.next().unwrap_or_else(|| panic!("{expected} is not in {answer:#?}"));
    assert!(found.next().is_none(), "{expected} is there twice: {answer:#?}");
    socket
}

/// Asserts that a socket is listed as it was made.
fn compare(found: &OwnedSocket, expected: &Value, holder: u32) {
    let state = State::CLOSE;
    let state = expected["state"].as_str().map_or(state, |text| text.parse().unwrap());
    assert_eq!(found.state, state, "{expected}: {found:?}");
    let owners: Vec<_> =
        found.owners.iter().map(|owner| (owner.pid, u64::from(owner.fd))).collect();
    assert_eq!(owners, [(holder, expected["fd"].as_u64().unwrap())], "{expected}");
    let local = found.local.map(|end| end.to_string());
    let local = local.or(found.vsock.map(|vsock| vsock.local.to_string()));
    let remote = found.vsock.map(|vsock| vsock.remote.to_string());
    let kind = found.tipc.map(|tipc| tipc.kind.to_string());
    let known = [("local", local), ("remote", remote), ("type", kind)];
    for (key, text) in known {
        if let Some(asked) = expected[key].as_str() {
            assert_eq!(text.as_deref(), Some(asked), "{key} of {expected}: {found:?}");
        }
    }
    if let Some(published) = expected["published"].as_bool() {
        assert_eq!(found.tipc.unwrap().published, published, "{expected}: {found:?}");
    }
    if let Some(queue) = expected["queue"].as_u64() {
        let xdp = found.xdp.unwrap();
        let interface = xdp.interface.map(|index| u64::from(index.get()));
        assert_eq!((interface, u64::from(xdp.queue)), (expected["interface"].as_u64(), queue));
    }
}

/// Asserts that the answer for a kind that cannot be listed does not claim to be complete.
fn unlisted(kinds: Kinds, name: &str) {
    let error = collect(&Query::new().kinds(kinds)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotListed);
    assert_eq!(error.refusal(), Some(Fallback::NoHandler));
    // Beside others, it is a gap.
    let answer = collect(&Query::new().kinds(kinds | Kinds::TCP)).unwrap();
    assert!(!answer.coverage.is_complete());
    let text = answer.coverage.to_string();
    assert!(text.contains("sockets cannot be listed: this kernel has no handler"), "{text}");
    skip_part(name, "this kernel has no handler for it");
}

#[test]
fn each_is_listed_with_its_owner() {
    private(|_| {
        let scene = Scene::new();
        for (name, kinds) in [
            ("mptcp", Kinds::MPTCP),
            ("sctp", Kinds::SCTP),
            ("dccp", Kinds::DCCP),
            ("smc", Kinds::SMC),
            ("vsock", Kinds::VSOCK),
            ("tipc", Kinds::TIPC),
            ("xdp", Kinds::XDP),
        ] {
            let expected = scene.of(name);
            if expected.is_empty() {
                // That nothing is listed is right, whether the kernel has the kind or not.
                if let Ok(answer) = collect(&Query::new().kinds(kinds)) {
                    assert!(answer.sockets.is_empty(), "{answer:?}");
                }
                continue;
            }
            let query = Query::new().kinds(kinds);
            for query in [query.clone(), query.incremental(Budget::unlimited())] {
                let answer = match collect(&query) {
                    Ok(answer) => answer,
                    Err(error) if error.kind() == ErrorKind::NotListed => {
                        unlisted(kinds, name);
                        break;
                    }
                    Err(error) => panic!("{error}"),
                };
                // The kernel itself has a socket of TIPC.
                assert_eq!(common::missing_inside(&answer.coverage), "");
                for expected in &expected {
                    compare(find(&answer, expected), expected, scene.holder.id());
                }
                let from_diag = answer.coverage.from(Source::Netlink);
                assert!(!(from_diag & kinds).is_empty(), "{:?}", answer.coverage);
                #[cfg(feature = "serde")]
                answer.sockets.iter().for_each(is_read_as_it_was_written);
            }
        }
    });
}

/// How many sockets `ss` prints, and their inodes and cookies.
fn listed_by_ss(option: &str) -> (usize, [BTreeSet<u64>; 2]) {
    let ran = Command::new("ss").args(["-H", "-O", "-n", "-a", "-e", option]).output();
    let printed = String::from_utf8(ran.expect("ss runs").stdout).expect("text");
    let numbers = |key: &str, radix| {
        let texts = printed.split_whitespace().filter_map(|word| word.strip_prefix(key));
        texts.map(|text| u64::from_str_radix(text, radix).expect("a number")).collect()
    };
    (printed.lines().count(), [numbers("ino:", 10), numbers("sk:", 16)])
}

/// `ss` has no option for SMC.
#[test]
fn each_is_listed_as_by_ss() {
    private(|_| {
        if Command::new("ss").arg("-V").output().is_err() {
            skip("ss is not there");
        }
        let scene = Scene::new();
        for (name, kinds, option) in [
            ("sctp", Kinds::SCTP, "--sctp"),
            ("dccp", Kinds::DCCP, "--dccp"),
            ("vsock", Kinds::VSOCK, "--vsock"),
            ("tipc", Kinds::TIPC, "--tipc"),
            ("xdp", Kinds::XDP, "--xdp"),
        ] {
            if scene.of(name).is_empty() {
                continue;
            }
            let Ok(answer) = collect(&Query::new().kinds(kinds)) else { continue };
            // The side that connects is in PARTOPEN until it is sent something: `ss` does not ask for
            // that state, which has a number of its own.
            let port = |end: Option<SocketAddr>| end.map(|end| end.port());
            let listening = answer.sockets.iter().filter(|it| it.state == State::LISTEN);
            let is_server = |it: &OwnedSocket| {
                listening.clone().any(|other| port(other.local) == port(it.local))
            };
            let shown = |it: &&OwnedSocket| name != "dccp" || is_server(it);
            let shown: Vec<_> = answer.sockets.iter().filter(shown).collect();
            let inodes = shown.iter().filter_map(|it| it.inode).map(procnet::Inode::get);
            let cookies = shown.iter().filter_map(|it| it.cookie);
            let found: [BTreeSet<u64>; 2] = [inodes.collect(), cookies.collect()];
            let (count, theirs) = listed_by_ss(option);
            assert_eq!(shown.len(), count, "{name}: {answer:#?}");
            assert!(count > 0, "{name}");
            // Of sockets of vsock it prints neither.
            if name != "vsock" {
                assert_eq!(found, theirs, "{name}: {answer:#?}");
            }
        }
    });
}

/// A socket and its associations have one inode and one cookie, and each is listed once.
#[test]
fn associations_of_sctp_are_listed_beside_their_sockets() {
    private(|_| {
        let scene = Scene::new();
        let expected = scene.of("sctp");
        if expected.is_empty() {
            return;
        }
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::SCTP);
        let mut all = Snapshot::default();
        scanner.snapshot(&query, &mut all).unwrap();
        let answer = scanner.collect(&query).unwrap();
        let associations: Vec<_> = answer
            .sockets
            .iter()
            .filter(|socket| socket.sctp.unwrap().association.is_some())
            .collect();
        // Each end of a connection, over both IP versions. The ends of a socket are the same.
        assert_eq!(associations.len(), 4, "{answer:#?}");
        for association in &associations {
            assert_eq!(association.state, State::ESTABLISHED);
            let state = association.sctp.unwrap().association.unwrap();
            assert_eq!(state.name(), Some("ESTABLISHED"));
            // The first address of an IPv6 socket that is bound to none may be any of the host's.
            let ports = |it: &OwnedSocket| [it.local, it.remote].map(|end| end.unwrap().port());
            let [local, remote] = ports(association);
            let mirror = |other: &&&OwnedSocket| ports(other) == [remote, local];
            assert_eq!(associations.iter().filter(mirror).count(), 1, "{associations:#?}");
        }
        assert_eq!(answer.sockets.len(), expected.len() + associations.len(), "{answer:#?}");
        assert_eq!(all.iter().count(), answer.sockets.len());
        let listeners = query.states([State::LISTEN]);
        let answer = scanner.collect(&listeners).unwrap();
        assert_eq!(answer.sockets.len(), 2);
        assert!(answer.sockets.iter().all(|socket| socket.backlog == Some(5)), "{answer:#?}");
    });
}

#[test]
fn an_mptcp_connection_is_one_socket_and_its_subflows_are_tcp() {
    private(|_| {
        let scene = Mptcp::new().unwrap_or_else(|reason| skip(&reason));
        let answer = match collect(&Query::new().kinds(Kinds::MPTCP | Kinds::TCP)) {
            Ok(answer) => answer,
            Err(error) => skip(&error.to_string()),
        };
        if !answer.coverage.from(Source::Netlink).contains(Kind::Mptcp) {
            skip("this kernel does not list mptcp");
        }
        for (holder, inode) in scene.holders.iter().zip(scene.inodes) {
            let of = |kinds: Kinds| {
                let sockets = answer.sockets.iter();
                let of = sockets.filter(move |it| it.inode == Inode::new(inode));
                of.filter(move |it| kinds.contains(it.kind)).collect::<Vec<_>>()
            };
            let owned = |it: &&OwnedSocket| it.owners.iter().any(|it| it.pid == holder.pid());
            let (connections, subflows) = (of(Kinds::MPTCP), of(Kinds::TCP));
            assert!(subflows.iter().all(owned) && connections.iter().all(owned), "{answer:#?}");
            let is_listener = subflows.iter().all(|it| it.state == State::LISTEN);
            // Before Linux 5.19, listeners are not reported.
            let fewest = usize::from(!is_listener);
            assert!((fewest..2).contains(&connections.len()), "{connections:#?}");
            assert_eq!(subflows.len(), if is_listener { 1 } else { Mptcp::SUBFLOWS });
        }
        // The kernel decides conditions as we do.
        let port = scene.server.port();
        let served = Query::new().kinds(Kinds::MPTCP).local_port(port);
        let served = collect(&served).unwrap().sockets;
        let expected = answer.sockets.iter().filter(|it| {
            Kinds::MPTCP.contains(it.kind) && it.local.is_some_and(|end| end.port() == port)
        });
        assert_eq!(served.len(), expected.count());
        assert!(!served.is_empty());
    });
}

/// No table shows whether there are any: only that the kernel does not have the kind, or counts none.
#[test]
fn tables_alone_never_claim_that_there_are_none() {
    private(|_| {
        let _scene = Mptcp::new().unwrap_or_else(|reason| skip(&reason));
        let kinds = Kinds::MPTCP | Kinds::TCP;
        let answer = collect(&Query::new().kinds(kinds).source(Source::Procfs)).unwrap();
        assert!(!answer.coverage.is_complete());
        let text = answer.coverage.to_string();
        assert!(text.contains("mptcp sockets cannot be listed: no file in /proc/net"), "{text}");
        let error = collect(&Query::new().kinds(Kinds::MPTCP).source(Source::Procfs)).unwrap_err();
        assert_eq!(
            (error.kind(), error.refusal()),
            (ErrorKind::NotListed, Some(Fallback::NoTable))
        );
        assert!(error.to_string().ends_with("sockets cannot be listed"), "{error}");
    });
}

/// A family that is neither built in nor loaded has no sockets, and is not asked for.
#[test]
fn a_family_that_the_kernel_does_not_have_is_absent() {
    private(|_| {
        let protocols = std::fs::read_to_string("/proc/net/protocols").unwrap();
        let has = |name: &str| protocols.lines().any(|line| line.split(' ').next() == Some(name));
        for (kind, name) in [
            (Kind::Sctp, "SCTP"),
            (Kind::Dccp, "DCCP"),
            (Kind::Smc, "SMC"),
            (Kind::Tipc, "TIPC"),
            (Kind::Vsock, "AF_VSOCK"),
            (Kind::Xdp, "XDP"),
        ] {
            if has(name) {
                continue;
            }
            for source in [Source::Auto, Source::Procfs, Source::Netlink] {
                let answer = collect(&Query::new().kinds(kind).source(source)).unwrap();
                assert_eq!((answer.coverage.absent, answer.sockets.len()), (kind.into(), 0));
                assert!(answer.coverage.is_complete());
            }
        }
    });
}

/// What is kept and printed is the same.
#[cfg(feature = "serde")]
fn is_read_as_it_was_written(socket: &OwnedSocket) {
    let json = serde_json::to_string(socket).unwrap();
    let back: OwnedSocket = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), json);
    assert_eq!(back.vsock, socket.vsock);
    assert_eq!((back.tipc, back.xdp, back.smc), (socket.tipc, socket.xdp, socket.smc));
    assert_eq!(back.sctp, socket.sctp);
}
