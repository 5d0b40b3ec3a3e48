//! -o: the timer that runs.

use procnet::{Socket, core::table::inet::Timer};
use serde::Serialize;

use super::{Extra, text};
use crate::output::{Keep, Shape};

pub(super) const EXTRAS: &[Extra] = &[
    Extra::program("timer", |facts| Some(Form::of(facts.socket).timer?.to_owned())),
    Extra::program("timer_ms", |facts| text(Form::of(facts.socket).timer_ms)),
    Extra::program("timer_retransmits", |facts| text(Form::of(facts.socket).timer_retransmits)),
    Extra::people(("Timer", Shape::Word, Keep::Always), |facts| Form::of(facts.socket).shown()),
];

/// As programs read it: all null where no timer runs.
#[derive(Debug, Default, Serialize)]
pub(super) struct Form {
    timer: Option<&'static str>,
    timer_ms: Option<u64>,
    timer_retransmits: Option<u32>,
}

impl Form {
    pub(super) fn of(socket: &Socket<'_>) -> Form {
        let Some(timer) = socket.timer() else { return Form::default() };
        Form {
            timer: Some(name(timer.kind)),
            timer_ms: u64::try_from(timer.expires.as_millis()).ok(),
            timer_retransmits: Some(timer.retransmits),
        }
    }

    /// `keepalive 7.2s`, and how often it has led to another try, if it has.
    fn shown(&self) -> Option<String> {
        let (timer, milliseconds) = (self.timer?, self.timer_ms?);
        let again = match self.timer_retransmits {
            None | Some(0) => String::new(),
            Some(times) => format!(" x{times}"),
        };
        Some(format!("{timer} {}{again}", shown(milliseconds)))
    }
}

/// As short as it tells enough.
fn shown(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds}ms"),
        1_000..60_000 => format!("{}.{}s", milliseconds / 1000, milliseconds % 1000 / 100),
        60_000..3_600_000 => format!("{}m{:02}s", milliseconds / 60_000, milliseconds / 1000 % 60),
        _ => format!("{}h{:02}m", milliseconds / 3_600_000, milliseconds / 60_000 % 60),
    }
}

fn name(timer: Timer) -> &'static str {
    match timer {
        Timer::RETRANSMIT => "retransmit",
        Timer::KEEPALIVE => "keepalive",
        Timer::TIME_WAIT => "time-wait",
        Timer::PROBE => "probe",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn times_in_the_unit_that_suits_them() {
        let times = [(7, "7ms"), (7_250, "7.2s"), (67_000, "1m07s"), (7_260_000, "2h01m")];
        for (milliseconds, text) in times {
            assert_eq!(shown(milliseconds), text);
        }
    }
}
