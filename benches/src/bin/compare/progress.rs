//! Progress on standard error: lines, and on a terminal a bar.

use std::{
    fmt,
    io::{IsTerminal as _, Write as _, stderr},
};

/// Prints a line.
pub(crate) fn log(line: fmt::Arguments<'_>) {
    eprintln!("{line}");
}

/// How much of the work is done.
#[derive(Debug)]
pub(crate) struct Bar {
    all: usize,
    done: usize,
    on_terminal: bool,
}

impl Bar {
    pub(crate) fn new(all: usize) -> Bar {
        Bar { all, done: 0, on_terminal: stderr().is_terminal() }
    }

    /// Prints a line above the bar.
    pub(crate) fn log(&self, line: fmt::Arguments<'_>) {
        self.clear();
        log(line);
    }

    fn clear(&self) {
        if self.on_terminal {
            eprint!("\r\x1B[K");
        }
    }

    /// Shows the next step, on a terminal.
    pub(crate) fn next(&mut self, what: &str) {
        const WIDTH: usize = 30;
        let Bar { all, done, .. } = *self;
        self.done += 1;
        if self.on_terminal {
            let full = done * WIDTH / all.max(1);
            let (full, rest) = ("#".repeat(full), ".".repeat(WIDTH - full));
            eprint!("\r\x1B[K[{full}{rest}] {done}/{all} {what}");
            let _ = stderr().flush();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}
