//! Files that are sent to an object store, which the test plays.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use procnet_corpus::live::private;

use crate::{
    agent::Agent,
    privilege::capabilities,
    s3::{Fault, Server},
};

const SECRET: &str = "hunter2hunter2hunter2";

/// Files by their paths.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Bytes that no two files share.
fn contents(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..length.div_ceil(8)).flat_map(|_| next()).take(length).collect()
}

/// Puts groups of files in their places as a store does, the snapshots last.
fn write(directory: &Path, groups: std::ops::Range<u64>, length: usize) -> Files {
    let mut files = Files::new();
    for group in groups {
        for table in ["sockets", "snapshots"] {
            let hour = 10 + group % 3;
            let path = format!(
                "{table}/date=2026-11-30/hour={hour}/web%2E7-20261130T211500Z-{group:06}.parquet"
            );
            let bytes =
                contents(group * 2 + u64::from(table == "sockets"), length + group as usize);
            let whole = directory.join(&path);
            let unfinished = whole.with_extension("unfinished");
            fs::create_dir_all(whole.parent().unwrap()).unwrap();
            fs::write(&unfinished, &bytes).unwrap();
            fs::rename(unfinished, whole).unwrap();
            files.insert(path, bytes);
        }
    }
    files
}

/// All files below a directory that are not deleted meanwhile.
pub(crate) fn files(directory: &Path) -> Files {
    fn add(root: &Path, directory: PathBuf, files: &mut Files) {
        let Ok(entries) = fs::read_dir(directory) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(root, path, files);
            } else if let Ok(bytes) = fs::read(&path) {
                let below = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(below, bytes);
            }
        }
    }
    let mut found = Files::new();
    add(directory, directory.to_owned(), &mut found);
    found
}

/// The arguments with which an agent sends often.
pub(crate) fn arguments<'a>(url: &'a str, directory: &'a Path) -> Vec<&'a str> {
    let directory = directory.to_str().unwrap();
    let fast = ["--upload-interval", "100ms", "--upload-timeout", "1s", "--listen", "127.0.0.1:0"];
    [&["--upload-url", url, "--upload-directory", directory], &fast[..]].concat()
}

fn environment(server: &str) -> Vec<String> {
    vec![
        "env".to_owned(),
        "AWS_ACCESS_KEY_ID=id".to_owned(),
        format!("AWS_SECRET_ACCESS_KEY={SECRET}"),
        format!("AWS_ENDPOINT=http://{server}"),
        "AWS_ALLOW_HTTP=true".to_owned(),
    ]
}

/// Starts an agent that sends to a server.
fn send_to(server: &str, directory: &Path) -> Agent {
    let environment = environment(server);
    let words: Vec<&str> = environment.iter().map(String::as_str).collect();
    Agent::launch(&words, &arguments("s3://bucket/a/b", directory))
}

/// What a server has, without the prefix.
fn objects(server: &Server) -> Files {
    let state = server.state.lock().unwrap();
    let below = |key: &String| key.strip_prefix("a/b/").unwrap().to_owned();
    state.objects.iter().map(|(key, bytes)| (below(key), bytes.clone())).collect()
}

/// Each file of snapshots was stored after the sockets that it vouches for.
fn assert_in_order(server: &Server) {
    let state = server.state.lock().unwrap();
    for (at, key) in state.order.iter().enumerate() {
        if key.contains("/snapshots/") {
            let sockets = key.replace("/snapshots/", "/sockets/");
            assert!(state.order[..at].contains(&sockets), "{key}");
        }
    }
}

