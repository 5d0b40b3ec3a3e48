//! Waiting for the next refresh, or for a key, a signal or the end of the output pipe before it.

use std::{
    ffi::c_int,
    fs::File,
    io::{self, Read as _},
    os::{
        fd::{AsFd as _, BorrowedFd},
        unix::net::UnixStream,
    },
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH},
    flag,
    low_level::pipe,
};

use super::keys::{self, Key};

/// What follows within this time belongs to the same key; else it was the escape key.
const WITHIN_KEY: Duration = Duration::from_millis(30);

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A refresh is due.
    Tick,
    /// The descriptor that was waited for can be read.
    Readable,
    /// The screen has to be redrawn.
    Redraw,
    /// Keys were pressed: see [`Ticker::take_keys`].
    Keys,
    /// Ctrl-Z.
    Pause,
    /// Ctrl-C, or the time is over.
    Quit,
    /// The output pipe was closed.
    Closed,
    /// Ctrl-\\: as `Quit`, but by that signal.
    Abort,
}

pub(crate) struct Ticker {
    every: Duration,
    next: Instant,
    /// When the last wait ends.
    end: Option<Instant>,
    /// Each receives a byte per signal. None without a screen: signals then end the process, as
    /// there is no terminal to restore.
    signals: Vec<(UnixStream, Wake)>,
    keys: bool,
    /// What of the keys was read and not decoded: the start of one.
    bytes: Vec<u8>,
    pressed: Vec<Key>,
}

impl Ticker {
    pub(crate) fn new(every: Duration) -> Ticker {
        let (next, end, signals) = (Instant::now(), None, Vec::new());
        let (bytes, pressed) = (Vec::new(), Vec::new());
        Ticker { every, next, end, signals, keys: false, bytes, pressed }
    }

    /// With an end: waits then end with [`Wake::Quit`].
    pub(crate) fn for_at_most(mut self, time: Option<Duration>) -> Ticker {
        self.end = time.and_then(|time| Instant::now().checked_add(time));
        self
    }

