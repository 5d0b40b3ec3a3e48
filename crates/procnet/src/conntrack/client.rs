//! The ctnetlink client: requests to `NETLINK_NETFILTER` through a pool of sockets of its own, with
//! the same protections as those of sock_diag.

use std::ops::ControlFlow;

use procnet_core::{
    ByteOrder,
    netlink::{Envelope, Messages, Payload, ctnetlink::Request},
};
use rustix::io::Errno;

use super::is_loaded;
use crate::{
    ProcRoot,
    coverage::{Failure, Fallback},
    netlink::{Answer, DATAGRAM, End, Part, Protocol, Sequence, SocketPool, Waited},
    netns::NetnsHandle,
};

/// The length of a request.
const REQUEST: usize = 20;

/// Sends requests to ctnetlink.
#[derive(Debug)]
pub(crate) struct Ctnetlink {
    pool: SocketPool,
    sequence: Sequence,
    buffer: Vec<u8>,
    /// Requests that this kernel does not answer. They are not repeated, as each attempt makes the
    /// kernel look for a module.
    unsupported: Vec<Request>,
}

/// What there is to say about an answer besides its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rest {
    /// Why the answer ended early, after some of its data.
    pub(crate) failure: Option<Failure>,
    /// Whether the kernel reported a change during the dump.
    pub(crate) is_interrupted: bool,
    /// The number of datagrams from others, which were discarded.
    pub(crate) foreign: u64,
}

/// How receiving an answer ended.
enum Ended {
    ByKernel(End),
    /// By the one who was passed the data.
    Early,
}

impl Default for Ctnetlink {
    fn default() -> Ctnetlink {
        let pool = SocketPool::new(Protocol::Netfilter);
        let (sequence, buffer, unsupported) = Default::default();
        Ctnetlink { pool, sequence, buffer, unsupported }
    }
}

impl Ctnetlink {
    /// Sends a request, and passes the data of the answer to `each` until it breaks. An error means
    /// that there were no data.
    pub(crate) fn ask(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        request: Request,
        mut each: impl FnMut(Payload<'_>) -> ControlFlow<()>,
    ) -> Result<Rest, Fallback> {
        if !root.is_live() {
            return Err(Fallback::OtherRoot);
        }
        if self.unsupported.contains(&request) {
            return Err(Fallback::NoHandler);
        }
        if !is_loaded(root) {
            return Err(Fallback::NotLoaded);
        }
        self.pool.add_one(root, netns);
        if let Some(refusal) = self.pool.refusal(netns) {
            return Err(refusal);
        }
        let mut count = 0_u64;
        let mut waited = Waited::default();
        let ended = self.exchange(root, netns, request, &mut waited, |payload| {
            count += 1;
            each(payload)
        });
        let foreign = waited.take_foreign();
        match ended {
            Ok(Ended::ByKernel(End { interrupted })) => {
                Ok(Rest { is_interrupted: interrupted, foreign, failure: None })
            }
            Ok(Ended::Early) => Ok(Rest { foreign, ..Rest::default() }),
            Err(errno) if count > 0 => {
                Ok(Rest { failure: Some(Failure::new(errno)), foreign, is_interrupted: false })
            }
            Err(errno) => {
                let refusal = Fallback::of_ctnetlink(errno);
                if refusal == Fallback::NoHandler {
                    self.unsupported.push(request);
                }
                Err(refusal)
            }
        }
    }

    fn exchange(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        request: Request,
        waited: &mut Waited,
        mut each: impl FnMut(Payload<'_>) -> ControlFlow<()>,
    ) -> Result<Ended, Errno> {
        let Ctnetlink { pool, sequence, buffer, .. } = self;
        let mut space = [0; REQUEST];
        let envelope = Envelope::native(sequence.next());
        let written = request.write(&mut space, envelope).map_err(|_| Errno::MSGSIZE)?;
        pool.send(root, netns, written)?;
        let mut answer = Answer::to(envelope.sequence);
        buffer.resize(DATAGRAM, 0);
        loop {
            let length = pool.in_use(netns.id)?.receive(buffer, waited)?;
            let datagram = buffer.get(..length).unwrap_or_default();
            for message in Messages::new(datagram, ByteOrder::NATIVE) {
                match answer.message(message) {
                    Ok(Part::Data(payload)) if request == Request::Totals => {
                        // This answer is a single message.
                        pool.release(netns.id);
                        let _ = each(payload);
                        return Ok(Ended::Early);
                    }
                    Ok(Part::Data(payload)) => {
                        if each(payload).is_break() {
                            // The rest is not received: the socket is replaced.
                            return Ok(Ended::Early);
                        }
                    }
                    Ok(Part::End(end)) => {
                        pool.release(netns.id);
                        return Ok(Ended::ByKernel(end));
                    }
                    Ok(Part::Nothing) => {}
                    // The rest of a malformed answer may still be in the socket's queue.
                    Err(Errno::BADMSG) => return Err(Errno::BADMSG),
                    Err(errno) => {
                        pool.release(netns.id);
                        return Err(errno);
                    }
                }
            }
        }
    }
}
