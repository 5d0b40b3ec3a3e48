//! The programs of the crate `procnet-bpf`.

use std::{
    io,
    net::IpAddr,
    num::{NonZeroU32, NonZeroU64},
    os::fd::{AsFd as _, BorrowedFd},
};

use procnet_bpf::Events;
use procnet_core::State;

use super::{EventsReceived, Happened, HappenedOwner, Selection};
use crate::{
    Kind, Kinds, Name,
    bpf::SharedLoader,
    coverage::NoBpf,
    events::{Change, Direction, Evidence, Traffic},
    socket::{Ends, Form, Interface, SocketFields},
};

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

#[derive(Debug)]
pub(super) struct Program(Events);

impl Program {
    pub(super) fn load(loader: &SharedLoader, selection: &Selection) -> Result<Program, NoBpf> {
        let Selection { kinds, netns, local_port, remote_port, options } = *selection;
        let family = |kinds, family| (!(selection.kinds & kinds).is_empty()).then_some(family);
        let families = [family(Kinds::INET4, AF_INET), family(Kinds::INET6, AF_INET6)];
        let families: Vec<u16> = families.into_iter().flatten().collect();
        let events = procnet_bpf::EventOptions::new()
            .families(&families)
            .netns(netns)
            .local_port(local_port)
            .remote_port(remote_port)
            .births(options.births)
            .first_use(options.first_use && !kinds.is_empty())
            .ring_size(options.buffer);
        loader.load(|loader| loader.events(&events)).map(Program)
    }

    pub(super) fn read(&mut self, mut each: impl FnMut(Happened)) -> io::Result<EventsReceived> {
        let mut unknown = 0;
        let received = self.0.read(|event| match happened(event) {
            Some(happened) => each(happened),
            None => unknown += 1,
        })?;
        Ok(EventsReceived {
            began: 0,
            ended: 0,
            lost_births: received.lost_births,
            lost_ends: received.lost_ends,
            undecodable: received.undecodable + unknown,
            more: received.more,
        })
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `None` if it is of no protocol that was asked for.
fn happened(event: &procnet_bpf::SocketEvent) -> Option<Happened> {
    let kind = kind_of(event.protocol, event.local.ip())?;
    let mut fields = SocketFields::new(kind, event.state, Form::Bpf);
    fields.cookie = NonZeroU64::new(event.cookie);
    fields.ends = Some(Ends { local: event.local, remote: event.remote });
    fields.interface = Interface::of(event.interface.and_then(NonZeroU32::new));
    fields.uid = Some(event.uid);
    let owner = event.owner.map(|owner| HappenedOwner {
        pid: owner.pid,
        comm: Name::from(owner.comm()),
        started: owner.start_time,
        evidence: match owner.evidence {
            procnet_bpf::Evidence::Connect => Evidence::Connect,
            procnet_bpf::Evidence::Listen => Evidence::Listen,
            procnet_bpf::Evidence::Use => Evidence::Use,
            procnet_bpf::Evidence::Close => Evidence::Close,
        },
    });
    let traffic = event.traffic.filter(|_| event.state != State::LISTEN);
    Some(Happened {
        fields,
        netns: event.netns,
        change: match event.change {
            procnet_bpf::Change::Began => Change::Began,
            procnet_bpf::Change::Ended => Change::Ended,
        },
        direction: event.direction.map(|direction| match direction {
            procnet_bpf::Direction::Connect => Direction::Connect,
            procnet_bpf::Direction::Accept => Direction::Accept,
            procnet_bpf::Direction::Listen => Direction::Listen,
        }),
        owner,
        time: event.time,
        began: event.began,
        traffic: traffic.map(|traffic| Traffic {
            bytes_sent: traffic.bytes_sent,
            bytes_received: traffic.bytes_received,
            bytes_retransmitted: traffic.bytes_retransmitted,
            retransmissions: traffic.retransmissions,
        }),
    })
}

/// The table of a socket, by its protocol; `None` if it is of none with events.
fn kind_of(protocol: u8, local: IpAddr) -> Option<Kind> {
    match (protocol, local) {
        (6, IpAddr::V4(_)) => Some(Kind::Tcp),
        (6, IpAddr::V6(_)) => Some(Kind::Tcp6),
        (17, IpAddr::V4(_)) => Some(Kind::Udp),
        (17, IpAddr::V6(_)) => Some(Kind::Udp6),
        _ => None,
    }
}
