//! ctnetlink, connection tracking over netlink (`NETLINK_NETFILTER`,
//! net/netfilter/nf_conntrack_netlink.c): tracked connections and statistics, with the same records
//! as [`nf_conntrack`](crate::network::nf_conntrack) and
//! [`stat/nf_conntrack`](crate::counter::conntrack).
//!
//! It exists where a kernel is built without these files (`CONFIG_NF_CONNTRACK_PROCFS`), and takes
//! `CAP_NET_ADMIN` in the user namespace that owns the network namespace (net/netfilter/nfnetlink.c
//! `nfnetlink_rcv`: otherwise `EPERM`). If the kernel has no ctnetlink, a request is answered with
//! `EINVAL` (`nfnetlink_rcv_msg`).
//!
//! A payload begins with `struct nfgenmsg` (include/uapi/linux/netfilter/nfnetlink.h): the family, a
//! version, and a number that is 0 for a connection and the CPU for statistics. Attributes follow,
//! many of them nested. All numbers in them are in network order; the lengths and types of
//! attributes are in that of the host. Unknown attributes are ignored; of a repeated one the last
//! counts.
//!
//! - [`Connection`]: a tracked connection.
//! - [`Totals`]: the number of connections, and its limit.
//! - [`CpuStatistics`]: the counters of a CPU.
//! - [`Request`]: requests for them.

mod connection;
mod names;
mod request;
mod statistics;
mod tuple;

pub use self::{
    connection::Connection,
    request::Request,
    statistics::{CpuStatistics, Statistics, Totals},
};
use super::{Attribute, Attributes, Payload};
use crate::{Column, Error};

const HEADER: Column = Column::new(&"nfgenmsg");

/// `struct nfgenmsg`.
const HEADER_LENGTH: usize = 4;

/// The family, the number in network order (`res_id`), and the attributes after the header.
fn header(payload: Payload<'_>) -> Result<(u8, u16, Attributes<'_>), Error> {
    let [family, _version, number @ ..] = *payload.array::<HEADER_LENGTH>(0, HEADER)?;
    let attributes = Attributes::new(payload.after(HEADER_LENGTH));
    Ok((family, u16::from_be_bytes(number), attributes))
}

/// Passes each attribute to `each`, until one does not decode.
fn for_each<'a>(
    attributes: Attributes<'a>,
    mut each: impl FnMut(Attribute<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    attributes.into_iter().try_for_each(|attribute| each(attribute?))
}

/// Numbers in network order, which are in the first bytes of a value.
impl Payload<'_> {
    fn be16(&self, column: Column) -> Result<u16, Error> {
        self.array(0, column).map(|bytes| u16::from_be_bytes(*bytes))
    }

    fn be32(&self, column: Column) -> Result<u32, Error> {
        self.array(0, column).map(|bytes| u32::from_be_bytes(*bytes))
    }

    fn be64(&self, column: Column) -> Result<u64, Error> {
        self.array(0, column).map(|bytes| u64::from_be_bytes(*bytes))
    }
}