#[test]
fn each_file_arrives_once_whatever_fails_between() {
    private(|_| {
        let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
        let mut expected = write(dir.path(), 0..8, 1000);
        // Two parts and a half.
        expected.extend(write(dir.path(), 8..9, 20 << 20));
        let faults = [
            Fault::Error,
            Fault::SlowDown,
            Fault::Reset,
            Fault::StoredThenReset,
            Fault::StoredThenCut,
            Fault::Silence,
            Fault::StoredThenReset,
        ];
        server.state.lock().unwrap().faults = faults.to_vec();
        let agent = send_to(&server.address.to_string(), dir.path());
        agent.until("sent", || files(dir.path()).is_empty());
        assert!(objects(&server) == expected, "{}", agent.log());
        assert_in_order(&server);
        {
            let state = server.state.lock().unwrap();
            assert!(state.faults.is_empty() && state.unsigned == 0, "{state:?}");
            for (key, times) in &state.stored {
                assert_eq!(*times, 1, "{key}");
            }
        }
        let page = agent.page_when(|page| {
            page.value("procnet_agent_upload_files_total", &[]) == Some(18.0)
                && page.value("procnet_agent_upload_queue_files", &[]) == Some(0.0)
        });
        let bytes: usize = expected.values().map(Vec::len).sum();
        assert_eq!(page.value("procnet_agent_upload_bytes_total", &[]), Some(bytes as f64));
        assert_eq!(page.value("procnet_agent_upload_lost_files_total", &[]), Some(0.0));
        assert!(page.value("procnet_agent_upload_last_success_timestamp_seconds", &[]) > Some(1e9));
        let threads = capabilities(&agent);
        assert!(threads.iter().any(|(name, _)| name == "procnet-upload"), "{threads:?}");
        // Those that its runtime starts have their names from it.
        for (name, permitted) in threads.iter().filter(|(name, _)| name != "procnet-refresh") {
            assert_eq!(*permitted, 0, "{name}");
        }
    });
}

#[test]
fn an_agent_that_is_killed_at_any_moment_neither_loses_nor_repeats_a_file() {
    private(|_| {
        let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
        let mut expected = Files::new();
        for round in 0..25 {
            expected.extend(write(dir.path(), round * 8..round * 8 + 8, 50_000));
            server.state.lock().unwrap().faults = match round % 3 {
                0 => vec![Fault::StoredThenReset, Fault::Error, Fault::StoredThenCut],
                _ => Vec::new(),
            };
            let before = server.state.lock().unwrap().order.len();
            let mut agent = send_to(&server.address.to_string(), dir.path());
            // In the middle of a file of another place each time.
            let wanted = before + (round as usize * 7) % 13;
            agent.until("under way", || server.state.lock().unwrap().order.len() >= wanted);
            thread::sleep(Duration::from_micros(round * 211 % 3000));
            agent.process.kill().unwrap();
            agent.process.wait().unwrap();
        }
        server.state.lock().unwrap().faults.clear();
        let agent = send_to(&server.address.to_string(), dir.path());
        agent.until("sent", || files(dir.path()).is_empty());
        assert!(objects(&server) == expected, "{}", agent.log());
        assert_in_order(&server);
        for (key, times) in &server.state.lock().unwrap().stored {
            assert_eq!(*times, 1, "{key}");
        }
    });
}

