//! A test in namespaces of its own: the test's program is executed again, for that one test,
//! by `unshare`.
//!
//! The inner run tells by its exit code that it came to the test's end. So a name that is
//! wrong, and then runs no test at all, is no success.

use std::{
    collections::BTreeMap,
    env,
    io::{Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio, exit},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use super::{actor, run};

/// Names what an executed program is to be: `inside`, `actor`, or `role NAME`.
pub(super) const PART: &str = "PROCNET_LIVE";
/// What a role is given.
const INPUT: &str = "PROCNET_LIVE_INPUT";
/// The exit codes of a test that came to its end, and of one that was skipped.
const DONE: i32 = 42;
const SKIPPED: i32 = 43;
/// After so long something hangs: the slowest test needs a small part of it.
const PATIENCE: Duration = Duration::from_secs(900);
/// Begins what a skipped test says.
const MARK: &str = "SKIPPED ";
/// Begins what a test measured.
const NOTE: &str = "MEASURED ";

/// Names the one test that a program is executed for.
const NAME: &str = "PROCNET_LIVE_TEST";

/// The name of that test, in all runs but the outer one, which may run many at once.
static TEST: OnceLock<String> = OnceLock::new();

/// Runs a test in namespaces of its own, as root of them, with the loopback interface up.
///
/// `test` must be a closure written in the test function itself: its type tells the test's name.
///
/// # Panics
///
/// If the test does.
pub fn private(test: impl Fn(&Stage)) {
    Stage::default().run(test);
}

/// A private test that consists of several programs.
#[derive(Default)]
pub struct Stage {
    roles: BTreeMap<&'static str, fn(&str)>,
}

impl Stage {
    /// A part of the test that runs in a process of its own when [`play`](Stage::play)ed:
    /// with less privilege, or in another namespace.
    #[must_use]
    pub fn role(mut self, name: &'static str, role: fn(&str)) -> Stage {
        self.roles.insert(name, role);
        self
    }

    /// As [`private`].
    ///
    /// # Panics
    ///
    /// If the test does.
    pub fn run<F: Fn(&Stage)>(self, test: F) {
        let name = test_name::<F>();
        let Ok(part) = env::var(PART) else { return outside(name) };
        assert_eq!(env::var(NAME).as_deref(), Ok(name), "another test than the one meant");
        TEST.get_or_init(|| name.to_owned());
        match part {
            part if part == "inside" => {
                run(&["ip", "link", "set", "lo", "up"]).expect("the loopback interface");
                test(&self);
                exit(DONE);
            }
            part => {
                actor::become_one();
                let role = part.strip_prefix("role ").and_then(|role| self.roles.get(role));
                role.expect("a part that the test has")(&env::var(INPUT).unwrap_or_default());
                exit(DONE);
            }
        }
    }

    /// Plays a role to its end in a new process that `prefix` executes (`unshare --net`, say).
    ///
    /// If the prefix itself fails, which means that a privilege or a tool is missing, the
    /// role is skipped, aloud. Whether it was played.
    ///
    /// # Panics
    ///
    /// If the role does.
    pub fn play(&self, role: &'static str, prefix: &[&str], input: &str) -> bool {
        assert!(self.roles.contains_key(role), "no role {role}");
        // A prefix needs a command behind it.
        if let Err(reason) = run(&[prefix, &["true"]].concat()) {
            skip_part(&format!("the part as {role}"), &reason);
            return false;
        }
        let mut command = actor::command(prefix);
        command.env(PART, format!("role {role}")).env(INPUT, input);
        finish(&mut command, &format!("role {role}")) == Some(DONE)
    }
}

/// Gives up the running test: `reason` is missing here.
pub fn skip(reason: &str) -> ! {
    say_skipped(test(), reason);
    exit(SKIPPED);
}

/// Says that a part of the running test is left out.
pub fn skip_part(what: &str, reason: &str) {
    say_skipped(&format!("{}, {what}", test()), reason);
}

/// Says what a test measured, past the capture of its output.
pub fn note(measured: &str) {
    let _ = writeln!(std::io::stderr(), "{NOTE}{}: {measured}", test());
}

fn test() -> &'static str {
    TEST.get().map_or("a scene", String::as_str)
}

/// Past the capture of a test's output.
fn say_skipped(what: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "{MARK}{what}: {}", reason.trim());
}

/// The arguments by which this program runs nothing but the running test.
pub(super) fn arguments() -> Vec<&'static str> {
    match TEST.get() {
        Some(name) => only(name),
        None => Vec::new(),
    }
}

fn only(name: &str) -> Vec<&str> {
    vec!["--exact", name, "--nocapture", "--test-threads=1"]
}

/// `program::module::test::{{closure}}` without its ends.
fn test_name<F>() -> &'static str {
    let name = std::any::type_name::<F>();
    let name = name.strip_suffix("::{{closure}}").expect("a closure written in the test");
    name.split_once("::").expect("a test in a program").1
}

/// The outer run: makes the namespaces, and the test's result its own.
fn outside(name: &str) {
    let unshare = match namespaces() {
        Ok(unshare) => unshare,
        Err(reason) => return say_skipped(name, reason),
    };
    let program = env::current_exe().expect("the path of this program");
    let mut command = Command::new(unshare[0]);
    command.args(&unshare[1..]).arg(program).args(only(name)).env(PART, "inside").env(NAME, name);
    finish(&mut command, name);
}

/// The command that makes all namespaces for another command, as which the rest of its line
/// is executed: as root, else as root of a user namespace. The loopback interface is down.
///
/// # Errors
///
/// Why there is none here.
pub fn namespaces() -> Result<&'static [&'static str], &'static str> {
    static FOUND: OnceLock<Result<&[&str], String>> = OnceLock::new();
    const AS_ROOT: &[&str] =
        &["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const AS_USER: &[&str] = &[
        "unshare",
        "--map-root-user",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ];
    let found = FOUND.get_or_init(|| {
        let with_lo =
            |unshare: &[&str]| run(&[unshare, &["ip", "link", "set", "lo", "up"]].concat());
        match with_lo(AS_ROOT) {
            Ok(()) => Ok(AS_ROOT),
            Err(_) => with_lo(AS_USER).map(|()| AS_USER),
        }
    });
    found.as_ref().copied().map_err(String::as_str)
}

/// Runs a command to its end, hands on what it says, and panics unless it came to the test's end.
fn finish(command: &mut Command, what: &str) -> Option<i32> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let out = reader(child.stdout.take());
    let err = reader(child.stderr.take());
    let status = wait(&mut child);
    // Captured by the test harness, which shows it if the test fails.
    print!("{}", out.join().unwrap_or_default());
    for line in err.join().unwrap_or_default().lines() {
        if line.starts_with(MARK) || line.starts_with(NOTE) {
            let _ = writeln!(std::io::stderr(), "{line}");
        } else {
            eprintln!("{line}");
        }
    }
    match status.map(|status| (status.code(), status)) {
        Some((code @ Some(DONE | SKIPPED), _)) => code,
        Some((Some(0), _)) => panic!("no test has the name {what}"),
        Some((_, status)) => panic!("{what} failed ({status}); what it said is above"),
        None => panic!("{what} hung: ended after {PATIENCE:?}"),
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.expect("a pipe").read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for a child; one that hangs is killed.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child to wait for") {
            return Some(status);
        }
        if begin.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
