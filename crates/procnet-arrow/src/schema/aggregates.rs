//! The columns of aggregates.

use arrow_schema::{
    DataType::{Boolean, FixedSizeBinary, UInt16, UInt64},
    Field,
};

use super::{IP_BYTES, always, few_words, maybe, moment, words};

pub(super) fn fields() -> Vec<Field> {
    vec![
        always("host", words()),
        maybe("boot_id", words()),
        always("time", moment()),
        always("other", Boolean),
        maybe("comm", words()),
        maybe("unit", words()),
        maybe("container", words()),
        always("kind", few_words()),
        always("state", few_words()),
        maybe("service", UInt16),
        maybe("server", words()),
        maybe("server_ip", FixedSizeBinary(IP_BYTES)),
        maybe("server_port", UInt16),
        always("sockets", UInt64),
        always("rx_queue", UInt64),
        always("tx_queue", UInt64),
        always("drops", UInt64),
        maybe("total_retrans", UInt64),
        maybe("bytes_sent", UInt64),
        maybe("bytes_received", UInt64),
        maybe("bytes_retrans", UInt64),
        always("suspect", UInt64),
    ]
}
