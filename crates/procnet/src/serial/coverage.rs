//! The coverage of an answer.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use super::Shown;
use crate::{
    Coverage,
    coverage::{
        BadRow, Descriptor, Failure, Hidden, LeftOut, MaybeRepeated, Namespaces, Processes,
        Suspects, Undecodable, Unexamined, UnreadDescriptors,
    },
    snapshot::Change,
    visit::Answer,
};

/// As one object: `error`, the text, and `errno`.
impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Failure", 2)?;
        out.serialize_field("error", &Shown(self))?;
        out.serialize_field("errno", &self.errno())?;
        out.end()
    }
}

/// As one object: the fields by name, and `complete`, whether nothing is missing.
impl Serialize for Coverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Unreadable {
            kind: crate::Kind,
            failure: Failure,
        }
        #[derive(Serialize)]
        struct Remarked {
            kind: crate::Kind,
            forgiven: Vec<&'static str>,
            doubts: Vec<&'static str>,
        }
        #[derive(Serialize)]
        struct Provided {
            source: Shown<crate::Source>,
            kinds: crate::Kinds,
        }
        #[derive(Serialize)]
        struct Fell {
            kinds: crate::Kinds,
            why: Shown<crate::coverage::Fallback>,
        }
        // Destructured so that a new field cannot be forgotten.
        let Coverage {
            sources,
            fallbacks,
            without_details,
            details_cut,
            details_withheld,
            without_bound,
            without_descriptor,
            sockets,
            rows,
            repeated,
            maybe_repeated,
            recovered,
            unsettled,
            long_buckets,
            foreign,
            undecodable,
            suspect,
            ownerless,
            kernel,
            without_inode,
            absent,
            not_captured,
            remarks,
            swapped,
            unreadable,
            namespaces,
            processes,
            left_out,
            undecided,
            truncated,
        } = self;
        let remarks = remarks.iter().map(|(kind, remarks)| Remarked {
            kind: *kind,
            forgiven: remarks.forgiven().collect(),
            doubts: remarks.doubts().collect(),
        });
        let unreadable = unreadable.iter();
        let unreadable =
            unreadable.map(|(kind, failure)| Unreadable { kind: *kind, failure: *failure });
        let sources = sources.iter();
        let sources =
            sources.map(|(source, kinds)| Provided { source: Shown(*source), kinds: *kinds });
        let fallbacks = fallbacks.iter();
        let fallbacks = fallbacks.map(|(why, kinds)| Fell { kinds: *kinds, why: Shown(*why) });
        let mut out = serializer.serialize_struct("Coverage", 31)?;
        out.serialize_field("complete", &self.is_complete())?;
        out.serialize_field("sockets", sockets)?;
        out.serialize_field("rows", rows)?;
        out.serialize_field("repeated", repeated)?;
        out.serialize_field("maybe_repeated", maybe_repeated)?;
        out.serialize_field("recovered", recovered)?;
        out.serialize_field("unsettled", unsettled)?;
        out.serialize_field("long_buckets", long_buckets)?;
        out.serialize_field("foreign", foreign)?;
        out.serialize_field("ownerless", ownerless)?;
        out.serialize_field("kernel", kernel)?;
        out.serialize_field("without_inode", without_inode)?;
        out.serialize_field("truncated", truncated)?;
        out.serialize_field("undecided", undecided)?;
        out.serialize_field("undecodable", undecodable)?;
        out.serialize_field("suspect", suspect)?;
        out.serialize_field("absent", absent)?;
        out.serialize_field("not_captured", not_captured)?;
        out.serialize_field("remarks", &remarks.collect::<Vec<_>>())?;
        out.serialize_field("swapped", swapped)?;
        out.serialize_field("unreadable", &unreadable.collect::<Vec<_>>())?;
        out.serialize_field("namespaces", namespaces)?;
        out.serialize_field("processes", processes)?;
        out.serialize_field("left_out", left_out)?;
        out.serialize_field("sources", &sources.collect::<Vec<_>>())?;
        out.serialize_field("fallbacks", &fallbacks.collect::<Vec<_>>())?;
        out.serialize_field("without_details", without_details)?;
        out.serialize_field("details_cut", details_cut)?;
        out.serialize_field("details_withheld", details_withheld)?;
        out.serialize_field("without_bound", without_bound)?;
        out.serialize_field("without_descriptor", without_descriptor)?;
        out.end()
    }
}

