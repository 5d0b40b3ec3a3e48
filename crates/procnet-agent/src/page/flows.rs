//! Metrics of sockets by process, peer and port.

use std::fmt;

use super::{Counted, Families, shown};

impl Counted {
    pub(super) fn encode_flows(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let most = self.options.flows;
        if most == 0 {
            return Ok(());
        }
        let (flows, other) = self.aggregates.flows.chosen();
        let series = flows.iter().map(|(flow, sockets)| {
            let port = flow.port().map_or_else(|| "none".to_owned(), shown);
            let comm = shown(self.aggregates.comms.label(flow.comm));
            let labels = [
                ("protocol", flow.protocol.to_owned()),
                ("direction", flow.direction().to_owned()),
                ("comm", comm),
                ("prefix", shown(flow.peer)),
                ("port", port),
            ];
            (labels, *sockets)
        });
        let rest = ["protocol", "direction", "comm", "prefix", "port"];
        let rest = (rest.map(|label| (label, "other".to_owned())), other);
        families.gauges(
            "procnet_flow_sockets",
            &format!(
                "Sockets that have a peer, by process (comm), network of the peer, and port of the service: the \
                 local port if direction is `in`, and that of the peer if it is `out`. It is `unknown` if neither \
                 port is below the ephemeral ones, and nobody listens at the local one. Each socket is counted once: the {most} flows with the most sockets have \
                 series of their own, and keep them until others have more than twice their sockets; all others \
                 are summed in `other`."
            ),
            series.chain([rest]),
        )
    }
}
