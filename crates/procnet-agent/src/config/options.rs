//! The options: what they are called, what they may be, and what they are by default.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use procnet::Kinds;
use procnet_arrow::parquet::WhenFull;

use super::store::{
    bytes, directory, host, shown_bytes, shown_directory, shown_host, shown_when_full,
    time_or_zero, when_full,
};
use crate::{
    otlp::{Endpoint, LogsOf},
    upload::UploadUrl,
};

/// What the agent is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Where to serve.
    pub listen: SocketAddr,
    /// From the begin of one refresh to that of the next.
    pub interval: Duration,
    /// How long a refresh may take.
    pub deadline: Duration,
    /// The share of the time of one CPU.
    pub cpu_budget: f64,
    /// The kinds of sockets.
    pub kinds: Kinds,
    /// The network namespaces.
    pub namespaces: NamespacesOf,
    /// How owners are found.
    pub owners: OwnersBy,
    /// Where births and ends of sockets come from.
    pub events: Events,
    /// Whether processes are told apart by unit and container.
    pub units: bool,
    /// Whether round-trip times and retransmissions are asked for.
    pub tcp_info: bool,
    /// The most series of a family.
    pub top: usize,
    /// The most TCP listeners with series of their own, and the most unix sockets that listen.
    pub listeners: usize,
    /// The length of prefixes of IPv4 addresses.
    pub prefix_ipv4: u8,
    /// The length of prefixes of IPv6 addresses.
    pub prefix_ipv6: u8,
    /// Whether metrics of node_exporter are served as well.
    pub node_exporter_names: bool,
    /// The collector to which metrics are sent.
    pub otlp_endpoint: Option<Endpoint>,
    /// How often, at most.
    pub otlp_interval: Duration,
    /// Which events are sent to it as log records.
    pub otlp_logs: LogsOf,
    /// The most of them in a second.
    pub otlp_events_per_second: u32,
    /// A file of header fields that are sent to it, such as a key.
    pub otlp_headers_file: Option<PathBuf>,
    /// Whether what is sent to it is compressed.
    pub otlp_gzip: bool,
    /// Where Parquet files are written, if they are.
    pub store_directory: Option<PathBuf>,
    /// What this host is called in them; `None` for what the kernel calls it.
    pub store_host: Option<String>,
    /// From one look that is written to the next; zero for each refresh.
    pub store_interval: Duration,
    /// The time whose looks a file has.
    pub store_file_age: Duration,
    /// The bytes that the files may take, `None` for all there are.
    pub store_max_bytes: Option<u64>,
    /// What happens when they do.
    pub store_when_full: WhenFull,
    /// The destination to which files are sent.
    pub upload_url: Option<UploadUrl>,
    /// The directory that has them; empty for none.
    pub upload_directory: String,
    /// The file with the credentials; empty for none.
    pub upload_credentials: String,
    /// How often the directory is looked at.
    pub upload_interval: Duration,
    /// How long a request may take.
    pub upload_timeout: Duration,
    /// The most connections that are served at a time.
    pub max_connections: usize,
    /// The largest head of a request, in bytes.
    pub max_request: usize,
    /// How long a request or its answer may take.
    pub request_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// Whether messages are JSON.
    pub log_json: bool,
}

/// The network namespaces whose sockets are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespacesOf {
    /// The agent's own.
    Own,
    /// All that can be found.
    All,
}

/// How owners are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnersBy {
    /// By BPF where that is permitted and takes less, else incrementally.
    Auto,
    /// By BPF only.
    Bpf,
    /// By walking what has changed since the last refresh.
    Incremental,
    /// Not at all.
    None,
}

