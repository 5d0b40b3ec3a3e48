//! Sockets that began and ended, as columns.

mod columns;
mod programs;
mod recorder;
mod row;
mod span;
mod span_columns;

pub use self::{
    columns::EventColumns,
    recorder::EventRecorder,
    row::{EventNumbers, EventRow},
    span::{EventSource, EventSpan, Subscription},
    span_columns::EventSpanColumns,
};
