//! `procnet protocols`: the protocols registered with the kernel.

use procnet::{
    counters::RegisteredProtocol,
    decode::counter::protocols::{Pressure, Row, Rows},
};
use serde::Serialize;

use crate::{
    Outcome,
    args::Shown,
    command::decode::{Decoder, Report},
    error::Error,
    messages::{bad_lines, remarks},
    output::{
        Cells, Header, ITEM_SEPARATOR,
        Keep::{Always, IfRoom},
        Shape::{List, Number, Word},
        Writer,
    },
    row::{Columns, Record, escaped},
};

pub(super) fn run(args: &Shown) -> Result<Outcome, Error> {
    let all = args.host.scanner()?.protocols()?;
    let mut writer = Writer::open(args.printing, Header::of::<ProtocolRow>())?;
    all.protocols.iter().try_for_each(|protocol| writer.row(&ProtocolRow::from(protocol)))?;
    writer.finish()?;
    let outcome = bad_lines("protocols", &all.undecodable);
    Ok(outcome.and(remarks("protocols", &all.remarks)))
}

/// Texts are already escaped.
#[derive(Serialize)]
struct ProtocolRow {
    protocol: String,
    size: u32,
    sockets: Option<u32>,
    memory: Option<u64>,
    pressure: Option<bool>,
    max_header: u32,
    slab: bool,
    module: String,
    /// Those it implements.
    methods: Vec<String>,
}

impl From<&RegisteredProtocol> for ProtocolRow {
    fn from(protocol: &RegisteredProtocol) -> ProtocolRow {
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
}

impl ProtocolRow {
    fn push(&self, cells: &mut Cells, separator: &str) {
        cells.text(&self.protocol);
        cells.push(self.size);
        cells.push_option(self.sockets);
        cells.push_option(self.memory);
        cells.push_option(self.pressure);
        cells.push(self.max_header);
        cells.push(self.slab);
        cells.text(&self.module);
        cells.text(&self.methods.join(separator));
    }
}

impl Record for ProtocolRow {
    const KEYS: &'static [&'static str] = &[
        "protocol",
        "size",
        "sockets",
        "memory",
        "pressure",
        "max_header",
        "slab",
        "module",
        "methods",
    ];
    const COLUMNS: Columns = &[
        ("Protocol", Word, Always),
        ("Size", Number, IfRoom),
        ("Sockets", Number, Always),
        ("Memory", Number, Always),
        ("Pressure", Word, Always),
        ("MaxHeader", Number, IfRoom),
        ("Slab", Word, IfRoom),
        ("Module", Word, Always),
        ("Methods", List, IfRoom),
    ];

    fn values(&self, cells: &mut Cells) {
        self.push(cells, ";");
    }

    fn cells(&self, cells: &mut Cells) {
        self.push(cells, ITEM_SEPARATOR.encode_utf8(&mut [0; 4]));
    }
}

/// Decodes `protocols`: a heading, then a line for each protocol.
#[derive(Default)]
struct ProtocolsDecoder {
    /// The heading; empty until it has been read.
    names: Vec<u8>,
}

impl Decoder for ProtocolsDecoder {
    fn header(&self) -> Header {
        Header::of::<ProtocolRow>()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let mut alone = Rows::new(line);
        if self.names.is_empty() && !alone.names().is_empty() {
            self.names = line.to_vec();
            return Ok(());
        }
        if alone.names().is_empty() && alone.next().is_none() {
            // A blank line.
            return Ok(());
        }
        match Row::decode(&self.names, line) {
            Ok(row) => {
                let row = decoded(&row, number, report);
                report.record(&row)
            }
            Err(error) => {
                report.error(number, error);
                Ok(())
            }
        }
    }
}

fn decoded(row: &Row<'_>, number: usize, report: &mut Report) -> ProtocolRow {
    let mut methods = Vec::new();
    for method in row.methods() {
        match method {
            Ok(method) if method.present => methods.push(escaped(method.name)),
            Ok(_) => {}
            Err(error) => report.error(number, error),
        }
    }
    ProtocolRow {
        protocol: escaped(row.name),
        size: row.size,
        sockets: row.sockets,
        memory: row.memory,
        pressure: match row.pressure {
            Pressure::None => None,
            Pressure::No => Some(false),
            Pressure::Yes => Some(true),
        },
        max_header: row.max_header,
        slab: row.slab,
        module: escaped(row.module),
        methods,
    }
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    Box::<ProtocolsDecoder>::default()
}