/// Where births and ends of sockets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// From BPF where that is permitted, else from sock_diag.
    Auto,
    /// From BPF only.
    Bpf,
    /// Only ends, and only of the agent's own network namespace.
    SockDiag,
    /// From nowhere.
    None,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9988)),
            interval: Duration::from_secs(10),
            deadline: Duration::from_secs(5),
            cpu_budget: 0.01,
            kinds: Kinds::DEFAULT,
            namespaces: NamespacesOf::All,
            owners: OwnersBy::Auto,
            events: Events::Auto,
            units: true,
            tcp_info: false,
            top: 50,
            listeners: 200,
            prefix_ipv4: 24,
            prefix_ipv6: 48,
            node_exporter_names: false,
            otlp_endpoint: None,
            otlp_interval: Duration::from_secs(60),
            otlp_logs: LogsOf::None,
            otlp_events_per_second: 1000,
            otlp_headers_file: None,
            otlp_gzip: false,
            store_directory: None,
            store_host: None,
            store_interval: Duration::from_secs(600),
            store_file_age: Duration::from_secs(300),
            store_max_bytes: Some(1 << 30),
            store_when_full: WhenFull::DeleteOldest,
            upload_url: None,
            upload_directory: String::new(),
            upload_credentials: String::new(),
            upload_interval: Duration::from_secs(60),
            upload_timeout: Duration::from_secs(60),
            max_connections: 64,
            max_request: 8 << 10,
            request_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
            log_json: false,
        }
    }
}

/// An option: its key, and how it is parsed and shown.
#[derive(Debug)]
pub struct OptionOf {
    /// The key in the file. On the command line it has dashes, and in the environment capitals.
    pub key: &'static str,
    /// What its value is called in the help.
    pub value: &'static str,
    /// The help, without a full stop.
    pub help: &'static str,
    /// Whether a change takes effect on a reload, without a restart.
    pub reloads: bool,
    /// Parses a value.
    pub set: fn(&mut Options, &str) -> Result<(), String>,
    /// The value as it can be parsed.
    pub get: fn(&Options) -> String,
}

macro_rules! options {
    ($($key:ident $value:literal $reloads:literal $help:literal, $parse:expr, $show:expr;)*) => {
        impl OptionOf {
            /// Every option.
            pub const ALL: &[OptionOf] = &[$(OptionOf {
                key: stringify!($key),
                value: $value,
                help: $help,
                reloads: $reloads,
                set: |options, text| {
                    options.$key = $parse(text)?;
                    Ok(())
                },
                get: |options| $show(&options.$key),
            }),*];
        }
    };
}

