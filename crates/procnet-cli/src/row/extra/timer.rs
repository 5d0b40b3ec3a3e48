//! -o: the running timer.

use procnet::{Socket, decode::table::inet::Timer};
use serde::Serialize;

use super::{ExtraColumn, text};
use crate::output::{Keep, Shape};

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::program("timer", |attributes| {
        Some(TimerForm::of(attributes.socket).timer?.to_owned())
    }),
    ExtraColumn::program("timer_ms", |attributes| text(TimerForm::of(attributes.socket).timer_ms)),
    ExtraColumn::program("timer_retransmits", |attributes| {
        text(TimerForm::of(attributes.socket).timer_retransmits)
    }),
    ExtraColumn::people(("Timer", Shape::Word, Keep::Always), |attributes| {
        TimerForm::of(attributes.socket).shown()
    }),
];

/// As programs read it: all null if no timer is running.
#[derive(Debug, Default, Serialize)]
pub(super) struct TimerForm {
    timer: Option<&'static str>,
    timer_ms: Option<u64>,
    timer_retransmits: Option<u32>,
}

impl TimerForm {
    pub(super) fn of(socket: &Socket<'_>) -> TimerForm {
        let Some(timer) = socket.timer() else { return TimerForm::default() };
        TimerForm {
            timer: Some(name(timer.kind)),
            timer_ms: u64::try_from(timer.expires.as_millis()).ok(),
            timer_retransmits: Some(timer.retransmits),
        }
    }

    /// `keepalive 7.2s`, and the retransmissions, if any: ` x3`.
    fn shown(&self) -> Option<String> {
        let (timer, milliseconds) = (self.timer?, self.timer_ms?);
        let retransmits = match self.timer_retransmits {
            None | Some(0) => String::new(),
            Some(times) => format!(" x{times}"),
        };
        Some(format!("{timer} {}{retransmits}", duration(milliseconds)))
    }
}

/// A time in the unit that fits it.
fn duration(milliseconds: u64) -> String {
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
    use super::duration;

    #[test]
    fn a_time_is_printed_in_the_unit_that_fits_it() {
        let times = [(7, "7ms"), (7_250, "7.2s"), (67_000, "1m07s"), (7_260_000, "2h01m")];
        for (milliseconds, text) in times {
            assert_eq!(duration(milliseconds), text);
        }
    }
}