/// As one object: `count`, and the `first` few.
impl Serialize for Undecodable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Undecodable", 2)?;
        out.serialize_field("count", &self.count)?;
        out.serialize_field("first", &self.first[..])?;
        out.end()
    }
}

/// As one object: `count`, and the `first` few, with their addresses as those of a socket.
impl Serialize for MaybeRepeated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row {
            kind: crate::Kind,
            local_addr: Shown<std::net::IpAddr>,
            local_port: u16,
            remote_addr: Shown<std::net::IpAddr>,
            remote_port: u16,
        }
        let first = self.first.iter().map(|(kind, local, remote)| Row {
            kind: *kind,
            local_addr: Shown(local.ip()),
            local_port: local.port(),
            remote_addr: Shown(remote.ip()),
            remote_port: remote.port(),
        });
        let mut out = serializer.serialize_struct("MaybeRepeated", 2)?;
        out.serialize_field("count", &self.count)?;
        out.serialize_field("first", &first.collect::<Vec<_>>())?;
        out.end()
    }
}

/// As one object: `kind`, `line`, `column`, `offset` (in the line, in bytes from 0) and `error`.
impl Serialize for BadRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("BadRow", 5)?;
        out.serialize_field("kind", &self.kind)?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("column", self.error.column().name())?;
        out.serialize_field("offset", &self.error.offset())?;
        out.serialize_field("error", &Shown(self.error.kind()))?;
        out.end()
    }
}

/// As one object: `count`, and the inodes of the `first` few.
impl Serialize for Suspects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Suspects", 2)?;
        out.serialize_field("count", &self.count)?;
        out.serialize_field("first", &self.first[..])?;
        out.end()
    }
}

/// As one object: the fields by name.
impl Serialize for Namespaces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Hidden<'n> {
            netns: &'n crate::netns::Namespace,
            failure: Failure,
        }
        let hidden = self.hidden.iter();
        let hidden = hidden.map(|(netns, failure)| Hidden { netns, failure: *failure });
        let mut out = serializer.serialize_struct("Namespaces", 7)?;
        out.serialize_field("visited", &self.visited)?;
        out.serialize_field("vanished", &self.vanished)?;
        out.serialize_field("hidden", &hidden.collect::<Vec<_>>())?;
        out.serialize_field("unknown", &self.unknown)?;
        out.serialize_field("unlisted", &self.unlisted)?;
        out.serialize_field("contained", &self.contained)?;
        out.serialize_field("by_descriptors", &self.by_descriptors)?;
        out.end()
    }
}

/// As one object: the fields by name.
impl Serialize for Processes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Processes", 16)?;
        out.serialize_field("by_bpf", &self.by_bpf)?;
        out.serialize_field("no_bpf", &self.no_bpf.as_ref().map(ToString::to_string))?;
        out.serialize_field("seen", &self.seen)?;
        out.serialize_field("vanished", &self.vanished)?;
        out.serialize_field("hidden", &self.hidden[..])?;
        out.serialize_field("unlisted", &self.unlisted)?;
        out.serialize_field("contained", &self.contained)?;
        out.serialize_field("descriptors", &self.descriptors)?;
        out.serialize_field("unread", &self.unread[..])?;
        out.serialize_field("rings", &self.rings)?;
        out.serialize_field("threads", &self.threads)?;
        out.serialize_field("uncompared", &self.uncompared)?;
        out.serialize_field("none_captured", &self.none_captured)?;
        out.serialize_field("not_captured", &self.not_captured)?;
        out.serialize_field("not_links", &self.not_links)?;
        out.serialize_field("undescribed", &self.undescribed)?;
        out.end()
    }
}

/// As one object: `failure`, `count`, and `examples`, the first few pids.
impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Hidden", 3)?;
        out.serialize_field("failure", &self.failure)?;
        out.serialize_field("count", &self.count)?;
        out.serialize_field("examples", &self.examples[..])?;
        out.end()
    }
}

/// As one object: `failure`, `count`, and `examples`, the first few descriptors.
impl Serialize for UnreadDescriptors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("UnreadDescriptors", 3)?;
        out.serialize_field("failure", &self.failure)?;
        out.serialize_field("count", &self.count)?;
        out.serialize_field("examples", &self.examples[..])?;
        out.end()
    }
}

/// As one object: `pid` and `fd`.
impl Serialize for Descriptor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Descriptor", 2)?;
        out.serialize_field("pid", &self.pid)?;
        out.serialize_field("fd", &self.fd)?;
        out.end()
    }
}

