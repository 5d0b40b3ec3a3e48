//! Rows, in the forms that output formats are made of.

use std::{os::unix::ffi::OsStrExt as _, path::Path};

use procnet::decode::escape::Escaped;

mod contexts;
mod count;
mod counter;
mod end_names;
mod event;
mod extra;
mod finding;
mod group;
mod killed;
mod life;
mod life_group;
mod marked;
mod note;
mod numbers;
mod owner_fields;
mod processes;
mod rate;
mod record;
mod since_look;
mod socket;
mod threads;
mod warnings;

pub(crate) use count::{CountRow, CountsRow};
pub(crate) use counter::CounterRow;
pub(crate) use event::{Ended, Ending, Event, Lived, Observed, direction};
pub(crate) use extra::Extras;
pub(crate) use finding::{Finding, Seen};
pub(crate) use group::{GroupRow, Since, Totals};
pub(crate) use killed::{Killed, KilledRow};
pub(crate) use life::{Lasted, LifeOwner, LifeRow};
pub(crate) use life_group::{LifeGroupRow, LifeTotals};
pub(crate) use marked::{Mark, MarkedRow};
pub(crate) use numbers::Numbers;
pub(crate) use owner_fields::{OwnerFields, short_id};
pub(crate) use rate::RateRow;
pub(crate) use record::{Columns, Record};
pub(crate) use since_look::{Age, SinceLook, Throughput};
pub(crate) use socket::SocketRow;
pub(crate) use warnings::Warnings;

/// A foreign name, escaped for printing.
pub(crate) fn escaped(name: impl AsRef<[u8]>) -> String {
    Escaped(name.as_ref()).to_string()
}

/// A path, escaped for printing.
pub(crate) fn escaped_path(path: &Path) -> String {
    escaped(path.as_os_str().as_bytes())
}
