//! A table that is redrawn in place on a terminal, and the events it waits for.
//!
//! The terminal is restored, also after an error, Ctrl-C, Ctrl-Z or a panic.

mod ticker;

use std::{
    fs::File,
    io::{self, IsTerminal as _, Write as _},
    os::fd::AsFd as _,
};

use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex, Termios};

pub(crate) use self::ticker::{Ticker, Wake};

/// The alternate screen, without a cursor (xterm's private modes 1049 and 25).
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l";
const LEAVE: &[u8] = b"\x1b[?25h\x1b[?1049l";

/// A terminal in use.
pub(crate) struct Screen {
    out: File,
    /// The former settings of standard input; `None` if it is not a terminal.
    before: Option<Termios>,
}

impl Screen {
    /// Takes the terminal of standard output; `None` if it is not a terminal.
    pub(crate) fn open() -> io::Result<Option<Screen>> {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return Ok(None);
        }
        let out = File::from(stdout.as_fd().try_clone_to_owned()?);
        let before = termios::tcgetattr(io::stdin()).ok();
        let mut screen = Screen { out, before };
        screen.enter()?;
        Ok(Some(screen))
    }

    /// Whether keys can be read.
    pub(crate) fn has_keys(&self) -> bool {
        self.before.is_some()
    }

    fn enter(&mut self) -> io::Result<()> {
        if let Some(before) = &self.before {
            let mut keys = before.clone();
            // Keys unbuffered and without echo. Ctrl-C and Ctrl-Z still send signals.
            keys.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            keys.special_codes[SpecialCodeIndex::VMIN] = 0;
            keys.special_codes[SpecialCodeIndex::VTIME] = 0;
            termios::tcsetattr(io::stdin(), OptionalActions::Now, &keys)?;
        }
        self.out.write_all(ENTER)
    }

    fn leave(&mut self) -> io::Result<()> {
        let left = self.out.write_all(LEAVE);
        if let Some(before) = &self.before {
            termios::tcsetattr(io::stdin(), OptionalActions::Now, before)?;
        }
        left
    }

    /// Stops the process on Ctrl-Z, until it is continued.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        use rustix::process::{Signal, getpid, kill_process};
        self.leave()?;
        kill_process(getpid(), Signal::STOP)?;
        self.enter()
    }

    /// Its columns and lines.
    pub(crate) fn size(&self) -> (usize, usize) {
        match terminal_size::terminal_size_of(&self.out) {
            Some((width, height)) if width.0 > 0 && height.0 > 0 => {
                (width.0.into(), height.0.into())
            }
            _ => (80, 24),
        }
    }

    /// Replaces the contents of the screen by these lines, as many as fit.
    pub(crate) fn show(&mut self, lines: &[u8]) -> io::Result<()> {
        let (_, height) = self.size();
        // In one write, to avoid flicker: from the top, clearing the rest of each line and of the
        // screen.
        let mut frame = b"\x1b[H".to_vec();
        for (at, line) in lines.split(|byte| *byte == b'\n').take(height).enumerate() {
            if at > 0 {
                frame.extend_from_slice(b"\r\n");
            }
            frame.extend_from_slice(line);
            frame.extend_from_slice(b"\x1b[K");
        }
        frame.extend_from_slice(b"\x1b[J");
        self.out.write_all(&frame)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A failure cannot be reported here.
        let _ = self.leave();
    }
}
