//! Random filter expressions: procnet, `ss` and a naive evaluation of the kernel's rules select the
//! same sockets. Where `ss` does not follow its own language, it differs as
//! [`docs/filters.md`](../../../docs/filters.md) lists.

#[path = "beside_ss/scene.rs"]
mod scene;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    process::Command,
    time::{Duration, Instant},
};

use procnet::{Filter, Inode, Kinds, OwnedSocket, Query, Scanner, Source};
use procnet_corpus::{
    generate::ss::{Values, Written, expression, near},
    live::{Sandbox, note, raw, run, skip, skip_part, ss},
    naive::ss::{Difference, Known, Rules, Subject, may_differ, means, prints},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use scene::{ADDRESSES, MARKS, PORTS, Scene};

/// What identifies a socket for all three.
type Key = (String, Option<[SocketAddr; 2]>, u64);

/// The number of expressions for sockets with addresses, and for unix sockets.
const INET: usize = 3000;
const UNIX: usize = 600;

/// Remains of closed connections vanish after a minute.
const TIME_WAITS_LAST: Duration = Duration::from_secs(45);

#[test]
fn expressions_select_the_same_sockets_with_addresses() {
    Sandbox::default().role("a small table", |_| inet(INET)).run(|sandbox| {
        // Three walks of the hash that all namespaces share would be most of the time; the next
        // namespace gets one of its own.
        for name in ["tcp_child_ehash_entries", "udp_child_hash_entries"] {
            let _ = std::fs::write(format!("/proc/sys/net/ipv4/{name}"), "256");
        }
        sandbox.run_role("a small table", &["unshare", "--net"], "");
    });
}

#[test]
fn expressions_select_the_same_unix_sockets() {
    Sandbox::default().run(|_| unix(UNIX));
}

fn ran(kinds: &str, text: &str) -> Vec<u8> {
    let mut words = vec!["-H", "-O", "-a", "-n", "-e", "-A", kinds];
    words.extend(text.split_ascii_whitespace());
    let ran = Command::new("ss").args(&words).output().expect("ss");
    let messages = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && messages.is_empty(), "{text}: {messages}");
    ran.stdout
}

fn skip_without_ss() {
    if Command::new("ss").arg("-V").output().is_err() {
        skip("ss is not there");
    }
}

/// Expressions that are the same in every run.
fn expressions(values: &Values, count: usize) -> Vec<Written> {
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = expression(values);
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("an expression").current()).collect()
}

fn rules() -> Rules {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").expect("a range");
    let ports: Vec<u16> =
        text.split_ascii_whitespace().map(|port| port.parse().expect("a port")).collect();
    Rules { ephemeral: (ports[0], ports[1]), fnmatch: raw::fnmatch_casefold }
}

/// The sockets that procnet selects, and how many it could not decide.
fn ours(scanner: &mut Scanner, query: &Query, text: &str) -> (BTreeSet<Key>, u64) {
    let filter: Filter = text.parse().unwrap_or_else(|error| panic!("{error}"));
    let answer = scanner.collect(&query.clone().filter(filter)).expect("an answer");
    (answer.sockets.iter().map(key).collect(), answer.coverage.undecided)
}

fn key(socket: &OwnedSocket) -> Key {
    let ends = socket.local.zip(socket.remote).map(|(local, remote)| [local, remote].map(plain));
    (socket.kind.to_string(), ends, socket.inode.map_or(0, Inode::get))
}

/// Without a scope.
fn plain(end: SocketAddr) -> SocketAddr {
    SocketAddr::new(end.ip(), end.port())
}

/// A socket with addresses as `ss` prints it.
fn inet_key(socket: &ss::InetSocket) -> Key {
    let mut ends = [socket.local, socket.remote].map(plain);
    if socket.kind.starts_with("raw") {
        ends[1].set_port(0);
    }
    (socket.kind.clone(), Some(ends), socket.inode)
}

