//! The words of a row behind its protocols.

use super::{Offload, Row, STATE, missing};
use crate::{
    Column, Error, ErrorKind,
    field::{Field, Fields},
    network::address,
};

const SRC: Column = Column::new(&"src");
const DST: Column = Column::new(&"dst");
const SPORT: Column = Column::new(&"sport");
const DPORT: Column = Column::new(&"dport");
const TYPE: Column = Column::new(&"type");
const CODE: Column = Column::new(&"code");
const ID: Column = Column::new(&"id");
const SRC_KEY: Column = Column::new(&"srckey");
const DST_KEY: Column = Column::new(&"dstkey");
const PACKETS: Column = Column::new(&"packets");
const BYTES: Column = Column::new(&"bytes");
const GRE_TIMEOUT: Column = Column::new(&"timeout");
const STREAM_TIMEOUT: Column = Column::new(&"stream_timeout");
const ZONE: Column = Column::new(&"zone");
const ZONE_ORIG: Column = Column::new(&"zone-orig");
const ZONE_REPLY: Column = Column::new(&"zone-reply");
const MARK: Column = Column::new(&"mark");
const SECCTX: Column = Column::new(&"secctx");
const SECMARK: Column = Column::new(&"secmark");
const DELTA_TIME: Column = Column::new(&"delta-time");
const USE: Column = Column::new(&"use");

/// What the words seen so far make of a row.
pub(super) struct Words<'a> {
    pub(super) row: Row<'a>,
    gre_timeout: Option<u32>,
    stream_timeout: Option<u32>,
    uses: Option<u32>,
}

impl<'a> Words<'a> {
    pub(super) fn new(row: Row<'a>) -> Words<'a> {
        Words { row, gre_timeout: None, stream_timeout: None, uses: None }
    }

    /// Takes a word; `fields` are those behind it.
    pub(super) fn take(&mut self, field: Field<'a>, fields: &mut Fields<'a>) -> Result<(), Error> {
        let row = &mut self.row;
        if field.bytes.starts_with(b"[") {
            match field.bytes {
                b"[UNREPLIED]" => row.unreplied = true,
                b"[ASSURED]" => row.assured = true,
                b"[OFFLOAD]" => row.offload = Some(Offload::Software),
                b"[HW_OFFLOAD]" => row.offload = Some(Offload::Hardware),
                _ => {}
            }
            return Ok(());
        }
        let Ok((key, value)) = field.split(b'=', STATE) else {
            // A word by itself is a state, if it stands before everything else.
            let first = field.bytes.first().is_some_and(u8::is_ascii_alphabetic)
                && row.state.is_none()
                && self.gre_timeout.is_none()
                && self.stream_timeout.is_none()
                && row.original == Default::default();
            if !first {
                return Err(field.error(ErrorKind::Unexpected, 0));
            }
            row.state = Some(field.bytes);
            return Ok(());
        };
        let (original, reply) = (&mut row.original, &mut row.reply);
        match key.bytes {
            b"src" => both(&mut original.source, &mut reply.source, of(value, SRC), address::text),
            b"dst" => {
                let (first, second) = (&mut original.destination, &mut reply.destination);
                both(first, second, of(value, DST), address::text)
            }
            b"sport" => {
                let (first, second) = (&mut original.source_port, &mut reply.source_port);
                both(first, second, of(value, SPORT), |value| value.decimal16())
            }
            b"dport" => {
                let (first, second) = (&mut original.destination_port, &mut reply.destination_port);
                both(first, second, of(value, DPORT), |value| value.decimal16())
            }
            b"type" => {
                let (first, second) = (&mut original.icmp_type, &mut reply.icmp_type);
                both(first, second, of(value, TYPE), |value| value.decimal8())
            }
            b"code" => {
                let (first, second) = (&mut original.icmp_code, &mut reply.icmp_code);
                both(first, second, of(value, CODE), |value| value.decimal8())
            }
            b"id" => {
                let (first, second) = (&mut original.icmp_id, &mut reply.icmp_id);
                both(first, second, of(value, ID), |value| value.decimal16())
            }
            b"srckey" => {
                let (first, second) = (&mut original.source_key, &mut reply.source_key);
                both(first, second, of(value, SRC_KEY), gre_key)
            }
            b"dstkey" => {
                let (first, second) = (&mut original.destination_key, &mut reply.destination_key);
                both(first, second, of(value, DST_KEY), gre_key)
            }
            b"packets" => {
                let (first, second) = (&mut original.packets, &mut reply.packets);
                both(first, second, of(value, PACKETS), |value| value.decimal64())
            }
            b"bytes" => {
                let (first, second) = (&mut original.bytes, &mut reply.bytes);
                both(first, second, of(value, BYTES), |value| value.decimal64())
            }
            b"timeout" => once(&mut self.gre_timeout, of(value, GRE_TIMEOUT), seconds),
            b"stream_timeout" => once(&mut self.stream_timeout, of(value, STREAM_TIMEOUT), seconds),
            b"zone" => once(&mut row.zone, of(value, ZONE), |value| value.decimal16()),
            b"zone-orig" => {
                once(&mut original.zone, of(value, ZONE_ORIG), |value| value.decimal16())
            }
            b"zone-reply" => {
                once(&mut reply.zone, of(value, ZONE_REPLY), |value| value.decimal16())
            }
            b"mark" => once(&mut row.mark, of(value, MARK), |value| value.decimal32()),
            b"secmark" => once(&mut row.secmark, of(value, SECMARK), |value| value.decimal32()),
            b"secctx" => {
                once(&mut row.secctx, of(value, SECCTX), |value| Ok(context(value, fields)))
            }
            b"delta-time" => {
                once(&mut row.delta_time, of(value, DELTA_TIME), |value| value.decimal64())
            }
            b"use" => once(&mut self.uses, of(value, USE), |value| value.either_sign32()),
            _ => Ok(()),
        }
    }

    /// The row, if nothing is missing that every kernel prints.
    pub(super) fn finish(self, line: &[u8]) -> Result<Row<'a>, Error> {
        let Words { row, gre_timeout, stream_timeout, uses } = self;
        // Protocols of the network that the kernel has no name for have no addresses.
        if matches!(row.network.number, 2 | 10) {
            row.reply.source.ok_or_else(|| missing(SRC, line))?;
            row.reply.destination.ok_or_else(|| missing(DST, line))?;
        }
        let gre_timeouts = match (gre_timeout, stream_timeout) {
            (None, None) => None,
            (Some(timeout), Some(stream)) => Some((timeout, stream)),
            (Some(_), None) => return Err(missing(STREAM_TIMEOUT, line)),
            (None, Some(_)) => return Err(missing(GRE_TIMEOUT, line)),
        };
        let uses = uses.ok_or_else(|| missing(USE, line))?;
        Ok(Row { gre_timeouts, uses, ..row })
    }
}

