//! What `ss -i`, `--tos`, `--inet-sockopt`, `--cgroup`, `-0e` and `-0b` print of a socket, the command
//! prints too, with the same values.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::fd::AsFd as _,
    process::{Command, Stdio},
};

use procnet_corpus::live::{private, skip, skip_part};
use rustix::net::sockopt;
use serde_json::Value;

/// Connections that have sent and received.
struct Steady(Vec<(TcpStream, TcpStream)>);

impl Steady {
    fn new() -> Steady {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let connections = ["cubic", "bbr", "reno"].map(|algorithm| {
            let mut near = TcpStream::connect(at).unwrap();
            let (mut far, _) = listener.accept().unwrap();
            if sockopt::set_tcp_congestion(&near, algorithm).is_err() {
                skip_part(algorithm, "this kernel does not have the algorithm");
            }
            for length in [10, 20_000, 300] {
                near.write_all(&vec![7; length]).unwrap();
                far.read_exact(&mut vec![0; length]).unwrap();
                far.write_all(&vec![7; length / 2]).unwrap();
                near.read_exact(&mut vec![0; length / 2]).unwrap();
            }
            sockopt::set_ip_tos(near.as_fd(), 0x10).unwrap();
            (near, far)
        });
        // Delayed acknowledgements have been sent when this has passed.
        std::thread::sleep(std::time::Duration::from_millis(300));
        Steady(connections.into())
    }
}

fn ran(program: &str, args: &[&str]) -> String {
    let ran = Command::new(program).args(args).output().unwrap();
    let messages = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && messages.is_empty(), "{program} {args:?}: {messages}");
    String::from_utf8(ran.stdout).unwrap()
}

fn has_ss() -> bool {
    Command::new("ss").arg("-V").output().is_ok()
}

/// The words in the line below each socket, by the two columns with its ends.
fn words(printed: &str, ends: [usize; 2]) -> BTreeMap<(String, String), Vec<String>> {
    let mut found = BTreeMap::new();
    let lines: Vec<&str> = printed.lines().collect();
    for pair in lines.chunks(2) {
        let [row, note] = pair else { panic!("{printed}") };
        let columns: Vec<&str> = row.split_whitespace().collect();
        let ends = ends.map(|at| columns[at].to_owned());
        let [local, remote] = ends;
        let mut words = Vec::new();
        let mut parts = note.split_whitespace();
        while let Some(word) = parts.next() {
            // The value of these is a word of its own.
            let has_value = matches!(word, "send" | "pacing_rate" | "delivery_rate");
            let value = if has_value { parts.next().unwrap() } else { "" };
            words.push(format!("{word}{value}"));
        }
        found.insert((local, remote), words);
    }
    found
}

/// What changes while nothing happens.
fn is_time(word: &str) -> bool {
    ["lastsnd:", "lastrcv:", "lastack:"].iter().any(|name| word.starts_with(name))
}

#[test]
fn every_word_of_ss_about_tcp_is_printed() {
    private(|_| {
        if !has_ss() {
            skip("ss is not there");
        }
        let steady = Steady::new();
        let filter = ["state", "established"];
        let theirs = ran("ss", &[&["-tinoH"][..], &filter].concat());
        let procnet = env!("CARGO_BIN_EXE_procnet");
        let args = [&["-tiinH", "--no-owners"][..], &filter].concat();
        // `ss` leaves out the state if only one is selected, and prints no kind.
        let (ours, theirs) = (words(&ran(procnet, &args), [4, 5]), words(&theirs, [2, 3]));
        assert_eq!(theirs.len(), 2 * steady.0.len(), "{theirs:?}");
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        let mut compared = 0;
        for (ends, theirs) in &theirs {
            let ours = &ours[ends];
            let steady = |words: &[String]| -> Vec<String> {
                words.iter().filter(|word| !is_time(word)).cloned().collect()
            };
            // A newer kernel has more; what `ss` prints is there, in its order.
            let known = steady(theirs);
            let mut rest = steady(ours).into_iter();
            for word in &known {
                assert!(rest.any(|ours| ours == *word), "{word} of {ends:?}\n{theirs:?}\n{ours:?}");
            }
            compared += known.len();
            let times = theirs.iter().filter(|word| is_time(word)).count();
            assert_eq!(times, ours.iter().filter(|word| is_time(word)).count());
        }
        assert!(compared > 100, "{compared}");
        drop(steady);
    });
}

#[test]
fn tos_class_and_control_group_are_those_of_ss() {
    private(|_| {
        if !has_ss() {
            skip("ss is not there");
        }
        let steady = Steady::new();
        let filter = ["state", "established"];
        let theirs = ran("ss", &[&["-tnHO", "--tos", "--cgroup"][..], &filter].concat());
        let procnet = env!("CARGO_BIN_EXE_procnet");
        let options = ["-t", "--tos", "--cgroup-path", "--no-owners", "--format", "ndjson"];
        let ours = Command::new(procnet).args(options).args(filter).output().unwrap();
        let ours = String::from_utf8(ours.stdout).unwrap();
        let mut found = BTreeMap::new();
        for line in ours.lines() {
            let socket: Value = serde_json::from_str(line).unwrap();
            let end = |name: &str| {
                let (addr, port) =
                    (&socket[format!("{name}_addr")], &socket[format!("{name}_port")]);
                format!("{}:{port}", addr.as_str().unwrap())
            };
            let details = &socket["details"];
            let hex = |key: &str| match details[key].as_u64().unwrap() {
                0 => "0".to_owned(),
                number => format!("{number:#x}"),
            };
            let path = match socket["cgroup_path"].as_str() {
                Some(path) => path.to_owned(),
                None => format!("unreachable:{:x}", details["cgroup"].as_u64().unwrap()),
            };
            let words = [format!("tos:{}", hex("tos")), format!("class_id:{}", hex("class_id"))];
            found.insert((end("local"), end("remote")), (words, format!("cgroup:{path}")));
        }
        assert_eq!(found.len(), 2 * steady.0.len());
        for line in theirs.lines() {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let (words, group) = &found[&(columns[2].to_owned(), columns[3].to_owned())];
            let mut expected: Vec<&str> = words.iter().map(String::as_str).collect();
            expected.push(group);
            assert_eq!(columns[4..], expected, "{line}");
        }
        assert_eq!(theirs.matches("tos:0x10").count(), 3, "{theirs}");
    });
}