/// As one object: `count`, and `examples`, the first few pids.
impl Serialize for Unexamined {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Unexamined", 2)?;
        out.serialize_field("count", &self.count)?;
        out.serialize_field("examples", &self.examples[..])?;
        out.end()
    }
}

/// As one object: the fields by name.
impl Serialize for LeftOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("LeftOut", 2)?;
        out.serialize_field("sockets", &self.sockets)?;
        out.serialize_field("processes", &self.processes)?;
        out.end()
    }
}

/// As one object: `sockets` and `coverage`.
impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Answer", 2)?;
        out.serialize_field("sockets", &self.sockets)?;
        out.serialize_field("coverage", &self.coverage)?;
        out.end()
    }
}

/// As one object: `change` (`appeared`, `vanished` or `changed`) and `socket`, as last seen; for one
/// that changed also `what`, a list, and the socket `before`.
impl Serialize for Change<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Change", 4)?;
        match self {
            Change::Appeared(_) => out.serialize_field("change", "appeared")?,
            Change::Vanished(_) => out.serialize_field("change", "vanished")?,
            Change::Changed { .. } => out.serialize_field("change", "changed")?,
        }
        out.serialize_field("socket", self.socket())?;
        if let Change::Changed { before, what, .. } = self {
            out.serialize_field("what", what)?;
            out.serialize_field("before", before)?;
        }
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::table::inet;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Kind, Kinds, snapshot::Aspects, socket::SocketRow};

    #[test]
    fn missing_data_has_its_own_keys() {
        let mut coverage = Coverage { sockets: 7, absent: Kinds::TCP6, ..Coverage::default() };
        let table = inet::Table::tcp4(procnet_core::ByteOrder::Little);
        let error = inet::Row::decode(b"0: 0100007F:ZZ", table).unwrap_err();
        coverage.undecodable.push(Kind::Tcp, 3, error);
        coverage.unreadable.push((Kind::Udp, Failure::new(rustix::io::Errno::ACCESS)));
        let mut processes = Processes { seen: 9, ..Processes::default() };
        processes.hide(42, Failure::new(rustix::io::Errno::ACCESS));
        coverage.processes = Some(processes);
        let value: Value = serde_json::to_value(&coverage).unwrap();
        assert_eq!((&value["complete"], &value["sockets"]), (&json!(false), &json!(7)));
        assert_eq!(value["absent"], json!(["tcp6"]));
        let failure = json!({"error": "permission denied", "errno": 13});
        assert_eq!(value["unreadable"], json!([{"kind": "udp", "failure": failure}]));
        assert_eq!(
            value["processes"]["hidden"],
            json!([{"failure": failure, "count": 1, "examples": [42]}])
        );
        assert_eq!(value["unsettled"], json!([]));
        coverage.without_descriptor = Kinds::TCP4;
        coverage.namespaces.by_descriptors = 2;
        let value: Value = serde_json::to_value(&coverage).unwrap();
        assert_eq!(value["without_descriptor"], json!(["tcp"]));
        assert_eq!(value["namespaces"]["by_descriptors"], json!(2));
        assert_eq!(value["maybe_repeated"], json!({"count": 0, "first": []}));
        let row = &value["undecodable"]["first"][0];
        assert_eq!((&row["kind"], &row["line"]), (&json!("tcp"), &json!(3)));
        assert_eq!(row["column"], json!("rem_address"));
    }

    #[test]
    fn a_change_has_the_socket_as_last_seen() {
        let socket = |state| {
            let line = format!(
                "0: 0100007F:1F90 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 42 1 0"
            );
            let line: &'static str = line.leak();
            let order = procnet_core::ByteOrder::Little;
            let row = SocketRow::decode(Kind::Tcp, order, line.as_bytes(), 2).unwrap().unwrap();
            let row: &'static SocketRow<'_> = Box::leak(Box::new(row));
            row.socket()
        };
        let (before, after) = (socket("01"), socket("08"));
        let change = Change::Changed { before, after, what: Aspects::STATE };
        let value = serde_json::to_value(change).unwrap();
        assert_eq!((&value["change"], &value["what"]), (&json!("changed"), &json!(["state"])));
        assert_eq!(value["socket"]["state"], json!("CLOSE_WAIT"));
        assert_eq!(value["before"]["state"], json!("ESTABLISHED"));
        let value = serde_json::to_value(Change::Appeared(after)).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 2);
    }
}