fn of(value: Field<'_>, column: Column) -> Field<'_> {
    Field { column, ..value }
}

/// Takes a value of the original direction the first time, of the reply the second.
fn both<'a, T>(
    original: &mut Option<T>,
    reply: &mut Option<T>,
    value: Field<'a>,
    decode: impl FnOnce(Field<'a>) -> Result<T, Error>,
) -> Result<(), Error> {
    once(if original.is_none() { original } else { reply }, value, decode)
}

/// Takes a value that was not there yet.
fn once<'a, T>(
    place: &mut Option<T>,
    value: Field<'a>,
    decode: impl FnOnce(Field<'a>) -> Result<T, Error>,
) -> Result<(), Error> {
    if place.is_some() {
        return Err(value.error(ErrorKind::Unexpected, 0));
    }
    *place = Some(decode(value)?);
    Ok(())
}

fn gre_key(value: Field<'_>) -> Result<u16, Error> {
    value.after_0x()?.hex16()
}

/// A number of seconds, with a comma behind it or not.
fn seconds(value: Field<'_>) -> Result<u32, Error> {
    let bytes = value.bytes.strip_suffix(b",").unwrap_or(value.bytes);
    Field { bytes, ..value }.decimal32()
}

/// A security context with all its blanks: up to the next key that the kernel prints.
fn context<'a>(value: Field<'a>, fields: &mut Fields<'a>) -> &'a [u8] {
    let ends = |word: &[u8]| {
        [&b"zone="[..], b"delta-time=", b"use="].iter().any(|key| word.starts_with(key))
    };
    let mut end = value.offset + value.bytes.len();
    loop {
        let ahead = *fields;
        match fields.next_if_any(SECCTX) {
            Some(word) if !ends(word.bytes) => end = word.offset + word.bytes.len(),
            _ => {
                *fields = ahead;
                return fields.line().get(value.offset..end).unwrap_or_default();
            }
        }
    }
}
