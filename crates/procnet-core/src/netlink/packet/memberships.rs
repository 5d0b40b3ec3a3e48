//! What a packet socket has joined (`struct packet_diag_mclist`, net/packet/diag.c
//! `pdiag_put_mclist`).

use core::iter::FusedIterator;

use crate::{Column, Error, ErrorKind, netlink::Payload};

const COLUMN: Column = Column::new(&"mclist");

/// `struct packet_diag_mclist`.
const LENGTH: usize = 44;

/// What a packet socket has joined (`PACKET_ADD_MEMBERSHIP`): an iterator over [`Membership`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memberships<'a>(Payload<'a>);

/// What a packet socket receives from an interface besides its own traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Membership<'a> {
    /// The index of the interface.
    pub interface: u32,
    /// How often it was joined.
    pub count: u32,
    /// What was joined (`PACKET_MR_*`, include/uapi/linux/if_packet.h).
    pub kind: u16,
    /// The address of the link layer, of at most 32 bytes; meaningless for promiscuous mode and for
    /// all multicast packets.
    pub address: &'a [u8],
}

impl Membership<'_> {
    /// What can be joined, by its number.
    pub const NAMES: [&'static str; 4] = ["multicast", "promisc", "allmulti", "unicast"];

    /// The kernel's name of what was joined; `None` if it is newer than [`NAMES`](Membership::NAMES).
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Membership::NAMES.get(usize::from(self.kind)).copied()
    }
}

impl<'a> Memberships<'a> {
    /// Checks the length, so that iterating cannot fail.
    pub(super) fn decode(value: Payload<'a>) -> Result<Memberships<'a>, Error> {
        if value.as_bytes().len() % LENGTH != 0 {
            return Err(value.error(ErrorKind::Short, COLUMN, usize::MAX));
        }
        Ok(Memberships(value))
    }

    /// The bytes of the structures that are left.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

impl<'a> Iterator for Memberships<'a> {
    type Item = Membership<'a>;

    fn next(&mut self) -> Option<Membership<'a>> {
        let value = self.0;
        let address: &[u8; 32] = value.array(12, COLUMN).ok()?;
        let length = usize::from(value.u16(10, COLUMN).ok()?);
        let membership = Membership {
            interface: value.u32(0, COLUMN).ok()?,
            count: value.u32(4, COLUMN).ok()?,
            kind: value.u16(8, COLUMN).ok()?,
            address: address.get(..length).unwrap_or(address),
        };
        self.0 = value.after(LENGTH);
        Some(membership)
    }
}

impl FusedIterator for Memberships<'_> {}