    /// Without a screen, waits end with the first signal that asks to quit; the next one ends the
    /// process, as the output may be stuck.
    pub(crate) fn until_signal(mut self) -> io::Result<Ticker> {
        let is_second = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register_conditional_default(signal, is_second.clone())?;
            flag::register(signal, is_second.clone())?;
            self.register(signal, Wake::Quit)?;
        }
        Ok(self)
    }

    /// With a screen, which handles signals and keys.
    pub(crate) fn on_screen(mut self, keys: bool) -> io::Result<Ticker> {
        self.keys = keys;
        let acts = [
            (SIGINT, Wake::Quit),
            (SIGTERM, Wake::Quit),
            (SIGHUP, Wake::Quit),
            (SIGQUIT, Wake::Abort),
            (SIGTSTP, Wake::Pause),
            (SIGWINCH, Wake::Redraw),
        ];
        for (signal, wake) in acts {
            self.register(signal, wake)?;
        }
        Ok(self)
    }

    fn register(&mut self, signal: c_int, wake: Wake) -> io::Result<()> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        pipe::register(signal, theirs)?;
        self.signals.push((ours, wake));
        Ok(())
    }

    /// Schedules the next refresh one interval after this one was due. Missed ones are not made
    /// up for.
    pub(crate) fn advance(&mut self) {
        self.next = (self.next + self.every).max(Instant::now());
    }

    /// Waits for the next refresh or event.
    pub(crate) fn wait(&mut self) -> io::Result<Wake> {
        self.wait_or_read(None)
    }

    /// The same; `None` if this time is over before.
    pub(crate) fn wait_at_most(&mut self, time: Option<Duration>) -> io::Result<Option<Wake>> {
        self.wait_until(time.and_then(|time| Instant::now().checked_add(time)), None)
    }

    /// Waits for the next refresh or event, or until this can be read.
    pub(crate) fn wait_or_read(&mut self, input: Option<BorrowedFd<'_>>) -> io::Result<Wake> {
        loop {
            if let Some(wake) = self.wait_until(None, input)? {
                return Ok(wake);
            }
        }
    }

    fn wait_until(
        &mut self,
        limit: Option<Instant>,
        input: Option<BorrowedFd<'_>>,
    ) -> io::Result<Option<Wake>> {
        loop {
            let now = Instant::now();
            if self.end.is_some_and(|end| end <= now) {
                return Ok(Some(Wake::Quit));
            }
            let left = self.next.saturating_duration_since(now);
            if left.is_zero() {
                return Ok(Some(Wake::Tick));
            }
            if limit.is_some_and(|limit| limit <= now) {
                return Ok(None);
            }
            let left = [self.end, limit]
                .into_iter()
                .flatten()
                .fold(left, |left, limit| left.min(limit.saturating_duration_since(now)));
            if let Some(wake) = self.event(Some(left), None, input)? {
                return Ok(Some(wake));
            }
        }
    }

    /// Waits until a file can be written; returns the event that comes before, if it leads away
    /// from the screen.
    pub(super) fn writable(&mut self, out: &File) -> io::Result<Option<Wake>> {
        let wake = self.event(None, Some(out), None)?;
        Ok(wake.filter(|wake| !matches!(wake, Wake::Tick | Wake::Readable | Wake::Redraw)))
    }

    /// Waits for an event, for a file that can be written, or for input, at most this long.
    fn event(
        &mut self,
        most: Option<Duration>,
        out: Option<&File>,
        input: Option<BorrowedFd<'_>>,
    ) -> io::Result<Option<Wake>> {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let mut fds: Vec<PollFd<'_>> =
            self.signals.iter().map(|(pipe, _)| PollFd::new(pipe, PollFlags::IN)).collect();
        // Errors, such as a closed pipe, are always reported.
        fds.push(match out {
            Some(out) => PollFd::new(out, PollFlags::OUT),
            None => PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::empty()),
        });
        if let Some(input) = input {
            fds.push(PollFd::from_borrowed_fd(input, PollFlags::IN));
        }
        if self.keys {
            fds.push(PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN));
        }
        let most = most.and_then(|most| Timespec::try_from(most).ok());
        match poll(&mut fds, most.as_ref()) {
            Ok(0) | Err(Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let happened: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        let (signals, ends) = happened.split_at(self.signals.len());
        let (out, inputs) =
            ends.split_first().map_or((PollFlags::empty(), ends), |(out, inputs)| (*out, inputs));
        let (input, keys) = inputs.split_at(usize::from(input.is_some()));
        for ((pipe, wake), flags) in self.signals.iter_mut().zip(signals) {
            if flags.contains(PollFlags::IN) {
                let _ = pipe.read(&mut [0; 64]);
                return Ok(Some(*wake));
            }
        }
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        match (keys, input) {
            _ if out.intersects(gone) => Ok(Some(Wake::Closed)),
            ([keys], _) if !keys.is_empty() => Ok(self.key()),
            (_, [input]) if !input.is_empty() => Ok(Some(Wake::Readable)),
            _ => Ok(None),
        }
    }

    /// Reads the keys that were pressed.
    fn key(&mut self) -> Option<Wake> {
        let mut keys = [0; 64];
        // Unbuffered: poll does not report what a buffer already holds.
        loop {
            match rustix::io::read(io::stdin(), &mut keys) {
                // The terminal is gone, and its signal may be ignored.
                Ok(0) | Err(_) => return Some(Wake::Quit),
                Ok(count) => self.bytes.extend_from_slice(&keys[..count]),
            }
            let (pressed, used) = keys::decode(&self.bytes);
            self.pressed.extend(pressed);
            self.bytes.drain(..used);
            if self.bytes.is_empty() {
                break;
            }
            let stdin = io::stdin();
            let mut rest = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
            if poll(&mut rest, Timespec::try_from(WITHIN_KEY).ok().as_ref()) != Ok(1) {
                self.pressed.push(Key::Escape);
                self.bytes.clear();
                break;
            }
        }
        Some(Wake::Keys)
    }

    /// The keys pressed since the last call.
    pub(crate) fn take_keys(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.pressed)
    }
}
