//! `--diag` writes what sock_diag sends, and `decode diag` reads it: its own files and those of `ss -D`.

use std::{collections::BTreeSet, fs, net::UdpSocket, path::Path, process::Command};

use procnet_corpus::live::{Scene, private, skip_part};
use serde_json::Value;

use crate::{
    run::{feed, run},
    schema::valid,
};

/// The recordings of a kernel in the corpus.
fn recordings(capture: &str) -> std::path::PathBuf {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/captures");
    corpus.join(capture).join("netlink")
}

/// What a socket is, without what a recording does not say.
fn socket(row: &Value) -> [String; 5] {
    ["kind", "state", "local_addr", "local_port", "inode"].map(|key| row[key].to_string())
}

fn sockets(rows: &[Value]) -> BTreeSet<[String; 5]> {
    rows.iter().map(socket).collect()
}

#[test]
fn a_recording_has_the_sockets_that_are_listed() {
    private(|_| {
        Scene::with(|_| {
            let directory = tempfile::tempdir().expect("a directory");
            let file = directory.path().join("file");
            let file = file.to_str().expect("UTF-8");
            for (options, protocol) in [
                (&["-t"][..], "tcp"),
                (&["-tx"], "tcp"),
                (&["-u"], "udp"),
                (&["-x"], "tcp"),
                (&["-t", "-4", "-l", "sport", ">=", ":1"], "tcp"),
                (&["-t", "-eim"], "tcp"),
            ] {
                let mut both = None;
                // Sockets that were just closed still change state.
                for _attempt in 0..20 {
                    let ran = run([options, &["-D", file]].concat()).complete();
                    assert_eq!(ran.out, "", "nothing but the file is written");
                    let decode = ["decode", "diag", file, "--protocol", protocol];
                    let decoded = run([&decode[..], &["--format", "ndjson"]].concat()).complete();
                    valid("socket.json", &decoded.lines());
                    let list = ["--no-owners", "--source", "netlink", "--format", "ndjson"];
                    let listed = run([options, &list].concat()).complete();
                    let found = (sockets(&decoded.lines()), sockets(&listed.lines()));
                    let is_same = found.0 == found.1;
                    both = Some(found);
                    if is_same {
                        break;
                    }
                }
                let (decoded, listed) = both.expect("an attempt");
                assert!(decoded == listed && !decoded.is_empty(), "{options:?}");
            }
        });
    });
}

#[test]
fn ss_and_procnet_read_the_files_of_each_other() {
    private(|_| {
        Scene::with(|_| {
            let directory = tempfile::tempdir().expect("a directory");
            let path = |name: &str| directory.path().join(name).to_str().expect("UTF-8").to_owned();
            let (ours, theirs) = (path("ours"), path("theirs"));
            let ss = |args: &[&str], read: Option<&str>| {
                let mut command = Command::new("ss");
                read.map(|file| command.env("TCPDIAG_FILE", file));
                command.args(args).output().map(|ran| ran.stdout)
            };
            if ss(&["-a", "-i", "-D", &theirs], None).is_err() {
                return skip_part("ss", "it is not installed");
            }
            let ran = run(["decode", "diag", &theirs, "--format", "ndjson"]).complete();
            let decoded = ran.lines();
            let listed = run(["-t", "--source", "netlink", "--format", "ndjson"]).lines();
            assert!(!decoded.is_empty());
            let ports = |rows: &[Value]| -> BTreeSet<u64> {
                let listeners = rows.iter().filter(|row| row["state"] == "LISTEN");
                listeners.filter_map(|row| row["local_port"].as_u64()).collect()
            };
            assert_eq!(ports(&decoded), ports(&listed));
            // Requested by -i.
            let mut listeners = decoded.iter().filter(|row| row["state"] == "LISTEN");
            assert!(listeners.all(|row| row["details"]["tcp_info"].is_object()));
            run(["-t", "-D", &ours]).complete();
            let read = ss(&["-H", "-l", "-t", "-n"], Some(&ours)).expect("ss");
            let read = String::from_utf8(read).expect("UTF-8");
            let port =
                |line: &str| line.split_whitespace().nth(3)?.rsplit(':').next()?.parse().ok();
            // It does not apply -l to a file.
            let listeners = read.lines().filter(|line| line.starts_with("LISTEN"));
            assert_eq!(listeners.filter_map(port).collect::<BTreeSet<u64>>(), ports(&listed));
        });
    });
}

#[test]
fn recordings_of_other_kernels_and_byte_orders_are_decoded() {
    for (capture, order) in [
        ("linux-6.18-x86_64-netlink", "little"),
        ("linux-5.10-x86_64-netlink", "little"),
        ("linux-6.1-s390x-netlink", "big"),
    ] {
        for (name, protocol) in [
            ("tcp4", "tcp"),
            ("tcp6", "tcp"),
            ("tcp-compat", "tcp"),
            ("udp4", "udp"),
            ("unix", "tcp"),
        ] {
            let file = recordings(capture).join(name);
            let golden = fs::read_to_string(file.with_extension("golden")).expect("golden rows");
            let file = file.to_str().expect("UTF-8");
            let args = ["decode", "diag", file, "--protocol", protocol, "--byte-order", order];
            let ran = run([&args[..], &["--format", "ndjson"]].concat()).complete();
            let inodes = |text: &str| -> Vec<u64> {
                let words = text.split_whitespace().filter_map(|word| word.strip_prefix("inode="));
                words.filter_map(|number| number.parse().ok()).collect()
            };
            let decoded: Vec<u64> =
                ran.lines().iter().filter_map(|row| row["inode"].as_u64()).collect();
            assert!(!decoded.is_empty(), "{file}");
            assert_eq!(decoded, inodes(&golden), "{file}");
        }
    }
}

