//! The configuration: of a file, the environment and the command line, in this order of precedence.

mod error;
mod file;
mod options;
mod otlp;
mod parse;
mod sockets;
mod store;
mod upload;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

pub use self::{
    error::ConfigError,
    options::{OptionOf, Options},
    sockets::{Events, NamespacesOf, OwnersBy},
    store::StoreTables,
};

/// The prefix of the environment's variables: `PROCNET_AGENT_INTERVAL` for `interval`.
const PREFIX: &str = "PROCNET_AGENT_";

/// The largest configuration file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Where options are taken from. It is kept, so that they can be read again.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file.
    pub file: Option<PathBuf>,
    /// The names and values of the environment's variables.
    pub environment: Vec<(OsString, OsString)>,
    /// The keys and values of the command line.
    pub arguments: Vec<(&'static str, String)>,
}

impl Sources {
    /// Reads all of them.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong: where it is, and what would be right.
    pub fn read(&self) -> Result<Options, ConfigError> {
        let mut options = Options::default();
        if let Some(path) = &self.file {
            let text = read(path).map_err(|why| ConfigError::of_file(path, None, why))?;
            file::apply(&mut options, &text)
                .map_err(|(at, why)| ConfigError::of_file(path, Some((&text, at)), why))?;
        }
        for (name, value) in &self.environment {
            let Some(key) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
                continue;
            };
            let of_variable = |why| ConfigError::of_variable(name, why);
            let value = value.to_str().ok_or_else(|| of_variable("it is not UTF-8".to_owned()))?;
            set(&mut options, &key.to_ascii_lowercase(), value).map_err(of_variable)?;
        }
        for (key, value) in &self.arguments {
            let of_argument = |why| ConfigError::of_argument(key, why);
            set(&mut options, key, value).map_err(of_argument)?;
        }
        options.agree().map_err(ConfigError::of_options)?;
        Ok(options)
    }
}

