//! The network namespaces of a visit, and what is missing of them.

use std::fmt;

use super::{Failure, Report};
use crate::{list::List, netns::Namespace};

/// The network namespaces of a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Namespaces {
    /// The number of namespaces visited.
    pub visited: u64,
    /// The number of namespaces that were found, but had ended before they were visited.
    pub vanished: u64,
    /// Namespaces that could not be visited, and why.
    pub hidden: List<(Namespace, Failure), 2>,
    /// Processes whose network namespace is unknown. If one of them is in a namespace in which no
    /// other process was found, that namespace was not visited.
    pub unknown: u64,
    /// Whether all namespaces were requested, and those of processes that are [not
    /// listed](super::Processes::unlisted) were not found.
    pub unlisted: bool,
    /// Whether all namespaces were requested, and there may be some with processes outside [the pid
    /// namespace](super::Processes::contained) only. They are not missing from the answer: what was
    /// requested is every namespace that is visible from here.
    pub contained: bool,
    /// Namespaces of those visited that nothing but their sockets shows, as a [BPF
    /// iterator](crate::Source::Bpf) has seen them: no process is in them, and no file refers to them.
    /// They cannot be entered, so only sockets that a descriptor holds were reported of them.
    pub by_descriptors: u64,
}

impl Namespaces {
    pub(crate) fn hide(&mut self, namespace: &Namespace, failure: Failure) {
        self.hidden.push((namespace.clone(), failure));
    }

    pub(super) fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        let Namespaces {
            visited: _,
            vanished: _,
            hidden,
            unknown,
            unlisted,
            contained: _,
            by_descriptors,
        } = self;
        for (namespace, failure) in hidden {
            report(format_args!("network namespace {namespace}: cannot be entered ({failure})"))?;
        }
        match unknown {
            0 => {}
            1 => report(format_args!("1 process: its network namespace is unknown"))?,
            more => report(format_args!("{more} processes: their network namespaces are unknown"))?,
        }
        match by_descriptors {
            0 => {}
            1 => report(format_args!(
                "1 network namespace cannot be entered: sockets in it without a descriptor are not \
                 seen"
            ))?,
            more => report(format_args!(
                "{more} network namespaces cannot be entered: sockets in them without a descriptor \
                 are not seen"
            ))?,
        }
        if *unlisted {
            report(format_args!(
                "processes of other users are not listed in this /proc: their network namespaces \
                 are unknown"
            ))?;
        }
        Ok(())
    }
}

/// One line for each thing that is missing.
impl fmt::Display for Namespaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each_gap(&mut |gap| writeln!(f, "{gap}"))
    }
}
