//! How ends are learned of.

use std::{error::Error as _, os::fd::BorrowedFd};

use procnet::{Scanner, coverage::NoBpf};

use super::{bpf::Bpf, missing::Missing, notifications::Notifications};
use crate::{
    args::{EventSource, Life},
    error::Error,
    messages::message,
    row::LifeRow,
};

pub(super) enum Source {
    Bpf(Bpf),
    Notifications(Notifications),
}

impl Source {
    /// Subscribes, and returns whether notifications replace BPF, which is then reported.
    pub(super) fn subscribe(scanner: &mut Scanner, args: &Life) -> Result<(Source, bool), Error> {
        let refused = match args.event_source {
            EventSource::Netlink => None,
            EventSource::Bpf => return Ok((Source::Bpf(Bpf::subscribe(scanner, args)?), false)),
            EventSource::Auto => match Bpf::subscribe(scanner, args) {
                Ok(bpf) => return Ok((Source::Bpf(bpf), false)),
                Err(error) => Some(error),
            },
        };
        // An error of both is that of this.
        let notifications = Notifications::subscribe(scanner, args)?;
        match &refused {
            None => {}
            // It cannot be otherwise.
            Some(Error::LifeBpfKinds) => return Ok((Source::Notifications(notifications), false)),
            Some(error) => report(error),
        }
        Ok((Source::Notifications(notifications), refused.is_some()))
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Source::Bpf(bpf) => bpf.as_fd(),
            Source::Notifications(notifications) => notifications.as_fd(),
        }
    }

    /// Whether what ends has to be seen before.
    pub(super) fn needs_looks(&self) -> bool {
        matches!(self, Source::Notifications(_))
    }

    /// Looks at what is there.
    pub(super) fn look(&mut self, scanner: &mut Scanner) -> Result<(), Error> {
        match self {
            Source::Bpf(bpf) => bpf.look(scanner),
            Source::Notifications(notifications) => notifications.look(scanner),
        }
    }

    /// Passes what has ended to `each`, with whether it matches. Returns whether more may be waiting.
    pub(super) fn read(&mut self, each: impl FnMut(LifeRow, Option<bool>)) -> Result<bool, Error> {
        match self {
            Source::Bpf(bpf) => bpf.read(each),
            Source::Notifications(notifications) => notifications.read(each),
        }
    }

    /// Adds what is missing.
    pub(super) fn missing(&self, missing: &mut Missing) {
        match self {
            Source::Bpf(bpf) => bpf.missing(missing),
            Source::Notifications(notifications) => notifications.missing(missing),
        }
    }
}

/// Reports why there is no BPF, what is unknown because of that, and what would help.
fn report(error: &Error) {
    let reason = match error.source().and_then(|cause| cause.downcast_ref::<NoBpf>()) {
        Some(why) => why.to_string(),
        None => error.to_string(),
    };
    message!("no events by BPF: {reason}");
    message!("durations and the owners of short connections are unknown");
    let why = error.source().and_then(|cause| cause.downcast_ref::<NoBpf>());
    if let Some(NoBpf::Refused(refusal)) = why {
        message!("{}", refusal.help());
    }
}