#[test]
fn what_is_wrong_is_reported_with_its_byte() {
    let decode = |input: &[u8], args: &[&str]| {
        let args = [&["decode", "diag", "-", "--format", "ndjson", "--byte-order", "little"], args];
        let ran = feed(args.concat(), input);
        assert!(matches!(ran.code, 0 | 1), "{}", ran.err);
        ran
    };
    let whole =
        fs::read(recordings("linux-6.18-x86_64-netlink").join("tcp4")).expect("a recording");
    let length = |at: usize| u32::from_le_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
    let second = length(0).next_multiple_of(4);
    let all = decode(&whole, &[]).complete().lines();
    assert!(all.len() > 2);

    // A family that no socket has costs its message.
    let mut bytes = whole.clone();
    bytes[second + 16] = 99;
    let ran = decode(&bytes, &[]);
    let error = format!("-: byte {}: idiag_family: unexpected value\n", second + 16);
    assert_eq!((ran.code, &*ran.err, ran.lines().len()), (1, &*error, all.len() - 1));
    let mut bytes = whole.clone();
    bytes[second + 4] = 77;
    let ran = decode(&bytes, &[]);
    let error = format!("-: byte {second}: nlmsg_type: 77 is not of sock_diag\n");
    assert_eq!((ran.code, &*ran.err, ran.lines().len()), (1, &*error, all.len() - 1));

    // Behind an impossible length there is no next message.
    for (wrong, what) in [
        ([3, 0, 0, 0], "nlmsg_len: the length is too short"),
        ([0, 0, 0, 9], "nlmsg_len: 150994944 bytes are no message"),
        (
            [0, 0, 0, 76],
            "nlmsg_len: 1275068416 bytes are no message: the host may have the other byte order (--byte-order)",
        ),
    ] {
        let mut bytes = whole.clone();
        bytes[second..second + 4].copy_from_slice(&wrong);
        let ran = decode(&bytes, &[]);
        assert_eq!((ran.code, ran.lines().len()), (1, 1), "{}", ran.err);
        assert!(
            ran.err.starts_with(&format!("-: byte {second}: nlmsg_len: ")),
            "{what}: {}",
            ran.err
        );
        assert!(wrong[0] == 3 || ran.err.ends_with(&format!("{what}\n")), "{what}: {}", ran.err);
    }

    // The end is missing, or an error.
    let missing = "it ends before the end of a dump (NLMSG_DONE)\n";
    let ran = decode(&whole[..second], &[]);
    assert_eq!((ran.code, ran.err), (1, format!("-: byte {second}: {missing}")));
    assert_eq!(decode(b"", &[]).err, format!("-: byte 0: {missing}"));
    let failed =
        fs::read(recordings("linux-6.18-x86_64-netlink").join("raw4")).expect("a recording");
    let ran = decode(&failed, &[]);
    assert!(
        ran.code == 1 && ran.err.contains("byte 0: the dump ended with an error: No such file"),
        "{}",
        ran.err
    );

    // Wherever it is cut, the sockets before are printed, and nothing else goes wrong.
    for end in (1..whole.len()).step_by(97).chain(1..40) {
        let ran = decode(&whole[..end], &[]);
        assert!(ran.code == 1 && ran.err.lines().count() == 1, "{end}: {}", ran.err);
        assert_eq!(ran.lines()[..], all[..ran.lines().len()], "{end}");
    }
}

#[test]
fn what_cannot_be_written_or_is_not_of_one_protocol_is_refused() {
    let _socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let failed = |args: &[&str]| {
        let ran = run(args);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}: {}", ran.err);
        ran.err
    };
    let protocols = "procnet: --diag writes messages of one protocol, as they do not say of which \
                     they are: use -t, -u, -w or -x\n";
    assert_eq!(failed(&["-tu", "-D", "/dev/null"]), protocols);
    assert_eq!(failed(&["-A", "netlink", "-D", "/dev/null"]), protocols);
    assert!(
        failed(&["-D", "/nonexistent/file"])
            .contains("/nonexistent/file: cannot be written: No such")
    );
    assert!(failed(&["-u", "-D", "/dev/full"]).contains("/dev/full: cannot be written: No space"));
    assert!(failed(&["-D", "/dev/null", "--watch", "1"]).contains("cannot be used with"));
    let ran = run(["decode", "tcp", "/dev/null", "--protocol", "udp"]);
    assert!(ran.code == 2 && ran.err.contains("procnet decode diag"), "{}", ran.err);
    // To standard output, for a pipe.
    let ran = procnet_bytes(&["-u", "-D", "-"]);
    let decoded = feed(["decode", "sock_diag", "-", "--protocol", "udp"], &ran);
    assert!(decoded.code == 0 && decoded.out.lines().count() > 1, "{}", decoded.err);
}

fn procnet_bytes(args: &[&str]) -> Vec<u8> {
    let ran = crate::run::procnet().args(args).output().expect("it runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout
}
