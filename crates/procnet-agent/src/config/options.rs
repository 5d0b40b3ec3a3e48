//! The options: what they are called, what they may be, and what they are by default.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use procnet::Kinds;
use procnet_arrow::parquet::WhenFull;

use super::{
    otlp::{self, endpoint, logs, shown_endpoint, shown_logs},
    parse::{
        address, boolean, bytes, directory, file, number, percent, shown, shown_bytes, shown_path,
        shown_percent, shown_text, shown_time, text, time, time_or_zero,
    },
    sockets::{
        Events, NamespacesOf, OwnersBy, events, kinds, namespaces, owners, shown_events,
        shown_kinds, shown_namespaces, shown_owners,
    },
    store::{
        self, StoreTables, seed, shown_seed, shown_tables, shown_when_full, tables, when_full,
    },
    upload::{self, shown_upload_url, upload_url},
};
use crate::{
    otlp::{Endpoint, LogsOf},
    upload::UploadUrl,
};

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

/// Each option: its key, type and default; what its value is called, whether it reloads, how it is parsed and shown,
/// and the help.
macro_rules! options {
    ($($key:ident: $type:ty = $default:expr;
       $value:literal $reloads:literal, $parse:expr, $show:expr, $help:literal;)*) => {
        /// What the agent is to do.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Options {
            $(#[doc = $help] pub $key: $type,)*
        }

        impl Default for Options {
            fn default() -> Options {
                Options { $($key: $default,)* }
            }
        }

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

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

options! {
    listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 9988));
        "ADDRESS:PORT" true, address, shown,
        "Where to serve";
    interval: Duration = seconds(10);
        "TIME" true, time, shown_time,
        "From the begin of one refresh to that of the next";
    deadline: Duration = seconds(5);
        "TIME" true, time, shown_time,
        "How long a refresh may take; what is not finished by then is discarded, and the \
        interval doubled";
    cpu_budget: f64 = 0.01;
        "PERCENT" true, percent, shown_percent,
        "The share of the time of one CPU that refreshes and events may take: if they \
        take more, refreshes are made less often";
    kinds: Kinds = Kinds::DEFAULT;
        "KINDS" true, kinds, shown_kinds,
        "The kinds of sockets, as in `procnet --kind`";
    namespaces: NamespacesOf = NamespacesOf::All;
        "own|all" false, namespaces, shown_namespaces,
        "The network namespaces; `all` needs CAP_SYS_ADMIN";
    owners: OwnersBy = OwnersBy::Auto;
        "auto|bpf|incremental|none" false, owners, shown_owners,
        "How owners are found: `auto` is by BPF where that is permitted and \
        takes less than walking what has changed";
    events: Events = Events::Auto;
        "auto|bpf|sock_diag|none" false, events, shown_events,
        "Where births and ends of sockets come from: `auto` is BPF where \
        that is permitted, else sock_diag, which reports ends in the agent's own namespace only";
    units: bool = true;
        "BOOL" true, boolean, shown,
        "Whether sockets are counted by systemd unit and container: takes four reads for each new \
        process";
    tcp_info: bool = false;
        "BOOL" true, boolean, shown,
        "Whether round-trip times and retransmissions are counted: takes about twice the time";
    top: usize = 50;
        "COUNT" true, |text| number(text, 1, 10_000), shown,
        "The most series of a family; the rest is counted in the series `other`";
    listeners: usize = 200;
        "COUNT" true, |text| number(text, 1, 10_000), shown,
        "The most TCP listeners, and unix sockets that listen, with series of their own; one that has a series keeps it";
    flows: usize = 50;
        "COUNT" true, |text| number(text, 0, 10_000), shown,
        "The most flows with series of their own, which are sockets with the same process, peer and port; 0 \
        for no such family";
    prefix_ipv4: u8 = 24;
        "BITS" true, |text| number(text, 1, 32), shown,
        "The length of the prefixes by which peers and flows are counted";
    prefix_ipv6: u8 = 48;
        "BITS" true, |text| number(text, 1, 128), shown,
        "The same for IPv6";
    node_exporter_names: bool = false;
        "BOOL" true, boolean, shown,
        "Whether the metrics of node_exporter's network collectors are served as \
        well, under its names";
    otlp_endpoint: Option<Endpoint> = None;
        "URL" false, endpoint, shown_endpoint,
        "Where an OpenTelemetry collector takes OTLP over HTTP, as http://127.0.0.1:4318 or \
        https://HOST:443; empty for none";
    otlp_interval: Duration = seconds(60);
        "TIME" true, time, shown_time,
        "How often metrics are sent to it, at most";
    otlp_logs: LogsOf = LogsOf::None;
        "none|ends|all" false, logs, shown_logs,
        "Which events of sockets are sent to it as log records: ends have the whole \
        history of a connection";
    otlp_events_per_second: u32 = 1000;
        "COUNT" false, |text| number(text, 1, 100_000), shown,
        "The most events that become log records in a second; the rest is counted, and a \
        record says so";
    otlp_headers_file: Option<PathBuf> = None;
        "FILE" false, file, shown_path,
        "A file of header fields that are sent to it, such as a key, as lines NAME: VALUE; \
        the variable OTEL_EXPORTER_OTLP_HEADERS may have others";
    otlp_gzip: bool = false;
        "BOOL" false, boolean, shown,
        "Whether what is sent to it is compressed";
    store_directory: Option<PathBuf> = None;
        "PATH" false, directory, shown_path,
        "Where Parquet files are written, by table, date and hour; empty for nowhere";
    store_host: Option<String> = None;
        "NAME" false, text, shown_text,
        "What this host is called there; empty for /proc/sys/kernel/hostname, which in a \
        container is the container's name";
    store_tables: StoreTables = StoreTables::SOCKETS;
        "TABLES" false, tables, shown_tables,
        "What is written: sockets, aggregates of them, and events, each socket that began or ended; any of \
        these, as sockets,events";
    store_interval: Duration = seconds(600);
        "TIME" true, time_or_zero, shown_time,
        "From one look whose sockets are written to the next, 0 for each refresh: if refreshes are less \
        frequent, so are looks";
    store_aggregates_interval: Duration = seconds(60);
        "TIME" true, time_or_zero, shown_time,
        "The same of looks whose aggregates are written; each look with sockets has them, too, unless it is \
        more frequent";
    store_align: bool = true;
        "BOOL" true, boolean, shown,
        "Whether looks begin at multiples of their interval since 1970, UTC, as at each full ten minutes: \
        then looks at different hosts are of the same moment";
    store_file_age: Duration = seconds(300);
        "TIME" true, time_or_zero, shown_time,
        "A file has the looks and events of this time, which are lost if the agent is killed; 0, or no \
        more than store_interval, for a file of each look";
    store_max_bytes: Option<u64> = Some(1 << 30);
        "BYTES" true, bytes, shown_bytes,
        "What the files of this host may take, as 1GiB or 500MB; 0 for all there is";
    store_when_full: WhenFull = WhenFull::DeleteOldest;
        "delete_oldest|refuse" true, when_full, shown_when_full,
        "What happens when they do: the oldest file is deleted, or what is \
        new is lost";
    community_id: Option<u16> = None;
        "none|SEED" false, seed, shown_seed,
        "Whether rows and log records of connections have a Community ID, as Zeek and Suricata do, and its \
        seed, which is 0 there by default: takes more room than all other columns";
    upload_url: Option<UploadUrl> = None;
        "URL" false, upload_url, shown_upload_url,
        "Where the Parquet files are sent, as s3://BUCKET/PREFIX, gs://…, az://…, https://… for WebDAV, or \
        file:///DIRECTORY; empty for nowhere";
    upload_directory: Option<PathBuf> = None;
        "PATH" false, directory, shown_path,
        "The directory of Parquet files that are sent to upload_url, and deleted once \
        they have arrived; empty for store_directory";
    upload_credentials: Option<PathBuf> = None;
        "FILE" false, file, shown_path,
        "The file with credentials and settings of upload_url, a line NAME=VALUE for each, \
        as AWS_SECRET_ACCESS_KEY=…; without one, the credential `upload` of systemd, if there is one. Variables of the \
        environment are read before";
    upload_interval: Duration = seconds(60);
        "TIME" false, time, shown_time,
        "How often the directory is looked at for files to send";
    upload_timeout: Duration = seconds(60);
        "TIME" false, time, shown_time,
        "How long a request to upload_url may take, with at most 8 MiB each (WebDAV: a whole \
        file)";
    max_connections: usize = 64;
        "COUNT" true, |text| number(text, 1, 1000), shown,
        "The most connections that are served at a time";
    max_request: usize = 8 << 10;
        "BYTES" true, |text| number(text, 256, 65_536), shown,
        "The largest head of a request";
    request_timeout: Duration = seconds(10);
        "TIME" true, time, shown_time,
        "How long a request, and the answer to it, may take";
    idle_timeout: Duration = seconds(120);
        "TIME" true, time, shown_time,
        "How long a connection may wait for its next request";
    log_json: bool = false;
        "BOOL" true, boolean, shown,
        "Whether messages on standard error are JSON, and not logfmt";
}

impl Options {
    /// Whether the options agree with each other.
    pub(super) fn agree(&self) -> Result<(), String> {
        otlp::agree(self)?;
        store::agree(self)?;
        upload::agree(self)
    }

    /// Whether looks are written, with rows of sockets or of aggregates.
    #[must_use]
    pub fn writes_looks(&self) -> bool {
        let StoreTables { sockets, aggregates, .. } = self.store_tables;
        self.store_directory.is_some() && (sockets || aggregates)
    }

    /// The directory whose files are sent.
    #[must_use]
    pub fn upload_from(&self) -> Option<&Path> {
        self.upload_directory.as_deref().or(self.store_directory.as_deref())
    }
}
