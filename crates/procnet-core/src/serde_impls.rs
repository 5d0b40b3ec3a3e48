//! `Serialize` and `Deserialize` of the shared types, without allocation.

use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
    ser::SerializeStruct as _,
};

use crate::{Inode, State, process::status::Uids};

/// As a string: the name of the state, or `0x` and two digits.
impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.name() {
            Some(name) => serializer.serialize_str(name),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = State;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a socket's state")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<State, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// As a number; 0 is rejected.
impl Serialize for Inode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.get())
    }
}

impl<'de> Deserialize<'de> for Inode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Inode, D::Error> {
        let number = u64::deserialize(deserializer)?;
        Inode::new(number).ok_or_else(|| de::Error::custom("0 is no inode of a socket"))
    }
}

/// As a struct with the fields `real`, `effective`, `saved`, `filesystem`.
impl Serialize for Uids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Uids { real, effective, saved, filesystem } = self;
        let mut out = serializer.serialize_struct("Uids", 4)?;
        out.serialize_field("real", real)?;
        out.serialize_field("effective", effective)?;
        out.serialize_field("saved", saved)?;
        out.serialize_field("filesystem", filesystem)?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Uids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Uids, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Uids")]
        struct Fields {
            real: u32,
            effective: u32,
            saved: u32,
            filesystem: u32,
        }
        let Fields { real, effective, saved, filesystem } = Fields::deserialize(deserializer)?;
        Ok(Uids { real, effective, saved, filesystem })
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString as _};

    use super::*;
    use serde::de::{IntoDeserializer as _, value::Error};

    #[test]
    fn states_and_inodes_round_trip() {
        let state = |text: &str| State::deserialize(text.into_deserializer());
        for number in 0..=u8::MAX {
            let text: String = State(number).to_string();
            assert_eq!(state(&text).map_err(|error: Error| error.to_string()), Ok(State(number)));
        }
        assert!(state("ASLEEP").is_err());
        let inode = |number: u64| Inode::deserialize(number.into_deserializer());
        assert_eq!(inode(7).map(Inode::get).map_err(|error: Error| error.to_string()), Ok(7));
        assert!(inode(0).is_err());
    }
}