fn inet(count: usize) {
    skip_without_ss();
    run(&["ip", "link", "set", "lo", "up"]).expect("the loopback interface");
    let scene = Scene::inet();
    let begin = Instant::now();
    // Without sock_diag for them, ss reads their table.
    let raw = Query::new().kinds(Kinds::RAW).source(Source::Netlink).owners(false);
    let has_raw = Scanner::new().expect("a scanner").collect(&raw).is_ok();
    if !has_raw {
        skip_part("raw sockets", "this kernel has no raw_diag");
    }
    let (kinds, raw) = if has_raw { ("tcp,udp,raw", Kinds::RAW) } else { ("tcp,udp", Kinds::NONE) };
    let rules = rules();
    let all = ss::parse_inet(&ran(kinds, "")).expect("sockets");
    let subject = |socket: &ss::InetSocket| {
        let interface = socket.interface.as_deref().unwrap_or("none");
        let index =
            scene.interfaces.iter().find(|(name, _)| *name == interface).expect("an interface");
        let is_raw = socket.kind.starts_with("raw");
        let key = inet_key(socket);
        let subject = Subject {
            ends: key.1,
            connected_port: is_raw.then(|| scene.raw_port(socket.inode)),
            interface: index.1,
            mark: socket.mark,
            port_locked: scene.is_locked(socket.inode),
            inodes: [socket.inode, 0],
            name: None,
        };
        (key, subject)
    };
    let subjects: BTreeMap<Key, Subject> = all.iter().map(subject).collect();
    assert_eq!(subjects.len(), all.len(), "sockets that cannot be told apart");
    let addresses: Vec<IpAddr> = ADDRESSES.iter().map(|ip| ip.parse().expect("an IP")).collect();
    let chosen = subjects.values().map(|it| it.ends.expect("addresses")[0].port());
    let mut ports = PORTS.to_vec();
    ports.extend(chosen.filter(|port| *port >= rules.ephemeral.0).take(4));
    let values = Values {
        ports,
        addresses: near(&addresses),
        interfaces: scene.interfaces.clone(),
        marks: MARKS.to_vec(),
        names: Vec::new(),
    };
    let query = Query::new().kinds(Kinds::TCP | Kinds::UDP | raw).owners(false);
    let mut compared = Compared::new(query, &subjects, rules);
    for (at, written) in expressions(&values, count).iter().enumerate() {
        let is_old = begin.elapsed() > TIME_WAITS_LAST;
        let theirs = ss::parse_inet(&ran(kinds, &written.text)).expect("sockets");
        compared.one(written, theirs.iter().map(inet_key).collect(), is_old, at);
    }
    compared.has_seen(Difference::FamiliesMixed);
    compared.has_seen(Difference::OwnRulesOnly);
    compared.has_seen(Difference::Autobound);
    if has_raw {
        compared.has_seen(Difference::RawPort);
    }
    compared.report(count);
}

fn unix(count: usize) {
    skip_without_ss();
    let directory = tempfile::Builder::new().prefix("s").tempdir_in("/tmp").expect("a directory");
    let _scene = Scene::unix(directory.path());
    let entries = ss::parse(&ran("unix", "")).expect("sockets");
    let subjects: BTreeMap<Key, Subject> = entries
        .iter()
        .map(|entry| {
            let inode = entry.inode.expect("an inode");
            let subject = Subject {
                ends: None,
                connected_port: None,
                interface: 0,
                mark: 0,
                port_locked: false,
                inodes: [inode, 0],
                name: entry.name.clone(),
            };
            (("unix".to_owned(), None, inode), subject)
        })
        .collect();
    let port = |subject: &Subject| u16::try_from(subject.inodes[0]).ok();
    let mut ports = vec![0, 80, u16::MAX];
    ports.extend(subjects.values().filter_map(port).take(3));
    let values = Values {
        ports,
        addresses: Vec::new(),
        interfaces: Vec::new(),
        marks: Vec::new(),
        names: vec![
            "/tmp/", "*", "plain", ".sock", "Upper", "0", "1", "2", "@", "hidden", "abcd", "nul",
            "[x]", "s", "in",
        ],
    };
    let query = Query::new().kinds(Kinds::UNIX).owners(false);
    let mut compared = Compared::new(query, &subjects, rules());
    for (at, written) in expressions(&values, count).iter().enumerate() {
        // What is compared with the inode of the peer is not known here.
        if written.text.contains("dport") {
            continue;
        }
        let theirs = ss::parse(&ran("unix", &written.text)).expect("sockets");
        let theirs = theirs.iter().map(|it| ("unix".to_owned(), None, it.inode.expect("one")));
        compared.one(written, theirs.collect(), false, at);
    }
    compared.has_seen(Difference::InodeAsPort);
    compared.report(count);
}