fn read(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_FILE {
        return Err(format!("it has {size} bytes; the maximum is {MAX_FILE}"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

/// Sets an option.
fn set(options: &mut Options, key: &str, value: &str) -> Result<(), String> {
    let option = OptionOf::ALL.iter().find(|option| option.key == key);
    let option = option.ok_or_else(|| unknown(key))?;
    (option.set)(options, value).map_err(|why| format!("{key}: {why}"))
}

/// How similar two keys are that are taken for the same one, from 0 to 1.
const SIMILAR: f64 = 0.8;

/// That there is no such key, and which one was probably meant.
fn unknown(key: &str) -> String {
    let similar =
        OptionOf::ALL.iter().map(|option| (strsim::jaro_winkler(option.key, key), option.key));
    let similar = similar.filter(|(likeness, _)| *likeness >= SIMILAR);
    match similar.max_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((_, meant)) => {
            format!("unknown key `{}`: did you mean `{meant}`?", key.escape_debug())
        }
        None => {
            let keys: Vec<&str> = OptionOf::ALL.iter().map(|option| option.key).collect();
            format!("unknown key `{}`; the keys are {}", key.escape_debug(), keys.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of_file(text: &str) -> Result<Options, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        fs::write(&path, text).unwrap();
        let sources = Sources { file: Some(path.clone()), ..Sources::default() };
        let shown = path.display().to_string();
        sources.read().map_err(|error| error.to_string().replace(&shown, "agent.toml"))
    }

    #[test]
    fn later_sources_take_precedence() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        fs::write(&path, "interval = 7\ntop = 7\ncpu_budget = 7\n").unwrap();
        let variable = |name: &str, value: &str| (name.into(), value.into());
        let sources = Sources {
            file: Some(path),
            environment: vec![
                variable("PROCNET_AGENT_TOP", "8"),
                variable("PATH", "x"),
                variable("PROCNET_AGENT_CPU_BUDGET", "8"),
            ],
            arguments: vec![("cpu_budget", "9".to_owned())],
        };
        let options = sources.read().unwrap();
        assert_eq!(options.interval, Duration::from_secs(7));
        assert_eq!((options.top, options.cpu_budget), (8, 0.09));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_reason() {
        let cases = [
            (
                "top = 5\n\n intervall = 3\n",
                "agent.toml:3:2: unknown key `intervall`: did you mean `interval`?",
            ),
            (
                "listen = \"here\"\n",
                "agent.toml:1:10: listen: `here` is not an address and port, as 127.0.0.1:9988",
            ),
            ("top = 0\n", "agent.toml:1:7: top: `0` is not a number from 1 to 10000"),
            ("top = \"ä\" \n", "agent.toml:1:7: top: `ä` is not a number from 1 to 10000"),
            (
                "interval = \"3 parsecs\"\n",
                "agent.toml:1:12: interval: `3 parsecs` is not a time, as 10s, 500ms or 2m",
            ),
            ("tcp_info = 3\n", "agent.toml:1:12: tcp_info: `3` is neither true nor false"),
            ("kinds = [\"tcp\", [1]]\n", "agent.toml:1:17: kinds: an array in an array"),
            ("[http]\nlisten = 3\n", "agent.toml:1:2: unknown key `http`; the keys are listen, "),
            ("top = \n", "agent.toml:1:7: "),
            ("top = 1\ntop = 2\n", "agent.toml:2:1: duplicate key"),
            #[cfg(feature = "object-store")]
            (
                "top = 1\nupload_url = \"https://u:hunter2@host/\"\n",
                "agent.toml:2:14: upload_url: a URL with a user name or password: credentials belong into",
            ),
            #[cfg(not(feature = "object-store"))]
            (
                "upload_url = \"s3://b\"\n",
                "agent.toml:1:14: upload_url: this agent was built without the feature object-store",
            ),
        ];
        for (text, expected) in cases {
            let error = of_file(text).unwrap_err();
            assert!(error.starts_with(expected), "{text:?}: {error}");
        }
        let sources = Sources { file: Some("/nonexistent/x".into()), ..Sources::default() };
        let error = sources.read().unwrap_err().to_string();
        assert_eq!(error, "/nonexistent/x: No such file or directory (os error 2)");
        let variable = ("PROCNET_AGENT_TOPS".into(), "1".into());
        let sources = Sources { environment: vec![variable], ..Sources::default() };
        let error = sources.read().unwrap_err().to_string();
        assert_eq!(error, "PROCNET_AGENT_TOPS: unknown key `tops`: did you mean `top`?");
    }

    #[test]
    fn logs_need_somewhere_to_go() {
        let logs = "otlp_logs = 'ends'\n";
        let error = of_file(logs).unwrap_err();
        assert_eq!(error, "options: otlp_logs: there is no otlp_endpoint to send them to");
        let error = of_file(&format!("{logs}otlp_endpoint = 'http://a/x'")).unwrap_err();
        assert!(error.contains("does not end in /v1/metrics"), "{error}");
        assert!(of_file(&format!("{logs}otlp_endpoint = 'http://a'")).is_ok());
    }

    #[test]
    fn files_need_a_directory() {
        let error = |text| of_file(text).unwrap_err();
        assert_eq!(
            error("store_tables = 'events'\n"),
            "options: store_tables: there is no store_directory to write them to"
        );
        assert_eq!(
            error(
                "store_tables = ['sockets', 'events']\nstore_directory = '/x'\nevents = 'none'\n"
            ),
            "options: store_tables: there are no events to write, as `events` is none"
        );
        #[cfg(feature = "object-store")]
        {
            let url = "upload_url = 's3://b'\n";
            assert_eq!(
                error(url),
                "options: upload_url: there are no files to send: it needs store_directory, or upload_directory"
            );
            let from = |more: &str| {
                let options = of_file(&format!("{url}{more}")).unwrap();
                options.upload_from().unwrap().to_owned()
            };
            assert_eq!(from("store_directory = '/x'\n"), PathBuf::from("/x"));
            assert_eq!(
                from("store_directory = '/x'\nupload_directory = '/y'\n"),
                PathBuf::from("/y")
            );
        }
    }

    #[test]
    fn each_option_can_be_written_as_it_is_shown() {
        let default = Options::default();
        for option in OptionOf::ALL {
            let shown = (option.get)(&default);
            let mut options = Options::default();
            (option.set)(&mut options, &shown)
                .unwrap_or_else(|why| panic!("{}: {why}", option.key));
            assert_eq!(options, default, "{}", option.key);
        }
    }

    #[test]
    fn lists_may_be_arrays_or_words() {
        let words = of_file("kinds = \"tcp,unix\"").unwrap();
        assert_eq!(words.kinds, of_file("kinds = [\"tcp\", 'unix']").unwrap().kinds);
    }
}
