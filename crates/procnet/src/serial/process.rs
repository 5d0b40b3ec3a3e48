//! Details of a process.

use procnet_core::escape::Escaped;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use super::Shown;
use crate::process::ProcessDetails;

/// As one object: the fields by name, and `container` and `unit`. Paths and arguments are escaped.
impl Serialize for ProcessDetails {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn shown(bytes: &[u8]) -> Shown<Escaped<'_>> {
            Shown(Escaped(bytes))
        }
        fn shown_each(words: &[Vec<u8>]) -> Vec<Shown<Escaped<'_>>> {
            words.iter().map(|word| shown(word)).collect()
        }
        let ProcessDetails { ppid, start_time, exe, cmdline, cgroup, denied } = self;
        let mut out = serializer.serialize_struct("ProcessDetails", 8)?;
        out.serialize_field("ppid", ppid)?;
        out.serialize_field("start_time", start_time)?;
        out.serialize_field("exe", &exe.as_deref().map(shown))?;
        out.serialize_field("cmdline", &cmdline.as_deref().map(shown_each))?;
        out.serialize_field("cgroup", &cgroup.as_deref().map(shown))?;
        out.serialize_field("container", &self.container().as_deref().map(shown))?;
        out.serialize_field("unit", &self.unit().map(shown))?;
        out.serialize_field("denied", denied)?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn details_have_escaped_text() {
        let details = ProcessDetails {
            ppid: Some(1),
            cmdline: Some(vec![b"/bin/a\xFF".to_vec(), b"-c".to_vec()]),
            cgroup: Some(b"/system.slice/a.service".to_vec()),
            ..ProcessDetails::default()
        };
        let expected = json!({
            "ppid": 1, "start_time": null, "exe": null, "cmdline": ["/bin/a\\xFF", "-c"],
            "cgroup": "/system.slice/a.service", "container": null, "unit": "a.service",
            "denied": false,
        });
        assert_eq!(to_value(details).unwrap(), expected);
    }
}