/// What was compared.
struct Compared<'s> {
    query: Query,
    scanner: Scanner,
    subjects: &'s BTreeMap<Key, Subject>,
    rules: Rules,
    /// An expression for each way in which `ss` was seen to differ.
    seen: BTreeMap<Difference, String>,
    selected: usize,
    begin: Instant,
}

impl<'s> Compared<'s> {
    fn new(query: Query, subjects: &'s BTreeMap<Key, Subject>, rules: Rules) -> Compared<'s> {
        let scanner = Scanner::new().expect("a scanner");
        let (seen, begin) = (BTreeMap::new(), Instant::now());
        Compared { query, scanner, subjects, rules, seen, selected: 0, begin }
    }

    fn one(&mut self, written: &Written, mut theirs: BTreeSet<Key>, is_old: bool, at: usize) {
        let Written { expression, text, .. } = written;
        let what = |which: &str| format!("{which}, expression {at}: {text}\n{expression:?}");
        // Remains of connections may have vanished since.
        let counts = |key: &Key| key.2 != 0 || !is_old;
        theirs.retain(counts);
        let pick = |is: &dyn Fn(&Subject) -> bool| -> BTreeSet<Key> {
            let picked = self.subjects.iter().filter(|(key, it)| counts(key) && is(it));
            picked.map(|(key, _)| key.clone()).collect()
        };
        let printed = pick(&|it| prints(expression, it, &self.rules));
        assert_same(&theirs, &printed, &what("ss and its rules"));
        let meant = pick(&|it| means(expression, it, &self.rules, Known::Everything) == Some(true));
        for key in printed.symmetric_difference(&meant) {
            let differences = may_differ(expression, &self.subjects[key]);
            assert!(!differences.is_empty(), "{}: {key:?}", what("ss and the meaning"));
            if let [difference] = differences[..] {
                let shorter = |seen: &String| seen.len() > text.len();
                if self.seen.get(&difference).is_none_or(shorter) {
                    self.seen.insert(difference, text.clone());
                }
            }
        }
        for (source, known) in
            [(Source::Netlink, Known::Everything), (Source::Procfs, Known::Tables)]
        {
            let query = self.query.clone().source(source);
            let (mut answer, undecided) = ours(&mut self.scanner, &query, text);
            answer.retain(counts);
            let value = |it: &Subject| means(expression, it, &self.rules, known);
            let expected = pick(&|it| value(it) == Some(true));
            assert_same(&answer, &expected, &what(&source.to_string()));
            if !is_old {
                let unknown = pick(&|it| value(it).is_none()).len() as u64;
                assert_eq!(undecided, unknown, "{}", what("undecided"));
            }
        }
        self.selected += usize::from(!meant.is_empty() && meant.len() < self.subjects.len());
    }

    /// The difference was seen, in an expression that has no other.
    fn has_seen(&self, difference: Difference) {
        assert!(self.seen.contains_key(&difference), "{difference:?} was not seen");
    }

    fn report(&self, count: usize) {
        let (sockets, seconds) = (self.subjects.len(), self.begin.elapsed().as_secs());
        note(&format!("{count} expressions, {sockets} sockets, {seconds} s; {:?}", self.seen));
        assert!(self.selected > count / 5, "only {} expressions select a part", self.selected);
    }
}

fn assert_same(seen: &BTreeSet<Key>, expected: &BTreeSet<Key>, what: &str) {
    let more: Vec<_> = seen.difference(expected).collect();
    let less: Vec<_> = expected.difference(seen).collect();
    assert!(more.is_empty() && less.is_empty(), "{what}\nonly seen: {more:?}\nmissing: {less:?}");
}
