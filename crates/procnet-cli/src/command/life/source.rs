//! How ends are learned of: those of TCP sockets by BPF, those of UDP sockets by notifications, or
//! all by notifications.

use std::os::fd::{AsFd as _, BorrowedFd};

use procnet::{Kinds, Scanner};

use super::{bpf::Bpf, missing::Missing, notifications::Notifications};
use crate::{
    args::{EventSource, Life},
    command::{first_uses::FirstUses, readable::Readable},
    error::Error,
    messages::{message, why_no_bpf},
    row::LifeRow,
};

pub(super) struct Source {
    bpf: Option<Bpf>,
    notifications: Option<Notifications>,
    /// Either of them.
    readable: Readable,
    first_uses: FirstUses,
}

impl Source {
    /// Subscribes, and returns whether notifications replace BPF, which is then reported.
    pub(super) fn subscribe(scanner: &mut Scanner, args: &Life) -> Result<(Source, bool), Error> {
        let kinds = args.kinds()?;
        let by_bpf = if args.first_use { kinds } else { kinds & Kinds::TCP };
        let bpf = match args.event_source {
            EventSource::Netlink if args.first_use => return Err(Error::FirstUseByBpf),
            EventSource::Netlink => None,
            EventSource::Bpf if by_bpf != kinds => return Err(Error::LifeBpfKinds),
            EventSource::Bpf => Some(Bpf::subscribe(scanner, args, by_bpf)),
            // Of UDP, it has the first use only.
            EventSource::Auto if by_bpf.is_empty() => None,
            EventSource::Auto => Some(Bpf::subscribe(scanner, args, by_bpf)),
        };
        let (bpf, refused) = match bpf {
            Some(Err(error)) if args.event_source == EventSource::Bpf => return Err(error),
            Some(Err(error)) => (None, Some(error)),
            Some(Ok(bpf)) => (Some(bpf), None),
            None => (None, None),
        };
        let others = if bpf.is_some() { kinds - Kinds::TCP } else { kinds };
        // An error of both is that of this.
        let notifications = (!others.is_empty())
            .then(|| Notifications::subscribe(scanner, args, others))
            .transpose()?;
        refused.iter().for_each(report);
        let fds = [bpf.as_ref().map(Bpf::as_fd), notifications.as_ref().map(Notifications::as_fd)];
        let readable = Readable::of(fds.into_iter().flatten()).map_err(Error::Notifications)?;
        let first_uses = FirstUses::new();
        Ok((Source { bpf, notifications, readable, first_uses }, refused.is_some()))
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.readable.as_fd()
    }

    /// Whether what ends has to be seen before.
    pub(super) fn needs_looks(&self) -> bool {
        self.notifications.is_some()
    }

    /// Looks at what is there, for the first time.
    pub(super) fn first_look(&mut self, scanner: &mut Scanner) -> Result<(), Error> {
        self.bpf.as_mut().map_or(Ok(()), |bpf| bpf.look(scanner))?;
        self.look(scanner)
    }

    /// Looks at what is there.
    pub(super) fn look(&mut self, scanner: &mut Scanner) -> Result<(), Error> {
        self.notifications.as_mut().map_or(Ok(()), |notifications| notifications.look(scanner))
    }

    /// Passes what has ended to `each`, with whether it matches. Returns whether more may be waiting.
    pub(super) fn read(
        &mut self,
        mut each: impl FnMut(LifeRow, Option<bool>),
    ) -> Result<bool, Error> {
        let Source { bpf, notifications, first_uses, .. } = self;
        // The first use of what has ended was reported before.
        let more_ended = notifications.as_mut().map_or(Ok(false), Notifications::receive)?;
        let more = bpf.as_mut().map_or(Ok(false), |bpf| bpf.read(first_uses, &mut each))?;
        if let Some(notifications) = notifications {
            notifications.pass(first_uses, each);
        }
        Ok(more || more_ended)
    }

    /// Adds what is missing.
    pub(super) fn missing(&self, missing: &mut Missing) {
        if let Some(bpf) = &self.bpf {
            bpf.missing(missing);
        }
        if let Some(notifications) = &self.notifications {
            notifications.missing(missing);
        }
    }
}

/// Reports why there is no BPF, what is unknown because of that, and what would help.
fn report(error: &Error) {
    let (reason, help) = why_no_bpf(error);
    message!("no events by BPF: {reason}");
    message!("durations and the owners of short connections are unknown");
    if let Some(help) = help {
        message!("{help}");
    }
}
