//! --inet-sockopt: options that are set or not. People read them below the row.

use super::{ExtraColumn, text};

macro_rules! members {
    ($($key:literal $name:ident,)*) => {
        &[$(ExtraColumn::program($key, |attributes| {
            text(attributes.details.socket_options.map(|options| options.$name))
        }),)*]
    };
}

pub(super) const COLUMNS: &[ExtraColumn] = members! {
    "details.sockopt.recverr" recverr,
    "details.sockopt.is_icsk" is_icsk,
    "details.sockopt.freebind" freebind,
    "details.sockopt.hdrincl" hdrincl,
    "details.sockopt.mc_loop" mc_loop,
    "details.sockopt.transparent" transparent,
    "details.sockopt.mc_all" mc_all,
    "details.sockopt.nodefrag" nodefrag,
    "details.sockopt.bind_address_no_port" bind_address_no_port,
    "details.sockopt.recverr_rfc4884" recverr_rfc4884,
    "details.sockopt.defer_connect" defer_connect,
};
