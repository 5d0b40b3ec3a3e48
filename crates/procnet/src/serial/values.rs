//! Values that answers share.

use procnet_core::escape::Escaped;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Shown, unescape};
use crate::{
    Kind, Kinds, Name, Process, Source,
    counters::ConntrackCounts,
    snapshot::Aspects,
    socket::{OwnedOwner, UnixName},
};

/// As text: the name of its table.
impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let name = String::deserialize(deserializer)?;
        Kind::from_name(&name).ok_or_else(|| D::Error::custom(format!("unknown kind {name}")))
    }
}

/// As a list of kinds.
impl Serialize for Kinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kinds, D::Error> {
        Ok(Vec::<Kind>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// As text, escaped.
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Name::new(&unescape::<D::Error>(&text)?))
    }
}

/// As text: the bytes of [`to_bytes`](UnixName::to_bytes), escaped.
impl Serialize for UnixName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown(Escaped(&self.to_bytes())).serialize(serializer)
    }
}

/// As a list of names, such as `state` and `owners`.
impl Serialize for Aspects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

/// As its [name](Source::name).
impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Source, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Owner")]
struct OwnerForm {
    pid: u32,
    fd: u32,
    comm: Name,
}

/// As one object, as in the `owners` of a socket.
impl Serialize for OwnedOwner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OwnedOwner { pid, fd, comm } = self.clone();
        OwnerForm { pid, fd, comm }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OwnedOwner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OwnedOwner, D::Error> {
        let OwnerForm { pid, fd, comm } = OwnerForm::deserialize(deserializer)?;
        Ok(OwnedOwner { pid, fd, comm })
    }
}

/// As one object: the fields by name; `uids` is null unless the query asked for them.
impl Serialize for Process {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "Process")]
        struct Form<'p> {
            pid: u32,
            comm: &'p Name,
            start_time: Option<u64>,
            uids: Option<procnet_core::process::status::Uids>,
        }
        let Process { pid, comm, start_time, uids, full_names: _, control_group: _ } = self;
        Form { pid: *pid, comm, start_time: *start_time, uids: *uids }.serialize(serializer)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "ConntrackCounts")]
struct ConntrackForm {
    count: u64,
    max: u64,
}

/// As one object: `count` and `max`.
impl Serialize for ConntrackCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ConntrackCounts { count, max } = *self;
        ConntrackForm { count, max }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ConntrackCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ConntrackCounts, D::Error> {
        let ConntrackForm { count, max } = ConntrackForm::deserialize(deserializer)?;
        Ok(ConntrackCounts { count, max })
    }
}