options! {
    listen "ADDRESS:PORT" true "Where to serve", address, shown;
    interval "TIME" true "From the begin of one refresh to that of the next", time, shown_time;
    deadline "TIME" true "How long a refresh may take; what is not finished by then is discarded, and the \
        interval doubled", time, shown_time;
    cpu_budget "PERCENT" true "The share of the time of one CPU that refreshes and events may take: if they \
        take more, refreshes are made less often", percent, shown_percent;
    kinds "KINDS" true "The kinds of sockets, as in `procnet --kind`", kinds, shown_kinds;
    namespaces "own|all" false "The network namespaces; `all` needs CAP_SYS_ADMIN", namespaces, shown_namespaces;
    owners "auto|bpf|incremental|none" false "How owners are found: `auto` is by BPF where that is permitted and \
        takes less than walking what has changed", owners, shown_owners;
    events "auto|bpf|sock_diag|none" false "Where births and ends of sockets come from: `auto` is BPF where \
        that is permitted, else sock_diag, which reports ends in the agent's own namespace only", events, shown_events;
    units "BOOL" true "Whether sockets are counted by systemd unit and container: takes four reads for each new \
        process", boolean, shown;
    tcp_info "BOOL" true "Whether round-trip times and retransmissions are counted: takes about twice the time", boolean, shown;
    top "COUNT" true "The most series of a family; the rest is counted in the series `other`", |text| number(text, 1, 10_000), shown;
    listeners "COUNT" true "The most TCP listeners, and unix sockets that listen, with series of their own; one that has a series keeps it", |text| number(text, 1, 10_000), shown;
    prefix_ipv4 "BITS" true "The length of the prefixes by which peers are counted", |text| number(text, 1, 32), shown;
    prefix_ipv6 "BITS" true "The same for IPv6", |text| number(text, 1, 128), shown;
    node_exporter_names "BOOL" true "Whether the metrics of node_exporter's network collectors are served as \
        well, under its names", boolean, shown;
    otlp_endpoint "URL" false "Where an OpenTelemetry collector takes OTLP over HTTP, as http://127.0.0.1:4318 or \
        https://HOST:443; empty for none", endpoint, shown_endpoint;
    otlp_interval "TIME" true "How often metrics are sent to it, at most", time, shown_time;
    otlp_logs "none|ends|all" false "Which events of sockets are sent to it as log records: ends have the whole \
        history of a connection", logs, shown_logs;
    otlp_events_per_second "COUNT" false "The most events that become log records in a second; the rest is counted, and a \
        record says so", |text| number(text, 1, 100_000), shown;
    otlp_headers_file "FILE" false "A file of header fields that are sent to it, such as a key, as lines NAME: VALUE; \
        the variable OTEL_EXPORTER_OTLP_HEADERS may have others", file, shown_file;
    otlp_gzip "BOOL" false "Whether what is sent to it is compressed", boolean, shown;
    store_directory "PATH" false "Where the sockets are written as Parquet files, by date and hour; empty for nowhere",
        directory, shown_directory;
    store_host "NAME" false "What this host is called there; empty for /proc/sys/kernel/hostname, which in a \
        container is the container's name", host, shown_host;
    store_interval "TIME" true "From one look that is written to the next, 0 for each refresh: if refreshes are less \
        frequent, so are looks", time_or_zero, shown_time;
    store_file_age "TIME" true "A file has the looks of this time, which are lost if the agent is killed; 0, or no \
        more than store_interval, for a file of each look", time_or_zero, shown_time;
    store_max_bytes "BYTES" true "What the files of this host may take, as 1GiB or 500MB; 0 for all there is", bytes, shown_bytes;
    store_when_full "delete_oldest|refuse" true "What happens when they do: the oldest file is deleted, or what is \
        new is lost", when_full, shown_when_full;
    upload_url "URL" false "Where the files of upload_directory are sent, as s3://BUCKET/PREFIX, gs://…, az://…, \
        https://… for WebDAV, or file:///DIRECTORY; empty for nowhere", upload_url, shown_upload_url;
    upload_directory "PATH" false "The directory of Parquet files that are sent to upload_url, and deleted once \
        they have arrived", text, shown;
    upload_credentials "FILE" false "The file with credentials and settings of upload_url, a line NAME=VALUE for each, \
        as AWS_SECRET_ACCESS_KEY=…; without one, the credential `upload` of systemd, if there is one. Variables of the \
        environment are read before", text, shown;
    upload_interval "TIME" false "How often upload_directory is looked at", time, shown_time;
    upload_timeout "TIME" false "How long a request to upload_url may take, with at most 8 MiB each (WebDAV: a whole \
        file)", time, shown_time;
    max_connections "COUNT" true "The most connections that are served at a time", |text| number(text, 1, 1000), shown;
    max_request "BYTES" true "The largest head of a request", |text| number(text, 256, 65_536), shown;
    request_timeout "TIME" true "How long a request, and the answer to it, may take", time, shown_time;
    idle_timeout "TIME" true "How long a connection may wait for its next request", time, shown_time;
    log_json "BOOL" true "Whether messages on standard error are JSON, and not logfmt", boolean, shown;
}

fn shown(value: &impl ToString) -> String {
    value.to_string()
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address and port, as 127.0.0.1:9988"))
}

fn endpoint(text: &str) -> Result<Option<Endpoint>, String> {
    if text.is_empty() { Ok(None) } else { Endpoint::parse(text).map(Some) }
}

fn shown_endpoint(endpoint: &Option<Endpoint>) -> String {
    endpoint.as_ref().map(Endpoint::to_string).unwrap_or_default()
}

fn file(text: &str) -> Result<Option<PathBuf>, String> {
    Ok(Some(text).filter(|text| !text.is_empty()).map(PathBuf::from))
}

fn shown_file(path: &Option<PathBuf>) -> String {
    path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
}

impl Options {
    /// Whether the options agree with each other.
    pub(super) fn agree(&self) -> Result<(), String> {
        if self.otlp_logs == LogsOf::None {
            return Ok(());
        }
        match &self.otlp_endpoint {
            None => Err("otlp_logs: there is no otlp_endpoint to send them to".to_owned()),
            Some(endpoint) if endpoint.for_logs().is_none() => Err(format!(
                "otlp_logs: the path of `{endpoint}` does not end in /v1/metrics, so that of logs is unknown"
            )),
            Some(_) => Ok(()),
        }
    }
}

