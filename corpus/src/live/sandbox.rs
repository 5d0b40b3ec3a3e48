//! A test in namespaces of its own: the test's program is executed again, for that one test,
//! by `unshare`.
//!
//! The sandboxed run exits with a code of its own when it reaches the end of the test, so that
//! a wrong test name, which runs no test at all, does not count as success.

use std::{
    collections::BTreeMap,
    env,
    io::{Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio, exit},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use super::{helper, run};

/// The environment variable that selects what the executed program does: `sandbox`, `helper`, or
/// `role NAME`.
pub(super) const MODE: &str = "PROCNET_LIVE";
/// The environment variable that holds a role's input.
const INPUT: &str = "PROCNET_LIVE_INPUT";
/// The exit codes of a test that reached its end, and of one that was skipped.
const DONE: i32 = 42;
const SKIPPED: i32 = 43;
/// The slowest test takes a small part of this; what takes longer hangs.
const TIMEOUT: Duration = Duration::from_secs(900);
/// The prefixes of the lines on standard error that are passed on to the outer run.
const SKIPPED_PREFIX: &str = "SKIPPED ";
const MEASURED_PREFIX: &str = "MEASURED ";

/// The environment variable that holds the name of the one test to run.
const NAME: &str = "PROCNET_LIVE_TEST";

/// The name of that test, in all runs but the outer one, which may run many at once.
static TEST: OnceLock<String> = OnceLock::new();

/// Runs a test in namespaces of its own, as root of them, with the loopback interface up.
///
/// `test` must be a closure written in the test function itself: the test's name is taken from
/// the closure's type.
///
/// # Panics
///
/// If the test does.
pub fn private(test: impl Fn(&Sandbox)) {
    Sandbox::default().run(test);
}

/// A test in private namespaces that consists of several processes.
#[derive(Default)]
pub struct Sandbox {
    roles: BTreeMap<&'static str, fn(&str)>,
}

impl Sandbox {
    /// Registers a part of the test that [`run_role`](Sandbox::run_role) runs in a process of
    /// its own: with less privilege, or in another namespace.
    #[must_use]
    pub fn role(mut self, name: &'static str, role: fn(&str)) -> Sandbox {
        self.roles.insert(name, role);
        self
    }

    /// As [`private`].
    ///
    /// # Panics
    ///
    /// If the test does.
    pub fn run<F: Fn(&Sandbox)>(self, test: F) {
        let name = test_name::<F>();
        let Ok(mode) = env::var(MODE) else { return launch(name) };
        assert_eq!(env::var(NAME).as_deref(), Ok(name), "another test than the requested one");
        TEST.get_or_init(|| name.to_owned());
        match mode {
            mode if mode == "sandbox" => {
                run(&["ip", "link", "set", "lo", "up"]).expect("the loopback interface");
                test(&self);
                exit(DONE);
            }
            mode => {
                helper::run_if_helper();
                let role = mode.strip_prefix("role ").and_then(|role| self.roles.get(role));
                role.expect("a registered role")(&env::var(INPUT).unwrap_or_default());
                exit(DONE);
            }
        }
    }

    /// Runs a role to its end in a new process, executed through `prefix` (`unshare --net`, say).
    /// Returns whether it ran.
    ///
    /// If the prefix itself fails, because a privilege or a tool is missing, the role is skipped
    /// with a message.
    ///
    /// # Panics
    ///
    /// If the role does.
    pub fn run_role(&self, role: &'static str, prefix: &[&str], input: &str) -> bool {
        assert!(self.roles.contains_key(role), "no role {role}");
        // A prefix needs a command behind it.
        if let Err(reason) = run(&[prefix, &["true"]].concat()) {
            skip_part(&format!("the role {role}"), &reason);
            return false;
        }
        let mut command = helper::command(prefix);
        command.env(MODE, format!("role {role}")).env(INPUT, input);
        finish(&mut command, &format!("role {role}")) == Some(DONE)
    }
}

/// Skips the rest of the running test; `reason` says what is missing.
pub fn skip(reason: &str) -> ! {
    report_skipped(test(), reason);
    exit(SKIPPED);
}

/// Reports that a part of the running test is skipped.
pub fn skip_part(what: &str, reason: &str) {
    report_skipped(&format!("{}, {what}", test()), reason);
}

/// Reports what a test measured, even while the test harness captures output.
pub fn note(measured: &str) {
    let _ = writeln!(std::io::stderr(), "{MEASURED_PREFIX}{}: {measured}", test());
}

fn test() -> &'static str {
    TEST.get().map_or("a scene", String::as_str)
}

/// Written to standard error directly, which the test harness does not capture.
fn report_skipped(what: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "{SKIPPED_PREFIX}{what}: {}", reason.trim());
}

/// The arguments with which this program runs only the running test.
pub(super) fn arguments() -> Vec<&'static str> {
    match TEST.get() {
        Some(name) => only(name),
        None => Vec::new(),
    }
}

fn only(name: &str) -> Vec<&str> {
    vec!["--exact", name, "--nocapture", "--test-threads=1"]
}

/// `program::module::test::{{closure}}` without its first and last parts.
fn test_name<F>() -> &'static str {
    let name = std::any::type_name::<F>();
    let name = name.strip_suffix("::{{closure}}").expect("a closure written in the test");
    name.split_once("::").expect("a test in a program").1
}

/// The outer run: creates the namespaces, and passes on the result of the test in them.
fn launch(name: &str) {
    let unshare = match namespaces() {
        Ok(unshare) => unshare,
        Err(reason) => return report_skipped(name, reason),
    };
    let program = env::current_exe().expect("the path of this program");
    let mut command = Command::new(unshare[0]);
    command.args(&unshare[1..]).arg(program).args(only(name)).env(MODE, "sandbox").env(NAME, name);
    finish(&mut command, name);
}

/// The command line that creates all namespaces and executes the arguments behind it in them: as
/// root, else as root of a user namespace. The loopback interface is down.
///
/// # Errors
///
/// Why namespaces are not available here.
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

/// Runs a command to its end, passes on its output, and panics unless it reached the test's end.
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
    // The test harness captures this and prints it if the test fails.
    print!("{}", out.join().unwrap_or_default());
    for line in err.join().unwrap_or_default().lines() {
        if line.starts_with(SKIPPED_PREFIX) || line.starts_with(MEASURED_PREFIX) {
            let _ = writeln!(std::io::stderr(), "{line}");
        } else {
            eprintln!("{line}");
        }
    }
    match status.map(|status| (status.code(), status)) {
        Some((code @ Some(DONE | SKIPPED), _)) => code,
        Some((Some(0), _)) => panic!("no test is called {what}"),
        Some((_, status)) => panic!("{what} failed ({status}); its output is above"),
        None => panic!("{what} hung: killed after {TIMEOUT:?}"),
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.expect("a pipe").read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for a child, and kills one that hangs.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child to wait for") {
            return Some(status);
        }
        if begin.elapsed() > TIMEOUT {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
