//! `procnet protocols`: the protocols that the kernel has registered.

use procnet::RegisteredProtocol;

use crate::{
    Sight,
    args::Shown,
    error::Error,
    messages::bad_lines,
    output::Writer,
    row::{ProtocolRow, escaped},
};

pub(super) fn run(args: &Shown) -> Result<Sight, Error> {
    let all = args.host.scanner()?.protocols()?;
    let mut writer = Writer::open(args.printing, ProtocolRow::header())?;
    for protocol in &all.protocols {
        writer.row(&row(protocol))?;
    }
    writer.finish()?;
    Ok(bad_lines("protocols", &all.undecodable))
}

fn row(protocol: &RegisteredProtocol) -> ProtocolRow {
    let methods = protocol.methods.iter().filter(|(_, present)| *present);
    ProtocolRow {
        protocol: escaped(&protocol.name),
        size: protocol.size,
        sockets: protocol.sockets,
        memory: protocol.memory,
        pressure: protocol.pressure,
        max_header: protocol.max_header,
        slab: protocol.slab,
        module: escaped(&protocol.module),
        methods: methods.map(|(name, _)| escaped(name)).collect(),
    }
}
