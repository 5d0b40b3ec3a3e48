//! A socket in each network namespace that is asked.
//!
//! What the kernel tells is about the namespace in which the socket was made, wherever its
//! user goes later (net/core/sock_diag.c). So sockets are made where they belong, all of one
//! visit by one thread that goes from namespace to namespace and then ends; they are kept
//! until a visit does not ask there any more, and with them, since a socket holds its namespace,
//! a namespace that everybody else has left.

use std::os::fd::AsFd as _;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use rustix::io::Errno;

use super::{super::Fallback, channel::Channel};
use crate::{
    ProcRoot,
    coverage::Failure,
    place::{self, Id, Place},
};

/// The sockets, by namespace.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    /// Without a number is that of the caller where no namespace has one.
    rooms: HashMap<Option<Id>, Room, RandomState>,
    /// Why no socket can be had anywhere: this is not tried again.
    refused: Option<Fallback>,
}

/// What is kept for a namespace.
#[derive(Debug, Default)]
struct Room {
    channel: Option<Channel>,
    /// Why there is none.
    refused: Option<Fallback>,
    /// An answer was not received to its end: the kernel would refuse the next question.
    is_busy: bool,
    /// This visit asks there.
    is_wanted: bool,
}

impl Rooms {
    /// Begins a visit: whatever is not asked for again is not wanted any more.
    pub(super) fn begin(&mut self) {
        for room in self.rooms.values_mut() {
            room.channel = room.channel.take().filter(|_| !room.is_busy);
            // Whether the kernel may be asked, which costs nothing to find out, may change.
            room.refused =
                room.refused.filter(|refused| matches!(refused, Fallback::NotEntered(_)));
            (room.is_busy, room.is_wanted) = (false, false);
        }
    }

    /// Closes what this visit does not ask.
    pub(super) fn close_unwanted(&mut self) {
        self.rooms.retain(|_, room| room.is_wanted);
    }

    /// Makes sockets in all places that have none.
    pub(super) fn enter(&mut self, root: &ProcRoot, places: &[Place]) {
        if self.refused.is_some() {
            return;
        }
        for place in places {
            self.rooms.entry(place.id).or_default().is_wanted = true;
            if place.is_own && self.is_empty(place) {
                self.settle(place, Channel::open().map_err(Fallback::of));
            }
        }
        if !places.iter().any(|place| self.is_empty(place)) {
            return;
        }
        if !root.is_live() {
            return places.iter().for_each(|place| self.settle(place, Err(Fallback::OtherRoot)));
        }
        let worked = place::elsewhere(|| {
            for place in places {
                if self.is_empty(place) {
                    self.settle(place, enter(root, place));
                }
            }
        });
        // Where no thread is to be had.
        if let Err(errno) = worked {
            for place in places {
                if self.is_empty(place) {
                    self.settle(place, Err(Fallback::NotEntered(Failure::new(errno))));
                }
            }
        }
    }

    /// Whether there is no socket in a place, and it is not known why.
    fn is_empty(&self, place: &Place) -> bool {
        let room = self.rooms.get(&place.id);
        room.is_none_or(|room| room.channel.is_none() && room.refused.is_none())
    }

    fn settle(&mut self, place: &Place, made: Result<Channel, Fallback>) {
        let room = self.rooms.entry(place.id).or_default();
        match made {
            Ok(channel) => room.channel = Some(channel),
            Err(fallback) => {
                room.refused = Some(fallback);
                if matches!(fallback, Fallback::Refused(_)) && !fallback.is_passing() {
                    self.refused = Some(fallback);
                }
            }
        }
    }

    /// Why there is no socket in a place; `None` if there is one.
    pub(super) fn refusal(&self, place: &Place) -> Option<Fallback> {
        let room = self.rooms.get(&place.id);
        // Where no namespace has a number, the socket is the caller's.
        let is_another = place.id.is_none() && !place.is_own;
        if room.is_some_and(|room| room.channel.is_some()) && !is_another {
            return None;
        }
        let unknown = Fallback::NotEntered(Failure::new(Errno::ACCESS));
        self.refused.or(room.and_then(|room| room.refused)).or(Some(unknown))
    }

    /// The socket in a place, to be asked: it is not to be asked again before
    /// [`free`](Rooms::free).
    pub(super) fn ask(
        &mut self,
        root: &ProcRoot,
        place: &Place,
        request: &[u8],
    ) -> Result<(), Errno> {
        let room = self.rooms.entry(place.id).or_default();
        if room.is_busy {
            room.channel = None;
        }
        let channel = match room.channel.take() {
            Some(channel) => channel,
            None if place.is_own => Channel::open()?,
            None => place::elsewhere(|| enter(root, place))?
                .map_err(|fallback| Errno::from(fallback.failure()))?,
        };
        room.is_busy = true;
        room.channel.insert(channel).ask(request)
    }

    /// The socket that was asked.
    pub(super) fn asked(&self, place: &Place) -> Result<&Channel, Errno> {
        let room = self.rooms.get(&place.id);
        room.and_then(|room| room.channel.as_ref()).ok_or(Errno::BADF)
    }

    /// The answer was received to its end.
    pub(super) fn free(&mut self, place: &Place) {
        if let Some(room) = self.rooms.get_mut(&place.id) {
            room.is_busy = false;
        }
    }
}

/// Goes to a namespace, for good, and makes a socket there.
pub(super) fn enter(root: &ProcRoot, place: &Place) -> Result<Channel, Fallback> {
    let entered = place.enter(root).and_then(|door| place::go_to(door.as_fd()));
    entered.map_err(|errno| Fallback::NotEntered(Failure::new(errno)))?;
    Channel::open().map_err(Fallback::of)
}
