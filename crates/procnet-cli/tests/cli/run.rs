//! Running the command.

use std::{
    ffi::OsStr,
    io::{self, Write as _},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// The command; by default, on this host.
pub(crate) fn procnet() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_procnet"));
    command.env_remove("HOST_PROC").stdin(Stdio::null());
    command
}

/// The result of a run.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The objects of a JSON array.
    pub(crate) fn array(&self) -> Vec<Value> {
        serde_json::from_str(&self.out).expect("one array")
    }

    /// The objects of NDJSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
    }

    /// The records of CSV, the header first.
    pub(crate) fn records(&self) -> Vec<Vec<String>> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_reader(self.out.as_bytes());
        let fields = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
        reader.records().map(|record| fields(record.expect("as many fields as names"))).collect()
    }

    /// Asserts success without messages.
    #[track_caller]
    pub(crate) fn complete(self) -> Ran {
        assert_eq!((self.code, &*self.err), (0, ""), "{}", self.out);
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        // UTF-8, whatever the input is.
        Ran {
            code: output.status.code().expect("ended by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

pub(crate) fn run(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
    procnet().args(args).output().expect("the command runs").into()
}

/// Runs the command with bytes as its standard input.
pub(crate) fn feed(args: impl IntoIterator<Item = impl AsRef<OsStr>>, input: &[u8]) -> Ran {
    let mut command = procnet();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // The command may end before it has read everything.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().expect("the command ends").into()
    })
}

/// Reports that a test was skipped, bypassing the test harness, which captures the output of tests
/// that pass.
pub(crate) fn skipped(reason: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED: {reason}");
}

/// Whether a program is installed.
pub(crate) fn has(program: &str, arg: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(arg).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
