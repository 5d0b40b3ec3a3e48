//! The columns of events and event spans.

use arrow_schema::{
    DataType::{Boolean, FixedSizeBinary, Int64, List, UInt16, UInt32, UInt64, Utf8},
    Field,
};

use super::{IP_BYTES, always, few_words, maybe, moment, text_item, words};

pub(super) fn fields() -> Vec<Field> {
    vec![
        always("host", words()),
        maybe("boot_id", words()),
        always("time", moment()),
        maybe("uptime", UInt64),
        always("event", few_words()),
        always("source", few_words()),
        maybe("netns", UInt64),
        always("kind", few_words()),
        always("family", few_words()),
        maybe("state", few_words()),
        maybe("local_addr", words()),
        maybe("local_ip", FixedSizeBinary(IP_BYTES)),
        maybe("local_port", UInt16),
        maybe("remote_addr", words()),
        maybe("remote_ip", FixedSizeBinary(IP_BYTES)),
        maybe("remote_port", UInt16),
        maybe("uid", UInt32),
        maybe("inode", UInt64),
        maybe("cookie", UInt64),
        maybe("interface", UInt32),
        maybe("direction", few_words()),
        maybe("began", moment()),
        maybe("duration", UInt64),
        maybe("pid", UInt32),
        maybe("comm", words()),
        maybe("start_time", UInt64),
        maybe("exe", words()),
        maybe("unit", words()),
        maybe("container", words()),
        maybe("pod", words()),
        maybe("evidence", few_words()),
        maybe("bytes_sent", UInt64),
        maybe("bytes_received", UInt64),
        maybe("bytes_retrans", UInt64),
        maybe("bytes_acked", UInt64),
        maybe("segs_out", UInt32),
        maybe("segs_in", UInt32),
        maybe("total_retrans", UInt32),
        maybe("rtt", UInt32),
        maybe("min_rtt", UInt32),
        maybe("delivery_rate", UInt64),
        maybe("matches", Boolean),
        maybe("community_id", Utf8),
    ]
}

pub(super) fn span_fields() -> Vec<Field> {
    vec![
        always("host", Utf8),
        maybe("boot_id", Utf8),
        always("time", moment()),
        always("writer", moment()),
        always("sequence", UInt64),
        always("uptime", UInt64),
        maybe("clock_step", Int64),
        always("end_time", moment()),
        always("duration", UInt64),
        always("source", Utf8),
        always("births", List(text_item())),
        always("ends", List(text_item())),
        always("all_namespaces", Boolean),
        maybe("netns", UInt64),
        maybe("scope", Utf8),
        always("events", UInt64),
        always("lost_births", UInt64),
        always("lost_ends", UInt64),
        always("undecodable", UInt64),
        always("complete", Boolean),
        always("gaps", List(text_item())),
        always("lost", UInt64),
    ]
}