fn upload_url(text: &str) -> Result<Option<UploadUrl>, String> {
    if text.is_empty() { Ok(None) } else { UploadUrl::parse(text).map(Some) }
}

fn shown_upload_url(url: &Option<UploadUrl>) -> String {
    url.as_ref().map(UploadUrl::to_string).unwrap_or_default()
}

fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    let fault = || format!("`{text}` is not a time, as 10s, 500ms or 2m");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number: f64 = digits.parse().map_err(|_| fault())?;
    let seconds = match unit.trim() {
        "" | "s" => number,
        "ms" => number / 1000.0,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(fault()),
    };
    if !(0.01..=86_400.0).contains(&seconds) {
        return Err(format!("`{text}` is not from 10ms to 24h"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn shown_time(time: &Duration) -> String {
    match time.as_millis() {
        millis if millis % 1000 == 0 => format!("{}s", millis / 1000),
        millis => format!("{millis}ms"),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim_end().parse::<f64>().ok();
    let number = number.filter(|number| (0.01..=100.0).contains(number));
    let number = number.ok_or_else(|| format!("`{text}` is not a percentage from 0.01 to 100"))?;
    Ok(number / 100.0)
}

fn shown_percent(share: &f64) -> String {
    format!("{}%", share * 100.0)
}

fn number<T: TryFrom<u64>>(text: &str, least: u64, most: u64) -> Result<T, String> {
    let number = text.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
    let number = number.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("`{text}` is not a number from {least} to {most}"))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

fn kinds(text: &str) -> Result<Kinds, String> {
    let each = text.split([',', ' ']).filter(|word| !word.is_empty());
    let each = each.map(|word| word.parse::<Kinds>().map_err(|error| error.to_string()));
    let kinds = each.collect::<Result<Vec<Kinds>, String>>()?;
    let all = kinds.into_iter().reduce(|all, more| all | more);
    all.ok_or_else(|| "no kind is named".to_owned())
}

fn shown_kinds(kinds: &Kinds) -> String {
    kinds.iter().map(procnet::Kind::name).collect::<Vec<_>>().join(",")
}

/// The words of an option, each with its value.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("`{text}` is none of {}", words.join(", "))
    })
}

pub(super) fn shown_word<T: PartialEq>(value: &T, words: &[(&str, T)]) -> String {
    let found = words.iter().find(|(_, other)| other == value);
    found.map(|(word, _)| (*word).to_owned()).unwrap_or_default()
}

const NAMESPACES: &[(&str, NamespacesOf)] =
    &[("own", NamespacesOf::Own), ("all", NamespacesOf::All)];

fn namespaces(text: &str) -> Result<NamespacesOf, String> {
    word(text, NAMESPACES)
}

fn shown_namespaces(value: &NamespacesOf) -> String {
    shown_word(value, NAMESPACES)
}

const OWNERS: &[(&str, OwnersBy)] = &[
    ("auto", OwnersBy::Auto),
    ("bpf", OwnersBy::Bpf),
    ("incremental", OwnersBy::Incremental),
    ("none", OwnersBy::None),
];

fn owners(text: &str) -> Result<OwnersBy, String> {
    word(text, OWNERS)
}

fn shown_owners(value: &OwnersBy) -> String {
    shown_word(value, OWNERS)
}

const EVENTS: &[(&str, Events)] = &[
    ("auto", Events::Auto),
    ("bpf", Events::Bpf),
    ("sock_diag", Events::SockDiag),
    ("none", Events::None),
];

fn events(text: &str) -> Result<Events, String> {
    word(text, EVENTS)
}

fn shown_events(value: &Events) -> String {
    shown_word(value, EVENTS)
}

const LOGS: &[(&str, LogsOf)] =
    &[("none", LogsOf::None), ("ends", LogsOf::Ends), ("all", LogsOf::All)];

fn logs(text: &str) -> Result<LogsOf, String> {
    word(text, LOGS)
}

fn shown_logs(value: &LogsOf) -> String {
    shown_word(value, LOGS)
}
