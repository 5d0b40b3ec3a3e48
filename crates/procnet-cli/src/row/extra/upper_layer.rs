//! -i: the upper layer protocol of TCP.

use super::{ExtraColumn, expendable, text};
use crate::{output::Shape, row::escaped};

macro_rules! member {
    ($key:literal, $layer:ident, $name:ident) => {
        ExtraColumn::program($key, |attributes| {
            text(attributes.details.upper_layer.as_ref()?.$layer?.$name)
        })
    };
}

macro_rules! flag {
    ($key:literal, $layer:ident, $name:ident) => {
        ExtraColumn::program($key, |attributes| {
            text(Some(attributes.details.upper_layer.as_ref()?.$layer?.$name))
        })
    };
}

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::both("details.ulp.name", expendable("Ulp", Shape::Word), |attributes| {
        attributes.details.upper_layer.as_ref()?.name.as_ref().map(escaped)
    }),
    member!("details.ulp.tls.version", tls, version),
    member!("details.ulp.tls.cipher", tls, cipher),
    member!("details.ulp.tls.txconf", tls, txconf),
    member!("details.ulp.tls.rxconf", tls, rxconf),
    flag!("details.ulp.tls.zc_ro_tx", tls, zc_ro_tx),
    flag!("details.ulp.tls.rx_no_pad", tls, rx_no_pad),
    member!("details.ulp.tls.tx_max_payload_len", tls, tx_max_payload_len),
    member!("details.ulp.mptcp.token_rem", mptcp, token_rem),
    member!("details.ulp.mptcp.token_loc", mptcp, token_loc),
    member!("details.ulp.mptcp.relwrite_seq", mptcp, relwrite_seq),
    member!("details.ulp.mptcp.map_seq", mptcp, map_seq),
    member!("details.ulp.mptcp.map_sfseq", mptcp, map_sfseq),
    member!("details.ulp.mptcp.ssn_offset", mptcp, ssn_offset),
    member!("details.ulp.mptcp.map_datalen", mptcp, map_datalen),
    member!("details.ulp.mptcp.flags", mptcp, flags),
    member!("details.ulp.mptcp.id_rem", mptcp, id_rem),
    member!("details.ulp.mptcp.id_loc", mptcp, id_loc),
];