/// The version of `ss` that is common does not print them, so the sockets themselves are asked.
#[test]
fn options_are_those_that_were_set() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        sockopt::set_ip_freebind(&listener, true).unwrap();
        let procnet = env!("CARGO_BIN_EXE_procnet");
        let table = ran(procnet, &["-tlH", "--inet-sockopt", "--no-owners"]);
        if !table.contains("inet-sockopt") {
            skip("this kernel does not report socket options");
        }
        assert!(
            table.ends_with("\n        inet-sockopt: ( is_icsk freebind mc_loop mc_all)\n"),
            "{table}"
        );
        let options = ["-tl", "--inet-sockopt", "--no-owners", "--format", "ndjson"];
        let socket: Value = serde_json::from_str(&ran(procnet, &options)).unwrap();
        let options = &socket["details"]["sockopt"];
        assert_eq!(
            (&options["freebind"], &options["recverr"]),
            (&Value::from(true), &Value::from(false))
        );
    });
}

/// The lines below each packet socket, by the word in its row that is an inode.
fn lines_below(printed: &str, inodes: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut last = None;
    for line in printed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with(char::is_whitespace) {
            let lines: &mut Vec<_> = last.as_mut().and_then(|it| found.get_mut(it)).unwrap();
            lines.push(words.join(" "));
            continue;
        }
        let inode = inodes
            .iter()
            .find(|inode| words.iter().any(|word| word.trim_start_matches("ino:") == **inode));
        last = Some(inode.unwrap_or_else(|| panic!("whose? {printed}")).clone());
        found.insert(last.clone().unwrap(), Vec::new());
    }
    found
}

#[test]
fn lines_of_ss_about_packet_sockets_are_printed() {
    private(|_| {
        if !has_ss() {
            skip("ss is not there");
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/scripts/packet_scene.py");
        let mut command = Command::new("python3");
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut scene = command.spawn().unwrap_or_else(|error| skip(&format!("python3: {error}")));
        let mut inodes = String::new();
        BufReader::new(scene.stdout.take().unwrap()).read_line(&mut inodes).unwrap();
        let inodes: Vec<String> = inodes.split_whitespace().map(str::to_owned).collect();
        let theirs = lines_below(&ran("ss", &["-0ebH"]), &inodes);
        if theirs.values().all(Vec::is_empty) {
            skip("this kernel has no handler for packet sockets");
        }
        let procnet = env!("CARGO_BIN_EXE_procnet");
        let ours = lines_below(&ran(procnet, &["-0ebH", "--no-owners"]), &inodes);
        assert_eq!((ours.len(), theirs.len()), (2, 2), "{ours:?}\n{theirs:?}");
        for (inode, theirs) in &theirs {
            for line in theirs {
                // Behind what ss prints, there may be more.
                let is_printed = ours[inode].iter().any(|ours| ours.starts_with(line));
                assert!(is_printed, "{line}\nis not in\n{:#?}", ours[inode]);
            }
        }
        let all: Vec<&String> = ours.values().flatten().collect();
        for part in ["reserve:16", "ring_tx(", "type:cpu", "bpf filter (4): ", "member(promisc"] {
            assert!(all.iter().any(|line| line.contains(part)), "{part} in {all:#?}");
        }
        drop(scene.stdin.take());
        scene.wait().unwrap();
    });
}

/// The pids, threads and descriptors that hold the sockets of a port.
fn holders_by_ss(port: &str) -> BTreeSet<(u64, u64, u64)> {
    let printed = ran("ss", &["-tlnpTH", "sport", "=", &format!(":{port}")]);
    let entries = printed.split("pid=").skip(1).map(|entry| {
        let number = |key: &str| {
            let text = entry.split(key).nth(1).unwrap_or(entry);
            text.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<u64>().unwrap()
        };
        // The first thread of a process has no `tid` of its own in some versions.
        let pid = number("");
        let tid = if entry.contains("tid=") { number("tid=") } else { pid };
        (pid, tid, number("fd="))
    });
    entries.collect()
}

#[test]
fn threads_are_those_of_ss() {
    private(|_| {
        if !has_ss() {
            skip("ss is not there");
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let idle = std::thread::spawn(move || wait.recv());
        let args = ["-tlT", "--port", &port, "--format", "ndjson", "--allow-partial"];
        let socket: Value =
            serde_json::from_str(&ran(env!("CARGO_BIN_EXE_procnet"), &args)).unwrap();
        let of = |thread: &Value| {
            let number = |key: &str| thread[key].as_u64().unwrap();
            (number("pid"), number("tid"), number("fd"))
        };
        let ours: BTreeSet<_> = socket["threads"].as_array().unwrap().iter().map(of).collect();
        assert_eq!(ours, holders_by_ss(&port));
        assert!(ours.len() >= 2, "{ours:?}");
        drop(done);
        _ = idle.join();
    });
}
