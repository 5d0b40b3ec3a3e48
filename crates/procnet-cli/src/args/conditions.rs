//! Filter expressions in the language of ss, and options for common conditions.

use clap::builder::{TypedValueParser as _, ValueParser};
use procnet::{Filter, Kinds, filter::FilterError};

use super::FilterFile;
use crate::error::Error;

use super::live_values;

/// All conditions have to hold; an option with several values matches any of them.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct Conditions {
    /// Filter expression, as for ss: state established, sport = :443, dst 10.0.0.0/8; also
    /// uid = 1000, comm = nginx, pid = 12, unit = NAME; with and, or, not and parentheses
    #[arg(value_name = "FILTER", add = live_values::filter_words())]
    words: Vec<String>,
    /// Read a filter from FILE, or from standard input (-): an expression on any number of lines, without
    /// what follows a # at the beginning of a word. It is combined with the other conditions by AND
    #[arg(long, short = 'F', visible_alias = "filter", value_name = "FILE")]
    #[arg(value_hint = clap::ValueHint::FilePath, value_parser = filter_file())]
    filter_file: Option<FilterFile>,
    /// Only sockets with this local port: a number, a service name, or a range FROM-TO
    #[arg(long = "port", visible_alias = "sport", value_name = "PORT")]
    #[arg(value_delimiter = ',', value_parser = local_port, add = live_values::ports())]
    ports: Vec<Port>,
    /// Only sockets with this peer port
    #[arg(long = "remote-port", visible_alias = "dport", value_name = "PORT")]
    #[arg(value_delimiter = ',', value_parser = remote_port)]
    remote_ports: Vec<Port>,
    /// Only sockets with this local address: ADDRESS, ADDRESS/BITS or ADDRESS:PORT
    #[arg(long, visible_alias = "src", value_name = "ADDRESS")]
    #[arg(value_delimiter = ',', value_parser = local)]
    local: Vec<Filter>,
    /// Only sockets with this peer address
    #[arg(long, visible_alias = "dst", value_name = "ADDRESS")]
    #[arg(value_delimiter = ',', value_parser = remote)]
    remote: Vec<Filter>,
    /// Only sockets owned by a process with this name; * matches anything. Where the kernel has cut
    /// the name at 15 bytes, also the whole name in its program's path or command line
    #[arg(long = "process", visible_alias = "comm", value_name = "NAME", value_parser = comm)]
    #[arg(add = live_values::commands())]
    commands: Vec<Comm>,
    /// Only sockets owned by a process in this systemd unit, with or without .service; * matches anything
    #[arg(long = "unit", value_name = "NAME", value_parser = unit, add = live_values::units())]
    units: Vec<Filter>,
    /// Only sockets owned by a process in this container: its ID, the first 12 digits of that, or its name
    #[arg(long = "container", value_name = "ID", value_parser = container)]
    #[arg(add = live_values::containers())]
    containers: Vec<Filter>,
    /// Only sockets owned by a process in this pod, by its UID
    #[arg(long = "pod", value_name = "UID", value_parser = pod, add = live_values::pods())]
    pods: Vec<Filter>,
    /// Only sockets of this user: a UID, or a name in /etc/passwd
    #[arg(long = "uid", value_name = "UID", value_delimiter = ',', value_parser = uid)]
    #[arg(add = live_values::users())]
    users: Vec<Filter>,
    /// Only sockets created in this cgroup (v2), by path
    #[arg(long = "cgroup", value_name = "PATH", value_parser = cgroup)]
    cgroups: Vec<Filter>,
}

/// The words of conditions that name a process, what it runs in, or a port.
const NAMING: [&str; 7] = ["comm", "pid", "unit", "container", "pod", "sport", "dport"];

impl Conditions {
    /// The conjunction of all conditions on sockets of these kinds, if there are any.
    pub(crate) fn filter(&self, kinds: Kinds) -> Result<Option<Filter>, Error> {
        let any = |filters: &[Filter]| filters.iter().cloned().reduce(Filter::or);
        let maybe_command = self.only_word().is_some();
        let typed = match &self.words[..] {
            [] => None,
            words => {
                let parsed = Filter::parse_for(&words.join(" "), kinds);
                Some(parsed.map_err(|error| Error::Filter { maybe_command, error })?)
            }
        };
        let read = match &self.filter_file {
            Some(file) => from_file(file, kinds)?,
            None => None,
        };
        let port = |ports: &[Port]| ports.iter().map(|port| port.filter.clone()).reduce(Filter::or);
        let local_port = if self.local_port().is_some() { None } else { port(&self.ports) };
        let ports = [local_port, port(&self.remote_ports)];
        let commands: Vec<Filter> = self.commands.iter().map(|comm| comm.filter.clone()).collect();
        let Conditions { local, remote, units, containers, pods, users, cgroups, .. } = self;
        let options = [local, remote, &commands, units, containers, pods, users, cgroups];
        let options = options.into_iter().map(|filters| any(filters));
        let expressions = typed.into_iter().chain(read);
        Ok(expressions.chain(ports.into_iter().chain(options).flatten()).reduce(Filter::and))
    }

    /// The local port, if exactly one is given. The kernel can select it.
    pub(crate) fn local_port(&self) -> Option<u16> {
        match &self.ports[..] {
            [port] => port.number,
            _ => None,
        }
    }