#[test]
fn files_wait_for_a_server_that_is_down_and_those_that_are_deleted_meanwhile_are_reported_as_lost()
{
    private(|_| {
        let dir = tempfile::tempdir().unwrap();
        let mut expected = write(dir.path(), 0..5, 1000);
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let agent = send_to(&address, dir.path());
        agent.page_when(|page| {
            let unreachable = [("kind", "unreachable")];
            page.value("procnet_agent_upload_failures_total", &unreachable) >= Some(1.0)
                && page.value("procnet_agent_upload_queue_files", &[]) == Some(10.0)
        });
        let health = agent.get("/health").body;
        assert!(
            health.contains(r#""upload":{"late":false,"lost_files":0,"oldest_seconds":"#),
            "{health}"
        );
        // As a store that has no room.
        for table in ["snapshots", "sockets"] {
            let oldest = expected.keys().find(|path| path.starts_with(table)).unwrap().clone();
            fs::remove_file(dir.path().join(&oldest)).unwrap();
            expected.remove(&oldest);
        }
        agent.page_when(|page| {
            page.value("procnet_agent_upload_lost_files_total", &[]) == Some(2.0)
        });
        assert!(
            agent.log().contains("files were deleted before they were uploaded"),
            "{}",
            agent.log()
        );
        let server = Server::start_at(&address, Arc::default());
        agent.until("sent", || files(dir.path()).is_empty());
        assert!(objects(&server) == expected);
        let page = agent
            .page_when(|page| page.value("procnet_agent_upload_queue_bytes", &[]) == Some(0.0));
        assert_eq!(page.value("procnet_agent_upload_lost_files_total", &[]), Some(2.0));
        // One message, not one for each attempt.
        assert_eq!(agent.log().matches("files are not uploaded").count(), 1, "{}", agent.log());
        assert!(agent.log().contains("files are uploaded again"), "{}", agent.log());
    });
}

#[test]
fn refusals_are_counted_by_their_kind_and_no_secret_is_shown() {
    private(|_| {
        for (fault, kind) in [(Fault::Denied, "denied"), (Fault::Full, "full")] {
            let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
            write(dir.path(), 0..2, 100);
            // More than it tries within the test.
            server.state.lock().unwrap().faults = vec![fault; 1000];
            let agent = send_to(&server.address.to_string(), dir.path());
            let labels = [("kind", kind)];
            let page = agent.page_when(|page| {
                page.value("procnet_agent_upload_failures_total", &labels) >= Some(1.0)
            });
            assert_eq!(files(dir.path()).len(), 4);
            assert!(!page.text.contains(SECRET) && !agent.log().contains(SECRET));
            assert!(agent.log().contains(&format!("kind={kind}")), "{}", agent.log());
            server.state.lock().unwrap().faults.clear();
            agent.until("sent", || files(dir.path()).is_empty());
        }
    });
}

#[test]
fn what_arrived_in_half_is_completed_and_what_belongs_to_others_is_not_replaced() {
    private(|_| {
        let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
        let mut expected = write(dir.path(), 0..4, 1000);
        let foreign = expected.keys().find(|path| path.starts_with("sockets")).unwrap().clone();
        {
            let mut state = server.state.lock().unwrap();
            let other = contents(77, expected[&foreign].len());
            state.objects.insert(format!("a/b/{foreign}"), other.clone());
            expected.insert(foreign.clone(), other);
        }
        let agent = send_to(&server.address.to_string(), dir.path());
        let left = || files(dir.path()).into_keys().collect::<Vec<_>>();
        let snapshots = foreign.replace("sockets", "snapshots");
        agent.until("all but one sent", || left() == [snapshots.clone(), foreign.clone()]);
        agent.page_when(|page| {
            page.value("procnet_agent_upload_failures_total", &[("kind", "conflict")]) >= Some(1.0)
        });
        expected.remove(&snapshots);
        assert!(objects(&server) == expected);

        let half = write(dir.path(), 9..10, 5000);
        expected.extend(half.clone());
        // The foreign one fails before it is asked for anything that could be halved.
        {
            let mut state = server.state.lock().unwrap();
            let (key, bytes) = half.iter().find(|(key, _)| key.starts_with("sockets")).unwrap();
            state.objects.insert(format!("a/b/{key}"), bytes[..2000].to_vec());
        }
        agent.until("completed", || left().len() == 2);
        assert!(objects(&server) == expected);
    });
}

#[test]
fn a_server_that_keeps_half_of_a_file_is_noticed() {
    private(|_| {
        let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
        let expected = write(dir.path(), 0..1, 1000);
        server.state.lock().unwrap().faults = vec![Fault::Half];
        let agent = send_to(&server.address.to_string(), dir.path());
        agent.until("sent", || files(dir.path()).is_empty());
        assert!(objects(&server) == expected);
        agent.page_when(|page| {
            page.value("procnet_agent_upload_failures_total", &[("kind", "mismatch")]) == Some(1.0)
        });
    });
}

#[test]
fn another_directory_has_the_same_files_and_links_are_not_followed() {
    private(|_| {
        let (dir, to, outside) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        let expected = write(dir.path(), 0..20, 3000);
        let secret = outside.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        let link = "snapshots/date=2026-11-30/hour=10/web-20261130T211500Z-000000.parquet";
        std::os::unix::fs::symlink(&secret, dir.path().join(link)).unwrap();
        let url = format!("file://{}", to.path().display());
        let mut left = 0;
        for round in 0..12 {
            let mut agent = Agent::launch(&[], &arguments(&url, dir.path()));
            thread::sleep(Duration::from_millis(round * 3));
            agent.process.kill().unwrap();
            agent.process.wait().unwrap();
            left = files(dir.path()).len();
        }
        println!("{left} of {} were left after twelve kills", expected.len() + 1);
        let agent = Agent::launch(&[], &arguments(&url, dir.path()));
        agent.until("sent", || files(dir.path()).len() == 1);
        // What a killed agent has not finished has another name, which no engine reads.
        let mut arrived = files(to.path());
        arrived.retain(|path, _| path.ends_with(".parquet"));
        assert!(arrived == expected, "{:?}", arrived.keys());
        let page = agent
            .page_when(|page| page.value("procnet_agent_upload_ignored_files", &[]) == Some(1.0));
        assert_eq!(page.value("procnet_agent_upload_lost_files_total", &[]), Some(0.0));
    });
}

#[test]
fn webdav_has_neither_conditions_nor_parts_and_receives_each_file_once_nevertheless() {
    private(|_| {
        let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
        let mut expected = write(dir.path(), 0..4, 1000);
        expected.extend(write(dir.path(), 4..5, 9 << 20));
        let secrets = tempfile::NamedTempFile::new().unwrap();
        fs::write(&secrets, format!("# of the proxy\nAUTHORIZATION=Bearer {SECRET}\n")).unwrap();
        let url = format!("http://{}/bucket/a/b", server.address);
        server.state.lock().unwrap().faults =
            vec![Fault::Error, Fault::Reset, Fault::StoredThenReset, Fault::Reset];
        let more = ["--upload-credentials", secrets.path().to_str().unwrap()];
        let agent = Agent::launch(&[], &[&arguments(&url, dir.path())[..], &more].concat());
        agent.until("sent", || files(dir.path()).is_empty());
        assert!(objects(&server) == expected, "{}", agent.log());
        assert_in_order(&server);
        assert_eq!(server.state.lock().unwrap().unsigned, 0);
        assert!(!agent.log().contains(SECRET), "{}", agent.log());
    });
}

#[test]
fn what_cannot_work_is_refused_at_the_start_with_its_reason() {
    private(|_| {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        fs::write(&open, format!("AWS_SECRET_ACCESS_KEY={SECRET}")).unwrap();
        let open = open.to_str().unwrap();
        let within = format!("file://{}", dir.path().display());
        let directory = dir.path().to_str().unwrap();
        for (arguments, code, reason) in [
            (&["--upload-url", "s3://u:p@b"][..], 2, "credentials belong into the environment"),
            (&["--upload-url", "ftp://b"], 2, "`ftp:` and what follows is no destination"),
            (&["--upload-url", "s3://b"], 2, "upload_url: there are no files to send"),
            (
                &[
                    "--upload-url",
                    "s3://b",
                    "--upload-directory",
                    "/x",
                    "--upload-credentials",
                    open,
                ],
                1,
                "everybody can read",
            ),
            (&["--upload-url", &within, "--upload-directory", directory], 1, "is not apart from"),
        ] {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_procnet-agent"));
            let output =
                command.args(["--listen", "127.0.0.1:0"]).args(arguments).output().unwrap();
            let log = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{log}");
            assert!(log.contains(reason) && !log.contains(SECRET), "{log}");
        }
    });
}
