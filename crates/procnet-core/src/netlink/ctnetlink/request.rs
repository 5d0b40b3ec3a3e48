//! Requests to ctnetlink.

use crate::netlink::{
    Envelope, Flags, MessageType,
    writer::{TooSmall, Writer},
};

/// A request to ctnetlink.
///
/// ```
/// use procnet_core::netlink::{Envelope, ctnetlink::Request};
///
/// let mut buffer = [0; 20];
/// assert_eq!(Request::Connections.write(&mut buffer, Envelope::native(1))?.len(), 20);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// A dump of the tracked connections of all network protocols (`IPCTNL_MSG_CT_GET`): a
    /// [`Connection`](super::Connection) each.
    Connections,
    /// The number of connections (`IPCTNL_MSG_CT_GET_STATS`): one [`Totals`](super::Totals), without
    /// a message that ends the answer.
    Totals,
    /// A dump of the counters of each CPU (`IPCTNL_MSG_CT_GET_STATS_CPU`): a
    /// [`CpuStatistics`](super::CpuStatistics) each.
    Statistics,
    /// The same of expected connections (`IPCTNL_MSG_EXP_GET_STATS_CPU`).
    ExpectationStatistics,
}

impl Request {
    /// Writes the request: 20 bytes.
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
    ) -> Result<&'m [u8], TooSmall> {
        let dump = Flags::REQUEST.with(Flags::DUMP);
        let (kind, flags) = match self {
            Request::Connections => (MessageType::CTNETLINK_GET, dump),
            Request::Totals => (MessageType::CTNETLINK_GET_STATS, Flags::REQUEST),
            Request::Statistics => (MessageType::CTNETLINK_GET_STATS_CPU, dump),
            Request::ExpectationStatistics => (MessageType::CTNETLINK_EXP_GET_STATS_CPU, dump),
        };
        let mut writer = Writer::new(buffer, envelope, kind, flags);
        // Of any family, version 0.
        writer.put(&[0; super::HEADER_LENGTH]);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteOrder;

    #[test]
    fn a_request_is_a_type_its_flags_and_an_empty_header() {
        let written = |request: Request, order| {
            let mut buffer = [0xAA; 24];
            let envelope = Envelope { order, sequence: 0x0102_0304 };
            for length in 0..20 {
                assert_eq!(request.write(&mut buffer[..length], envelope), Err(TooSmall));
            }
            <[u8; 20]>::try_from(request.write(&mut buffer, envelope).unwrap()).unwrap()
        };
        let dump = written(Request::Connections, ByteOrder::Big);
        let expected = [0, 0, 0, 20, 1, 1, 3, 1, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(dump, expected);
        let kind = |request| {
            let [_, _, _, _, kind @ .., _, _, _, _, _, _, _, _, _, _, _, _] =
                written(request, ByteOrder::Little);
            kind
        };
        assert_eq!(kind(Request::Totals), [5, 1, 1, 0]);
        assert_eq!(kind(Request::Statistics), [4, 1, 1, 3]);
        assert_eq!(kind(Request::ExpectationStatistics), [3, 2, 1, 3]);
    }
}