    /// Whether they name a process, what it runs in, or a port.
    pub(crate) fn name_something(&self) -> bool {
        let is_named = |word: &str| NAMING.contains(&word);
        let texts = self.words.iter().cloned().chain(self.read());
        let words: Vec<String> = texts
            .flat_map(|text| {
                let words = text.split(|c: char| !c.is_alphabetic());
                words.map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        let is_port = !self.ports.is_empty() || !self.remote_ports.is_empty();
        let within = [&self.units, &self.containers, &self.pods];
        let is_within = within.iter().any(|filters| !filters.is_empty());
        is_port || is_within || !self.commands.is_empty() || words.iter().any(|word| is_named(word))
    }

    /// The same for every process whose name begins with a given one; `None` if none is given, or
    /// every one is a pattern.
    pub(crate) fn with_prefixes(&self) -> Option<Conditions> {
        let is_name = |comm: &&Comm| !comm.text.contains('*');
        self.commands.iter().find(is_name)?;
        let prefix = |comm: &Comm| match is_name(&comm) {
            true => self::comm(&format!("{}*", comm.text)).ok(),
            false => Some(comm.clone()),
        };
        let commands = self.commands.iter().filter_map(prefix).collect();
        Some(Conditions { commands, ..self.clone() })
    }

    /// Whether the expression begins with states, which replace those of options in ss.
    pub(crate) fn begins_with_states(&self) -> bool {
        let begins = |text: &str| {
            let first = text.split_whitespace().next();
            matches!(first, Some("state" | "exclude" | "excl"))
        };
        begins(&self.words.join(" ")) || self.read().is_some_and(|text| begins(&text))
    }

    /// The expression in the file, if it can be read.
    fn read(&self) -> Option<String> {
        self.filter_file.as_ref().and_then(|file| file.expression().ok())
    }

    /// The only word of the expression, which may be a mistyped subcommand.
    pub(crate) fn only_word(&self) -> Option<&str> {
        match &self.words[..] {
            [word] if !word.contains(char::is_whitespace) => Some(word),
            _ => None,
        }
    }
}

fn filter_file() -> ValueParser {
    clap::builder::PathBufValueParser::new().map(FilterFile::at).into()
}

/// The filter in a file, if it has one.
fn from_file(file: &FilterFile, kinds: Kinds) -> Result<Option<Filter>, Error> {
    let expression = file.expression()?;
    if expression.trim().is_empty() {
        return Ok(None);
    }
    let parsed = Filter::parse_for(&expression, kinds);
    let invalid = |error: FilterError| {
        let (name, text) = (file.name(), file.text().unwrap_or_default().to_owned());
        Error::FilterInFile { file: name, text, error }
    };
    parsed.map(Some).map_err(invalid)
}

/// Parses the value of an option as the end of an expression.
fn parsed(words: &str, text: &str) -> Result<Filter, String> {
    let error = |error: FilterError| format!("expected {}", error.expected());
    format!("{words}{text}").parse().map_err(error)
}

/// A port or a range of ports.
#[derive(Clone, Debug)]
struct Port {
    number: Option<u16>,
    filter: Filter,
}

fn port(end: &str, text: &str) -> Result<Port, String> {
    let range = text.split_once('-').and_then(|(from, to)| {
        let (from, to): (u16, u16) = (from.parse().ok()?, to.parse().ok()?);
        (from <= to).then_some((from, to))
    });
    let filter = match range {
        Some((from, to)) => parsed("", &format!("{end} >= :{from} and {end} <= :{to}"))?,
        None => parsed(&format!("{end} = :"), text)?,
    };
    Ok(Port { number: text.parse().ok(), filter })
}

fn local_port(text: &str) -> Result<Port, String> {
    port("sport", text)
}

fn remote_port(text: &str) -> Result<Port, String> {
    port("dport", text)
}

fn local(text: &str) -> Result<Filter, String> {
    parsed("src ", text)
}

fn remote(text: &str) -> Result<Filter, String> {
    parsed("dst ", text)
}

/// The name of a process.
#[derive(Clone, Debug)]
struct Comm {
    text: String,
    filter: Filter,
}

fn comm(text: &str) -> Result<Comm, String> {
    Ok(Comm { text: text.to_owned(), filter: Filter::comm(text) })
}

fn uid(text: &str) -> Result<Filter, String> {
    let number = text.parse().ok().or_else(|| {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        number_of(text, &users)
    });
    number.map(Filter::uid).ok_or_else(|| "expected a number, or a user in /etc/passwd".to_owned())
}

/// The UID of a user, from a file in the format of passwd(5).
fn number_of(name: &str, users: &str) -> Option<u32> {
    let mut users = users.lines().map(|line| line.split(':'));
    users.find_map(|mut columns| {
        columns.next().filter(|user| *user == name).and(columns.nth(1)?.parse().ok())
    })
}

fn unit(text: &str) -> Result<Filter, String> {
    Ok(Filter::unit(text))
}

fn container(text: &str) -> Result<Filter, String> {
    Ok(Filter::container(text))
}

fn pod(text: &str) -> Result<Filter, String> {
    Ok(Filter::pod(text))
}

fn cgroup(text: &str) -> Result<Filter, String> {
    Ok(Filter::control_group_at(text))
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn a_user_is_found_by_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nweb:x:33:33::/:/bin/false\n";
        assert_eq!(number_of("web", users), Some(33));
        assert_eq!(number_of("root", users), Some(0));
        assert_eq!((number_of("x", users), number_of("broken", users)), (None, None));
    }
}
