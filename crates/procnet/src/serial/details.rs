//! Details of a socket.

mod packet;
mod tcp;

use procnet_core::{
    Inode,
    escape::Escaped,
    netlink::{
        Shutdown, SocketMemory,
        unix::{File, Queue},
    },
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap as _,
};

use super::{Shown, unescape};
use crate::details::{Details, OwnedDetails, OwnedTcpInfo};

#[derive(Serialize, Deserialize)]
#[serde(remote = "SocketMemory")]
struct MemoryForm {
    receive: u32,
    receive_limit: u32,
    transmit: u32,
    transmit_limit: u32,
    forward: u32,
    queued: u32,
    options: u32,
    backlog: Option<u32>,
    drops: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Queue")]
struct QueueForm {
    receive: u32,
    transmit: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "File")]
struct FileForm {
    inode: u32,
    device: u32,
}

/// Wrappers with the forms above.
#[derive(Serialize, Deserialize)]
struct Memory(#[serde(with = "MemoryForm")] SocketMemory);

#[derive(Serialize, Deserialize)]
struct Queued(#[serde(with = "QueueForm")] Queue);

#[derive(Serialize, Deserialize)]
struct Bound(#[serde(with = "FileForm")] File);

/// As one object with a key for each requested detail that sockets of the kind can have, null if
/// the kernel does not provide it. The keys are the names in [`Details::NAMED`]; `tos` comes with
/// `tclass`.
impl Serialize for OwnedDetails {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        for (name, detail) in Details::NAMED {
            if !self.asked.contains(detail) {
                continue;
            }
            match detail {
                Details::TCP_INFO => out.serialize_entry(name, &self.tcp_info)?,
                Details::SOCKET_MEMORY => out.serialize_entry(name, &self.memory.map(Memory))?,
                Details::CONGESTION => {
                    let shown = self.congestion.as_deref().map(|name| Shown(Escaped(name)));
                    out.serialize_entry(name, &shown)?;
                }
                Details::TYPE_OF_SERVICE => {
                    out.serialize_entry(name, &self.type_of_service)?;
                    out.serialize_entry("tclass", &self.traffic_class)?;
                }
                Details::CONTROL_GROUP => out.serialize_entry(name, &self.control_group)?,
                Details::MARK => out.serialize_entry(name, &self.mark)?,
                Details::SHUTDOWN => {
                    out.serialize_entry(name, &self.shutdown.map(|shutdown| shutdown.0))?;
                }
                Details::V6_ONLY => out.serialize_entry(name, &self.v6_only)?,
                Details::QUEUE => out.serialize_entry(name, &self.queue.map(Queued))?,
                Details::PENDING => {
                    let inodes = self.pending.as_ref().map(|pending| {
                        pending.iter().map(|inode| inode.map(Inode::get)).collect::<Vec<_>>()
                    });
                    out.serialize_entry(name, &inodes)?;
                }
                Details::FILE => out.serialize_entry(name, &self.file.map(Bound))?,
                Details::CONGESTION_INFO => {
                    let info = self.congestion_info.as_ref().and_then(tcp::CongestionInfoForm::of);
                    out.serialize_entry(name, &info)?;
                }
                Details::UPPER_LAYER => {
                    let layer = self.upper_layer.as_ref().map(tcp::LayerForm::from);
                    out.serialize_entry(name, &layer)?;
                }
                Details::MD5_KEYS => {
                    let keys = self.md5_keys.as_ref();
                    let keys = keys.map(|keys| keys.iter().map(tcp::KeyForm::from));
                    out.serialize_entry(name, &keys.map(Iterator::collect::<Vec<_>>))?;
                }
                Details::CLASS_ID => out.serialize_entry(name, &self.class_id)?,
                Details::SOCKET_OPTIONS => {
                    out.serialize_entry(name, &self.socket_options.map(tcp::Options))?;
                }
                Details::PACKET => {
                    let details = self.packet.as_ref().map(packet::PacketForm::from);
                    out.serialize_entry(name, &details)?;
                }
                Details::STORAGES => {
                    let all = self.storages.as_ref();
                    let all = all.map(|all| all.iter().map(tcp::StorageForm::from));
                    out.serialize_entry(name, &all.map(Iterator::collect::<Vec<_>>))?;
                }
                Details::FILTER => {
                    let code = self.filter.as_ref();
                    let code = code.map(|code| code.iter().map(|it| packet::Code(*it)));
                    out.serialize_entry(name, &code.map(Iterator::collect::<Vec<_>>))?;
                }
                _ => {}
            }
        }
        out.end()
    }
}

/// What details are deserialized from: the outer `None` is a missing key.
#[derive(Deserialize)]
#[serde(rename = "Details")]
struct DetailsForm {
    #[serde(default, deserialize_with = "present")]
    tcp_info: Option<Option<OwnedTcpInfo>>,
    #[serde(default, deserialize_with = "present")]
    memory: Option<Option<Memory>>,
    #[serde(default, deserialize_with = "present")]
    congestion: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    tos: Option<Option<u8>>,
    tclass: Option<u8>,
    #[serde(default, deserialize_with = "present")]
    cgroup: Option<Option<u64>>,
    #[serde(default, deserialize_with = "present")]
    mark: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    shutdown: Option<Option<u8>>,
    #[serde(default, deserialize_with = "present")]
    v6_only: Option<Option<bool>>,
    #[serde(default, deserialize_with = "present")]
    queue: Option<Option<Queued>>,
    #[serde(default, deserialize_with = "present")]
    pending: Option<Option<Vec<Option<u64>>>>,
    #[serde(default, deserialize_with = "present")]
    file: Option<Option<Bound>>,
    #[serde(default, deserialize_with = "present")]
    congestion_info: Option<Option<tcp::CongestionInfoForm>>,
    #[serde(default, deserialize_with = "present")]
    ulp: Option<Option<tcp::LayerForm>>,
    #[serde(default, deserialize_with = "present")]
    md5sig: Option<Option<Vec<tcp::KeyForm>>>,
    #[serde(default, deserialize_with = "present")]
    class_id: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    sockopt: Option<Option<tcp::Options>>,
    #[serde(default, deserialize_with = "present")]
    packet: Option<Option<packet::PacketForm>>,
    #[serde(default, deserialize_with = "present")]
    filter: Option<Option<Vec<packet::Code>>>,
    #[serde(default, deserialize_with = "present")]
    bpf_storages: Option<Option<Vec<tcp::StorageForm>>>,
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl<'de> Deserialize<'de> for OwnedDetails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OwnedDetails, D::Error> {
        let form = DetailsForm::deserialize(deserializer)?;
        let congestion = match form.congestion.as_ref() {
            Some(Some(name)) => Some(unescape(name)?),
            _ => None,
        };
        let keys = [
            (form.tcp_info.is_some(), Details::TCP_INFO),
            (form.memory.is_some(), Details::SOCKET_MEMORY),
            (form.congestion.is_some(), Details::CONGESTION),
            (form.tos.is_some(), Details::TYPE_OF_SERVICE),
            (form.cgroup.is_some(), Details::CONTROL_GROUP),
            (form.mark.is_some(), Details::MARK),
            (form.shutdown.is_some(), Details::SHUTDOWN),
            (form.v6_only.is_some(), Details::V6_ONLY),
            (form.queue.is_some(), Details::QUEUE),
            (form.pending.is_some(), Details::PENDING),
            (form.file.is_some(), Details::FILE),
            (form.congestion_info.is_some(), Details::CONGESTION_INFO),
            (form.ulp.is_some(), Details::UPPER_LAYER),
            (form.md5sig.is_some(), Details::MD5_KEYS),
            (form.class_id.is_some(), Details::CLASS_ID),
            (form.sockopt.is_some(), Details::SOCKET_OPTIONS),
            (form.packet.is_some(), Details::PACKET),
            (form.filter.is_some(), Details::FILTER),
            (form.bpf_storages.is_some(), Details::STORAGES),
        ];
        let asked: Details =
            keys.into_iter().filter(|(is_present, _)| *is_present).map(|(_, key)| key).collect();
        if asked.is_empty() {
            return Err(D::Error::custom("details without a known key"));
        }
        let upper_layer = form.ulp.flatten().map(tcp::LayerForm::unescaped).transpose()?;
        let md5_keys = form.md5sig.flatten().map(|keys| {
            keys.into_iter().map(tcp::KeyForm::unescaped).collect::<Result<Vec<_>, D::Error>>()
        });
        let storages = form.bpf_storages.flatten().map(|all| {
            all.into_iter().map(tcp::StorageForm::bytes).collect::<Result<Vec<_>, D::Error>>()
        });
        Ok(OwnedDetails {
            asked,
            storages: storages.transpose()?,
            tcp_info: form.tcp_info.flatten(),
            memory: form.memory.flatten().map(|Memory(memory)| memory),
            congestion,
            type_of_service: form.tos.flatten(),
            traffic_class: form.tclass,
            control_group: form.cgroup.flatten(),
            mark: form.mark.flatten(),
            shutdown: form.shutdown.flatten().map(Shutdown),
            v6_only: form.v6_only.flatten(),
            queue: form.queue.flatten().map(|Queued(queue)| queue),
            pending: form
                .pending
                .flatten()
                .map(|inodes| inodes.into_iter().map(|inode| Inode::new(inode?)).collect()),
            file: form.file.flatten().map(|Bound(file)| file),
            congestion_info: form.congestion_info.flatten().map(Into::into),
            upper_layer,
            md5_keys: md5_keys.transpose()?,
            class_id: form.class_id.flatten(),
            socket_options: form.sockopt.flatten().map(|tcp::Options(options)| options),
            packet: form.packet.flatten().map(packet::PacketForm::named).transpose()?,
            filter: form
                .filter
                .flatten()
                .map(|code| code.into_iter().map(|packet::Code(it)| it).collect()),
        })
    }
}
