//! Statistics of connection tracking.

use core::iter::FusedIterator;

use super::{Attributes, for_each, header};
use crate::{Column, Error, ErrorKind, counter::conntrack::Value, netlink::Payload};

const ENTRIES: Column = Column::new(&"CTA_STATS_GLOBAL_ENTRIES");
const MAX_ENTRIES: Column = Column::new(&"CTA_STATS_GLOBAL_MAX_ENTRIES");
const COUNTER: Column = Column::new(&"CTA_STATS");

/// Which counters a message contains: it does not say so itself, as the kernel gives both the type
/// of the former.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistics {
    /// Those of connections (`CTA_STATS_*`).
    Connections,
    /// Those of expected connections (`CTA_STATS_EXP_*`).
    Expectations,
}

impl Statistics {
    /// The name of a counter in the heading of `/proc/net/stat/nf_conntrack`.
    fn name(self, kind: u16) -> Option<&'static [u8]> {
        const CONNECTIONS: [&[u8]; 15] = [
            b"searched",
            b"found",
            b"new",
            b"invalid",
            b"ignore",
            b"delete",
            b"delete_list",
            b"insert",
            b"insert_failed",
            b"drop",
            b"early_drop",
            b"icmp_error",
            b"search_restart",
            b"clashres",
            b"chainlength",
        ];
        const EXPECTATIONS: [&[u8]; 3] = [b"expect_new", b"expect_create", b"expect_delete"];
        let names: &[&[u8]] = match self {
            Statistics::Connections => &CONNECTIONS,
            Statistics::Expectations => &EXPECTATIONS,
        };
        names.get(usize::from(kind.checked_sub(1)?)).copied()
    }
}

/// The counters of one CPU (net/netfilter/nf_conntrack_netlink.c
/// `ctnetlink_ct_stat_cpu_fill_info`, `ctnetlink_exp_stat_fill_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuStatistics<'a> {
    /// The number of the CPU.
    pub cpu: u16,
    statistics: Statistics,
    attributes: Attributes<'a>,
}

impl<'a> CpuStatistics<'a> {
    /// Decodes the payload of a message.
    ///
    /// ```
    /// use procnet_core::{ByteOrder, netlink::{Payload, ctnetlink::{CpuStatistics, Statistics}}};
    ///
    /// let message = [0, 0, 0, 1, 8, 0, 4, 0, 0, 0, 1, 0];
    /// let payload = Payload::of(&message, ByteOrder::Little);
    /// let cpu = CpuStatistics::decode(payload, Statistics::Connections)?;
    /// let invalid = cpu.values().next().unwrap()?;
    /// assert_eq!((cpu.cpu, invalid.name, invalid.value), (1, &b"invalid"[..], 256));
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is too short.
    pub fn decode(
        payload: Payload<'a>,
        statistics: Statistics,
    ) -> Result<CpuStatistics<'a>, Error> {
        let (_, cpu, attributes) = header(payload)?;
        Ok(CpuStatistics { cpu, statistics, attributes })
    }

    /// The counters, under the names they have in `/proc/net/stat/nf_conntrack`, in the kernel's
    /// order. Kernels send those that they count; the file has all, as 0. Attributes without a known
    /// name are left out.
    ///
    /// A counter that is too short is an `Err` item, and the iteration continues; a malformed
    /// attribute is the last.
    #[must_use]
    pub fn values(
        &self,
    ) -> impl FusedIterator<Item = Result<Value<'static>, Error>> + Clone + use<'a> {
        let statistics = self.statistics;
        self.attributes.filter_map(move |attribute| {
            let decoded = attribute.map(|attribute| {
                let name = statistics.name(attribute.kind())?;
                Some(attribute.value.be32(COUNTER).map(|value| Value { name, value }))
            });
            decoded.unwrap_or_else(|error| Some(Err(error)))
        })
    }
}

/// The number of connections in the network namespace, and its limit
/// (net/netfilter/nf_conntrack_netlink.c `ctnetlink_stat_ct_fill_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The number of tracked connections.
    pub entries: u32,
    /// The most that may be tracked, in all network namespaces together; older kernels do not send
    /// it.
    pub max_entries: Option<u32>,
}

impl Totals {
    /// Decodes the payload of a message.
    ///
    /// ```
    /// use procnet_core::{ByteOrder, netlink::{Payload, ctnetlink::Totals}};
    ///
    /// let message = [0, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, 7];
    /// let totals = Totals::decode(Payload::of(&message, ByteOrder::Little))?;
    /// assert_eq!(totals, Totals { entries: 7, max_entries: None });
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no number of connections, or an attribute is malformed.
    pub fn decode(payload: Payload<'_>) -> Result<Totals, Error> {
        let (_, _, attributes) = header(payload)?;
        let (mut entries, mut max_entries) = (None, None);
        for_each(attributes, |attribute| {
            match attribute.kind() {
                1 => entries = Some(attribute.value.be32(ENTRIES)?),
                2 => max_entries = Some(attribute.value.be32(MAX_ENTRIES)?),
                _ => {}
            }
            Ok(())
        })?;
        let entries =
            entries.ok_or_else(|| payload.error(ErrorKind::Missing, ENTRIES, usize::MAX))?;
        Ok(Totals { entries, max_entries })
    }
}
