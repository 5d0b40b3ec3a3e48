//! The tokens of a row, after its protocols.

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

/// A row, built token by token.
pub(super) struct RowBuilder<'a> {
    pub(super) row: Row<'a>,
    gre_timeout: Option<u32>,
    stream_timeout: Option<u32>,
    uses: Option<u32>,
}

impl<'a> RowBuilder<'a> {
    pub(super) fn new(row: Row<'a>) -> RowBuilder<'a> {
        RowBuilder { row, gre_timeout: None, stream_timeout: None, uses: None }
    }

    /// Adds a token; `fields` are the columns after it.
    pub(super) fn token(&mut self, field: Field<'a>, fields: &mut Fields<'a>) -> Result<(), Error> {
        if self.uses.is_some() {
            return self.behind_the_row(field);
        }
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
            if !is_word(field.bytes) {
                return Err(field.error(ErrorKind::Unexpected, 0));
            }
            // The first word is the state, if it precedes all keys.
            let is_state = row.state.is_none()
                && self.gre_timeout.is_none()
                && self.stream_timeout.is_none()
                && row.original == Default::default();
            if is_state {
                row.state = Some(field.bytes);
            }
            return Ok(());
        };
        let (original, reply) = (&mut row.original, &mut row.reply);
        match key.bytes {
            b"src" => {
                both(&mut original.source, &mut reply.source, under(value, SRC), address::text)
            }
            b"dst" => {
                let (first, second) = (&mut original.destination, &mut reply.destination);
                both(first, second, under(value, DST), address::text)
            }
            b"sport" => {
                let (first, second) = (&mut original.source_port, &mut reply.source_port);
                both(first, second, under(value, SPORT), |value| value.decimal16())
            }
            b"dport" => {
                let (first, second) = (&mut original.destination_port, &mut reply.destination_port);
                both(first, second, under(value, DPORT), |value| value.decimal16())
            }
            b"type" => {
                let (first, second) = (&mut original.icmp_type, &mut reply.icmp_type);
                both(first, second, under(value, TYPE), |value| value.decimal8())
            }
            b"code" => {
                let (first, second) = (&mut original.icmp_code, &mut reply.icmp_code);
                both(first, second, under(value, CODE), |value| value.decimal8())
            }
            b"id" => {
                let (first, second) = (&mut original.icmp_id, &mut reply.icmp_id);
                both(first, second, under(value, ID), |value| value.decimal16())
            }
            b"srckey" => {
                let (first, second) = (&mut original.source_key, &mut reply.source_key);
                both(first, second, under(value, SRC_KEY), gre_key)
            }
            b"dstkey" => {
                let (first, second) = (&mut original.destination_key, &mut reply.destination_key);
                both(first, second, under(value, DST_KEY), gre_key)
            }
            b"packets" => {
                let (first, second) = (&mut original.packets, &mut reply.packets);
                both(first, second, under(value, PACKETS), |value| value.decimal64())
            }
            b"bytes" => {
                let (first, second) = (&mut original.bytes, &mut reply.bytes);
                both(first, second, under(value, BYTES), |value| value.decimal64())
            }
            b"timeout" => once(&mut self.gre_timeout, under(value, GRE_TIMEOUT), seconds),
            b"stream_timeout" => {
                once(&mut self.stream_timeout, under(value, STREAM_TIMEOUT), seconds)
            }
            b"zone" => once(&mut row.zone, under(value, ZONE), |value| value.decimal16()),
            b"zone-orig" => {
                once(&mut original.zone, under(value, ZONE_ORIG), |value| value.decimal16())
            }
            b"zone-reply" => {
                once(&mut reply.zone, under(value, ZONE_REPLY), |value| value.decimal16())
            }
            b"mark" => once(&mut row.mark, under(value, MARK), |value| value.decimal32()),
            b"secmark" => once(&mut row.secmark, under(value, SECMARK), |value| value.decimal32()),
            b"secctx" => {
                once(&mut row.secctx, under(value, SECCTX), |value| Ok(context(value, fields)))
            }
            b"delta-time" => {
                once(&mut row.delta_time, under(value, DELTA_TIME), |value| value.decimal64())
            }
            b"use" => once(&mut self.uses, under(value, USE), |value| value.either_sign32()),
            _ => Ok(()),
        }
    }

    /// Adds a token after `use=`, where no kernel prints any: what vendors add there belongs to
    /// neither direction, whatever its key. A second `use=` belongs to another row.
    fn behind_the_row(&self, field: Field<'a>) -> Result<(), Error> {
        match field.split(b'=', USE) {
            Ok((key, value)) if key.bytes == b"use" => Err(value.error(ErrorKind::Unexpected, 0)),
            _ => Ok(()),
        }
    }

    /// The row, if it has everything that every kernel prints.
    pub(super) fn finish(self, line: &[u8]) -> Result<Row<'a>, Error> {
        let RowBuilder { row, gre_timeout, stream_timeout, uses } = self;
        // Network protocols that the kernel has no name for have no addresses.
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

/// Whether a token is a word: a state, or what vendors add. Anything else without a key is the rest
/// of a token that was cut.
fn is_word(token: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.,:+".contains(byte);
    token.first().is_some_and(u8::is_ascii_alphabetic) && token.iter().all(is_part)
}

fn under(value: Field<'_>, column: Column) -> Field<'_> {
    Field { column, ..value }
}

/// Sets a value that appears once per direction, the original one first.
fn both<'a, T>(
    original: &mut Option<T>,
    reply: &mut Option<T>,
    value: Field<'a>,
    decode: impl FnOnce(Field<'a>) -> Result<T, Error>,
) -> Result<(), Error> {
    once(if original.is_none() { original } else { reply }, value, decode)
}

/// Sets a value that appears at most once.
fn once<'a, T>(
    slot: &mut Option<T>,
    value: Field<'a>,
    decode: impl FnOnce(Field<'a>) -> Result<T, Error>,
) -> Result<(), Error> {
    if slot.is_some() {
        return Err(value.error(ErrorKind::Unexpected, 0));
    }
    *slot = Some(decode(value)?);
    Ok(())
}

fn gre_key(value: Field<'_>) -> Result<u16, Error> {
    value.after_0x()?.hex16()
}

/// A number of seconds, optionally followed by a comma.
fn seconds(value: Field<'_>) -> Result<u32, Error> {
    let bytes = value.bytes.strip_suffix(b",").unwrap_or(value.bytes);
    Field { bytes, ..value }.decimal32()
}

/// A security context including its blanks: up to the next key that the kernel prints.
fn context<'a>(value: Field<'a>, fields: &mut Fields<'a>) -> &'a [u8] {
    let is_key = |token: &[u8]| {
        [&b"zone="[..], b"delta-time=", b"use="].iter().any(|key| token.starts_with(key))
    };
    let mut end = value.offset + value.bytes.len();
    loop {
        let before = *fields;
        match fields.next_if_any(SECCTX) {
            Some(token) if !is_key(token.bytes) => end = token.offset + token.bytes.len(),
            _ => {
                *fields = before;
                return fields.line().get(value.offset..end).unwrap_or_default();
            }
        }
    }
}
