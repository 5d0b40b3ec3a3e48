//! `procnet-agent`: serves metrics about the sockets of a host.

#![forbid(unsafe_code)]

use std::{
    io::{self, Write as _},
    os::unix::net::UnixStream,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use clap::{Arg, ArgAction, ArgMatches, Command};
use procnet::privileges;
use procnet_agent::{
    config::{OptionOf, Options, Sources},
    http::{Limits, Server},
    log::{self, Level},
    published::Published,
    refresh::{Refresher, Request},
    upload,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// The exit codes: of what is wrong with the configuration, and of what the host refuses.
const USAGE: u8 = 2;
const REFUSED: u8 = 1;

fn main() -> ExitCode {
    privileges::keep_for_reading();
    let matches = command().get_matches();
    if matches.get_flag("man") {
        return man();
    }
    let sources = sources(&matches);
    let options = match sources.read() {
        Ok(options) => options,
        Err(error) => {
            log::write(Level::Error, "configuration", &[("reason", &error)]);
            return USAGE.into();
        }
    };
    log::set_json(options.log_json);
    if matches.get_flag("check") {
        let line = |option: &OptionOf| format!("{} = {:?}\n", option.key, (option.get)(&options));
        return print(OptionOf::ALL.iter().map(line).collect::<String>().as_bytes());
    }
    match serve(&sources, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err((what, error)) => {
            log::write(Level::Error, what, &[("reason", &error)]);
            REFUSED.into()
        }
    }
}

/// Prints the man page.
fn man() -> ExitCode {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command()).section("8").render(&mut page);
    match rendered {
        Ok(()) => print(&page),
        Err(_) => REFUSED.into(),
    }
}

/// Prints all of a text; whoever reads it may stop earlier.
fn print(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            log::write(Level::Error, "standard output", &[("reason", &error)]);
            REFUSED.into()
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The command line: an argument for each option.
fn command() -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .env("PROCNET_AGENT_CONFIG")
        .help("The configuration file, in TOML: a line KEY = VALUE for each option")
        .value_parser(clap::value_parser!(std::path::PathBuf));
    let check = Arg::new("check")
        .long("check")
        .action(ArgAction::SetTrue)
        .help("Print the options as they would be, and end");
    let defaults = Options::default();
    let options = OptionOf::ALL.iter().map(|option| {
        let default = Some((option.get)(&defaults)).filter(|default| !default.is_empty());
        let default = default.unwrap_or_else(|| "none".to_owned());
        let restart = if option.reloads { "" } else { "; a change needs a restart" };
        Arg::new(option.key)
            .long(option.key.replace('_', "-"))
            .value_name(option.value)
            .help(format!("{} [default: {default}]{restart}", option.help))
    });
    Command::new("procnet-agent")
        .version(env!("CARGO_PKG_VERSION"))
        .args_override_self(true)
        .about("Serves metrics about the sockets of a host and the processes that own them, and writes them as Parquet")
        .after_help(
            "Each option is also a key of the configuration file, with underscores, and a variable of the \
             environment, as PROCNET_AGENT_CPU_BUDGET. The command line takes precedence over the environment, and \
             that over the file. SIGHUP reads the file again.",
        )
        .arg(config)
        .arg(check)
        .arg(Arg::new("man").long("man").hide(true).action(ArgAction::SetTrue))
        .args(options)
}

fn sources(matches: &ArgMatches) -> Sources {
    let given = OptionOf::ALL.iter().filter_map(|option| {
        let value = matches.get_one::<String>(option.key)?;
        Some((option.key, value.clone()))
    });
    let environment = std::env::vars_os().filter(|(name, _)| name != "PROCNET_AGENT_CONFIG");
    Sources {
        file: matches.get_one("config").cloned(),
        environment: environment.collect(),
        arguments: given.collect(),
    }
}

/// What failed, and the reason.
type Refused = (&'static str, Box<dyn std::error::Error>);

fn serve(sources: &Sources, mut options: Options) -> Result<(), Refused> {
    let signals = Signals::register().map_err(|error| ("signals", error.into()))?;
    let published = Arc::new(Published::default());
    let server = Server::bind(options.listen, Limits::of(&options), Arc::clone(&published));
    let mut server = server.map_err(|error| {
        let place = format!("{}: {error}", options.listen);
        ("cannot listen", place.into())
    })?;
    let uploads = upload::start(&options).map_err(|error| ("cannot upload", error))?;
    if let Some(uploads) = uploads {
        let _ = published.uploads.set(uploads);
    }
    let (send, requests) = mpsc::channel();
    let (mut wake, woken) = UnixStream::pair().map_err(|error| ("socketpair", error.into()))?;
    let refresher = Refresher::new(options.clone(), published);
    let refresher = refresher.map_err(|error| ("cannot read", error.into()))?;
    let thread = thread::Builder::new().name("procnet-refresh".to_owned());
    let end = WakeAtEnd(signals.wake.try_clone().map_err(|error| ("socketpair", error.into()))?);
    let thread = thread.spawn(move || {
        let _end = end;
        refresher.run(&requests, woken);
    });
    let thread = thread.map_err(|error| ("thread", error.into()))?;
    // This thread parses what others send.
    privileges::keep_none();
    let address = server.address().map_err(|error| ("cannot listen", error.into()))?;
    log::write(
        Level::Info,
        "serving",
        &[("address", &address), ("version", &env!("CARGO_PKG_VERSION"))],
    );
    while !thread.is_finished() {
        server.serve(&signals.woken).map_err(|error| ("poll", error.into()))?;
        signals.rearm();
        if signals.end.load(Ordering::Relaxed) {
            log::write(Level::Info, "ending", &[]);
            let _ = send.send(Request::Stop);
            let _ = io::Write::write(&mut wake, b".");
            break;
        }
        if signals.reload.swap(false, Ordering::Relaxed) {
            match reload(sources, &options, &mut server) {
                Ok(changed) => {
                    options = changed;
                    let _ = send.send(Request::Reload(Box::new(options.clone())));
                    let _ = io::Write::write(&mut wake, b".");
                    log::write(Level::Info, "reloaded", &[]);
                }
                Err(reason) => log::write(
                    Level::Error,
                    "not reloaded: all stays as it was",
                    &[("reason", &reason)],
                ),
            }
        }
    }
    thread.join().map_err(|_| ("refresh", "its thread panicked".into()))
}

/// Reads the options again. What takes effect only at a start keeps its value.
fn reload(sources: &Sources, current: &Options, server: &mut Server) -> Result<Options, String> {
    let mut options = sources.read().map_err(|error| error.to_string())?;
    for option in OptionOf::ALL.iter().filter(|option| !option.reloads) {
        let (was, wanted) = ((option.get)(current), (option.get)(&options));
        if was != wanted {
            log::write(
                Level::Warn,
                "takes effect after a restart",
                &[("key", &option.key), ("value", &wanted)],
            );
            let _ = (option.set)(&mut options, &was);
        }
    }
    server
        .change(options.listen, Limits::of(&options))
        .map_err(|error| format!("cannot listen at {}: {error}", options.listen))?;
    log::set_json(options.log_json);
    Ok(options)
}

/// The signals that the agent reacts to: each sets its flag, and wakes the server.
struct Signals {
    reload: Arc<AtomicBool>,
    end: Arc<AtomicBool>,
    woken: UnixStream,
    wake: UnixStream,
}

/// Wakes the server when the other thread ends, however that happens.
struct WakeAtEnd(UnixStream);

impl Drop for WakeAtEnd {
    fn drop(&mut self) {
        let _ = io::Write::write(&mut self.0, b".");
    }
}

impl Signals {
    fn register() -> io::Result<Signals> {
        let (reload, end) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        for (signal, flag) in [(SIGHUP, &reload), (SIGTERM, &end), (SIGINT, &end)] {
            // The flag first: handlers run in the order in which they were registered.
            signal_hook::flag::register(signal, Arc::clone(flag))?;
            signal_hook::low_level::pipe::register(signal, wake.try_clone()?)?;
        }
        Ok(Signals { reload, end, woken, wake })
    }

    /// Forgets what has woken the server.
    fn rearm(&self) {
        let mut buffer = [0; 64];
        while matches!(io::Read::read(&mut &self.woken, &mut buffer), Ok(1..)) {}
    }
}
