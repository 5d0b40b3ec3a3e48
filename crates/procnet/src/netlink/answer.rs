//! The messages of an answer, and how it ends: the one place that interprets them.

use procnet_core::{
    ByteOrder, Error as DecodeError,
    netlink::{Content, Flags, Message, Messages, Payload},
};
use rustix::io::Errno;

/// Lower message types are those of netlink itself (include/uapi/linux/netlink.h `NLMSG_MIN_TYPE`).
const MIN_TYPE: u16 = 16;

/// The end of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Whether the kernel reported a change during the dump (`NLM_F_DUMP_INTR`). So far no kernel
    /// reports it for sockets or tracked connections, so its absence means nothing.
    pub(crate) interrupted: bool,
}

/// A message of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'d> {
    Data(Payload<'d>),
    End(End),
    /// Ignored: it means nothing, or belongs to another answer.
    Nothing,
}

/// An answer, message by message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    sequence: u32,
    interrupted: bool,
}

impl Answer {
    /// The answer to the request with this sequence number.
    pub(crate) fn to(sequence: u32) -> Answer {
        Answer { sequence, interrupted: false }
    }

    /// The sequence number of its request.
    pub(crate) fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Whether a message is data of the answer: nearly all are, so this is a separate fast path.
    #[inline(always)]
    pub(crate) fn is_data(&mut self, message: &Message<'_>) -> bool {
        let is_data = message.sequence == self.sequence && message.kind.0 >= MIN_TYPE;
        self.interrupted |= is_data && message.flags.contains(Flags::DUMP_INTR);
        is_data
    }

    /// Interprets the next message.
    pub(crate) fn message<'d>(
        &mut self,
        message: Result<Message<'d>, DecodeError>,
    ) -> Result<Part<'d>, Errno> {
        let message = message.map_err(|_| Errno::BADMSG)?;
        if message.sequence != self.sequence {
            return Ok(Part::Nothing);
        }
        self.interrupted |= message.flags.contains(Flags::DUMP_INTR);
        match message.content().map_err(|_| Errno::BADMSG)? {
            Content::Data(payload) => Ok(Part::Data(payload)),
            // An acknowledgement, if the request asked for one.
            Content::Done(None) | Content::Error(None) => {
                Ok(Part::End(End { interrupted: self.interrupted }))
            }
            // The end of a dump also reports why it is incomplete: if the kernel has no handler for
            // the protocol, the end is the only message.
            Content::Done(Some(errno)) | Content::Error(Some(errno)) => {
                let number = i32::try_from(errno.get()).unwrap_or(i32::MAX);
                Err(Errno::from_raw_os_error(number))
            }
            Content::Overrun => Err(Errno::NOBUFS),
            Content::Noop | Content::Reserved => Ok(Part::Nothing),
        }
    }

    /// Whether the answer ends in this datagram, possibly with an error.
    pub(crate) fn ends_in(&mut self, datagram: &[u8]) -> bool {
        let mut messages = Messages::new(datagram, ByteOrder::NATIVE);
        messages.any(|message| !matches!(self.message(message), Ok(Part::Data(_) | Part::Nothing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: u16 = 20;
    const ERROR: u16 = 2;
    const DONE: u16 = 3;
    const OVERRUN: u16 = 4;

    /// A message that answers request 7 unless `sequence` says otherwise.
    fn message(kind: u16, flags: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(16 + payload.len()).unwrap();
        let (kind, flags) = (kind.to_ne_bytes(), flags.to_ne_bytes());
        let (length, sequence) = (length.to_ne_bytes(), sequence.to_ne_bytes());
        [&length[..], &kind, &flags, &sequence, &[0; 4], payload].concat()
    }

    fn end(kind: u16, code: i32) -> Vec<u8> {
        message(kind, 2, 7, &code.to_ne_bytes())
    }

    /// The number of messages with data, and how the answer in these datagrams ends.
    fn answer(datagrams: &[Vec<u8>]) -> (usize, Result<Option<bool>, Errno>) {
        let (mut data, mut answer) = (0, Answer::to(7));
        let mut received = datagrams.iter();
        let result = loop {
            let datagram = received.next().expect("an answer that ends");
            let mut end = Ok(None);
            for message in Messages::new(datagram, ByteOrder::NATIVE) {
                let is_data = message.is_ok_and(|message| answer.is_data(&message));
                let part = answer.message(message);
                assert_eq!(is_data, matches!(part, Ok(Part::Data(_))));
                match part {
                    Ok(Part::Data(_)) => data += 1,
                    Ok(Part::Nothing) => {}
                    Ok(Part::End(End { interrupted })) => end = Ok(Some(interrupted)),
                    Err(errno) => end = Err(errno),
                }
            }
            assert_eq!(Answer::to(7).ends_in(datagram), end != Ok(None));
            match end {
                Ok(None) => {}
                end => break end,
            }
        };
        (data, result)
    }

    #[test]
    fn an_answer_ends_with_its_done_message() {
        let data = message(DATA, 2, 7, b"data");
        let two = [data.clone(), data.clone()].concat();
        assert_eq!(answer(&[two, data.clone(), end(DONE, 0)]), (3, Ok(Some(false))));
        let interrupted = message(DATA, 0x12, 7, b"data");
        assert_eq!(answer(&[interrupted, end(DONE, 0)]), (1, Ok(Some(true))));
        // That to a request that is only to be acknowledged.
        assert_eq!(answer(&[end(ERROR, 0)]), (0, Ok(Some(false))));
        // The rest of an earlier answer is not part of this one.
        let (stale, gone) = (message(DATA, 2, 6, b"data"), message(DONE, 2, 6, &[0; 4]));
        assert_eq!(answer(&[stale, gone, data.clone(), end(DONE, 0)]), (1, Ok(Some(false))));
    }

    #[test]
    fn every_failure_is_reported() {
        let data = message(DATA, 2, 7, b"data");
        let failed = |last: Vec<u8>| answer(&[data.clone(), last]);
        assert_eq!(failed(end(DONE, -2)), (1, Err(Errno::NOENT)));
        assert_eq!(failed(end(ERROR, -16)), (1, Err(Errno::BUSY)));
        assert_eq!(failed(message(OVERRUN, 2, 7, b"")), (1, Err(Errno::NOBUFS)));
        assert_eq!(failed(data[..10].to_vec()), (1, Err(Errno::BADMSG)));
        assert_eq!(failed(message(DONE, 2, 7, b"")), (1, Err(Errno::BADMSG)));
    }
}
