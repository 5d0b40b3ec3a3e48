//! What sock_diag reports of packet sockets.

use std::fmt::Write as _;

use procnet_core::netlink::packet::{Fanout, Flags, Info, Instruction, Membership, Ring};
use serde::{Deserialize, Serialize, de::Error};

use crate::details::{OwnedMembership, OwnedPacketDetails};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Ring")]
struct RingForm {
    block_size: u32,
    block_nr: u32,
    frame_size: u32,
    frame_nr: u32,
    retire_tmo: u32,
    sizeof_priv: u32,
    features: u32,
}

#[derive(Serialize, Deserialize)]
struct RingOf(#[serde(with = "RingForm")] Ring);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Instruction")]
struct CodeForm {
    code: u16,
    jt: u8,
    jf: u8,
    k: u32,
}

/// An instruction of a filter.
#[derive(Serialize, Deserialize)]
pub(super) struct Code(#[serde(with = "CodeForm")] pub(super) Instruction);

#[derive(Serialize, Deserialize)]
pub(super) struct PacketForm {
    interface: Option<std::num::NonZeroU32>,
    version: u32,
    reserve: u32,
    copy_thresh: u32,
    timestamp: u32,
    flags: Vec<String>,
    rx_ring: Option<RingOf>,
    tx_ring: Option<RingOf>,
    fanout: Option<FanoutForm>,
    memberships: Option<Vec<MembershipForm>>,
}

#[derive(Serialize, Deserialize)]
struct FanoutForm {
    id: u16,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize, Deserialize)]
struct MembershipForm {
    interface: u32,
    count: u32,
    #[serde(rename = "type")]
    kind: String,
    address: String,
}

/// The name of a number, or the number in hexadecimal.
fn name_of(name: Option<&str>, number: u32) -> String {
    name.map_or_else(|| format!("{number:#x}"), str::to_owned)
}

/// The number of a name.
fn number_of<E: Error>(names: &[&str], text: &str) -> Result<u32, E> {
    let known = names.iter().position(|name| *name == text).and_then(|at| u32::try_from(at).ok());
    let hex = || u32::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    known.or_else(hex).ok_or_else(|| E::custom(format!("unknown name {text:?}")))
}

fn small<E: Error>(number: u32) -> Result<u16, E> {
    u16::try_from(number).map_err(|_| E::custom("a number of more than 16 bits"))
}

fn flags(flags: Flags) -> Vec<String> {
    let named = Flags::NAMED.into_iter().filter(|(_, flag)| flags.contains(*flag));
    let known = Flags::NAMED.into_iter().fold(0, |all, (_, flag)| all | flag.0);
    let other = flags.0 & !known;
    let other = (other != 0).then(|| format!("{other:#x}"));
    named.map(|(name, _)| name.to_owned()).chain(other).collect()
}

impl From<&OwnedPacketDetails> for PacketForm {
    fn from(details: &OwnedPacketDetails) -> PacketForm {
        let OwnedPacketDetails { info, rx_ring, tx_ring, fanout, memberships } = details;
        let membership = |it: &OwnedMembership| {
            let name = Membership::NAMES.get(usize::from(it.kind)).copied();
            let mut address = String::new();
            for (at, byte) in it.address.iter().enumerate() {
                // Writing into memory does not fail.
                let _ = write!(address, "{}{byte:02x}", if at == 0 { "" } else { ":" });
            }
            let kind = name_of(name, it.kind.into());
            MembershipForm { interface: it.interface, count: it.count, kind, address }
        };
        PacketForm {
            interface: info.interface,
            version: info.version,
            reserve: info.reserve,
            copy_thresh: info.copy_thresh,
            timestamp: info.timestamp,
            flags: flags(info.flags),
            rx_ring: rx_ring.map(RingOf),
            tx_ring: tx_ring.map(RingOf),
            fanout: fanout.map(|fanout| FanoutForm {
                id: fanout.id,
                kind: name_of(fanout.name(), fanout.kind.into()),
            }),
            memberships: memberships.as_ref().map(|all| all.iter().map(membership).collect()),
        }
    }
}

impl MembershipForm {
    fn named<E: Error>(self) -> Result<OwnedMembership, E> {
        let byte = |text| u8::from_str_radix(text, 16).map_err(E::custom);
        let address = self.address.split(':').filter(|text| !text.is_empty()).map(byte);
        Ok(OwnedMembership {
            interface: self.interface,
            count: self.count,
            kind: small(number_of(&Membership::NAMES, &self.kind)?)?,
            address: address.collect::<Result<_, E>>()?,
        })
    }
}

impl PacketForm {
    pub(super) fn named<E: Error>(self) -> Result<OwnedPacketDetails, E> {
        let fanout = |form: FanoutForm| {
            let kind = small(number_of(&Fanout::NAMES, &form.kind)?)?;
            Ok::<_, E>(Fanout { id: form.id, kind })
        };
        let all = |all: Vec<MembershipForm>| all.into_iter().map(MembershipForm::named).collect();
        let mut bits = 0;
        for flag in &self.flags {
            let named = Flags::NAMED.iter().find(|(name, _)| name == flag);
            bits |= named.map_or_else(|| number_of(&[], flag), |(_, flag)| Ok(flag.0))?;
        }
        Ok(OwnedPacketDetails {
            info: Info {
                interface: self.interface,
                version: self.version,
                reserve: self.reserve,
                copy_thresh: self.copy_thresh,
                timestamp: self.timestamp,
                flags: Flags(bits),
            },
            rx_ring: self.rx_ring.map(|RingOf(ring)| ring),
            tx_ring: self.tx_ring.map(|RingOf(ring)| ring),
            fanout: self.fanout.map(fanout).transpose()?,
            memberships: self.memberships.map(all).transpose()?,
        })
    }
}
