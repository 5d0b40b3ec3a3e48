//! Event spans as columns.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{BooleanBuilder, Int64Builder, ListBuilder, StringBuilder, UInt64Builder},
};
use procnet::Kinds;

use super::EventSpan;
use crate::{Written, error::Error, moments::moments, schema};

/// Event spans as columns.
#[derive(Debug)]
pub struct EventSpanColumns {
    host: StringBuilder,
    boot_id: StringBuilder,
    time: Vec<i64>,
    writer: Vec<i64>,
    sequence: UInt64Builder,
    uptime: UInt64Builder,
    clock_step: Int64Builder,
    end_time: Vec<i64>,
    duration: UInt64Builder,
    source: StringBuilder,
    births: ListBuilder<StringBuilder>,
    ends: ListBuilder<StringBuilder>,
    all_namespaces: BooleanBuilder,
    netns: UInt64Builder,
    scope: StringBuilder,
    events: UInt64Builder,
    lost_births: UInt64Builder,
    lost_ends: UInt64Builder,
    undecodable: UInt64Builder,
    complete: BooleanBuilder,
    gaps: ListBuilder<StringBuilder>,
    lost: UInt64Builder,
}

impl Default for EventSpanColumns {
    fn default() -> EventSpanColumns {
        EventSpanColumns::new()
    }
}

impl EventSpanColumns {
    /// No rows.
    #[must_use]
    pub fn new() -> EventSpanColumns {
        let texts = || ListBuilder::new(StringBuilder::new()).with_field(schema::text_item());
        EventSpanColumns {
            host: StringBuilder::new(),
            boot_id: StringBuilder::new(),
            time: Vec::new(),
            writer: Vec::new(),
            sequence: UInt64Builder::new(),
            uptime: UInt64Builder::new(),
            clock_step: Int64Builder::new(),
            end_time: Vec::new(),
            duration: UInt64Builder::new(),
            source: StringBuilder::new(),
            births: texts(),
            ends: texts(),
            all_namespaces: BooleanBuilder::new(),
            netns: UInt64Builder::new(),
            scope: StringBuilder::new(),
            events: UInt64Builder::new(),
            lost_births: UInt64Builder::new(),
            lost_ends: UInt64Builder::new(),
            undecodable: UInt64Builder::new(),
            complete: BooleanBuilder::new(),
            gaps: texts(),
            lost: UInt64Builder::new(),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// Adds a span.
    pub fn push(&mut self, span: &EventSpan, written: &Written) {
        let names = |kinds: Kinds| kinds.iter().map(|kind| Some(kind.name()));
        let subscription = &span.subscription;
        self.host.append_value(&span.host.name);
        self.boot_id.append_option(span.host.boot_id.as_deref());
        self.time.push(span.time);
        self.writer.push(written.writer);
        self.sequence.append_value(written.sequence);
        self.uptime.append_value(span.uptime);
        self.clock_step.append_option(written.clock_step);
        self.end_time.push(span.end_time);
        self.duration.append_value(span.duration);
        self.source.append_value(subscription.source.name());
        self.births.append_value(names(subscription.births));
        self.ends.append_value(names(subscription.ends));
        self.all_namespaces.append_value(subscription.all_namespaces);
        self.netns.append_option(subscription.netns);
        self.scope.append_option(subscription.scope.as_deref());
        self.events.append_value(span.events);
        self.lost_births.append_value(span.lost_births);
        self.lost_ends.append_value(span.lost_ends);
        self.undecodable.append_value(span.undecodable);
        self.complete.append_value(span.complete);
        self.gaps.append_value(span.gaps.iter().map(Some));
        self.lost.append_value(written.lost);
    }

    /// Takes the rows.
    ///
    /// # Errors
    ///
    /// If there is more text than Arrow's offsets of 32 bits can count.
    pub fn take(&mut self) -> Result<RecordBatch, Error> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.host.finish()),
            Arc::new(self.boot_id.finish()),
            moments(std::mem::take(&mut self.time)),
            moments(std::mem::take(&mut self.writer)),
            Arc::new(self.sequence.finish()),
            Arc::new(self.uptime.finish()),
            Arc::new(self.clock_step.finish()),
            moments(std::mem::take(&mut self.end_time)),
            Arc::new(self.duration.finish()),
            Arc::new(self.source.finish()),
            Arc::new(self.births.finish()),
            Arc::new(self.ends.finish()),
            Arc::new(self.all_namespaces.finish()),
            Arc::new(self.netns.finish()),
            Arc::new(self.scope.finish()),
            Arc::new(self.events.finish()),
            Arc::new(self.lost_births.finish()),
            Arc::new(self.lost_ends.finish()),
            Arc::new(self.undecodable.finish()),
            Arc::new(self.complete.finish()),
            Arc::new(self.gaps.finish()),
            Arc::new(self.lost.finish()),
        ];
        Ok(RecordBatch::try_new(schema::event_spans(), columns)?)
    }
}
