//! Queries.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

mod handle;

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    ptr::{self, NonNull},
    time::Duration,
};

use procnet::{
    Filter, Kind, Kinds, Netns, Source,
    details::Details,
    owners::{Budget, OwnerSource},
};

pub use self::handle::procnet_query;
use crate::{
    border::{ErrorOut, Out, Text, guard, into_handle, not_null, put, run},
    error::Failure,
    result::procnet_result,
};

pub const PROCNET_NETNS_DEFAULT: u32 = 0;
pub const PROCNET_NETNS_OWN: u32 = 1;
pub const PROCNET_NETNS_ALL: u32 = 2;

pub const PROCNET_SOURCE_AUTO: u32 = 0;
pub const PROCNET_SOURCE_PROCFS: u32 = 1;
pub const PROCNET_SOURCE_NETLINK: u32 = 2;
pub const PROCNET_SOURCE_BPF: u32 = 3;
pub const PROCNET_SOURCE_RECORDED: u32 = 4;

pub const PROCNET_OWNER_SOURCE_AUTO: u32 = 0;
pub const PROCNET_OWNER_SOURCE_WALK: u32 = 1;
pub const PROCNET_OWNER_SOURCE_BPF: u32 = 2;

/// A query that is only read, and that callbacks may change; or NULL.
pub type ConstQuery = Option<NonNull<procnet_query>>;

/// The kinds of a mask of `1 << kind`.
pub(crate) fn kinds_of(mask: u32) -> Option<Kinds> {
    if mask >> Kind::ALL.len() != 0 {
        return None;
    }
    let kinds = Kind::ALL.into_iter().enumerate();
    Some(kinds.filter(|(bit, _)| mask & 1 << bit != 0).map(|(_, kind)| kind).collect())
}

pub(crate) fn kinds_mask(kinds: Kinds) -> u32 {
    let all = Kind::ALL.into_iter().enumerate();
    all.fold(0, |mask, (bit, kind)| mask | u32::from(kinds.contains(kind)) << bit)
}

pub(crate) fn source_of(number: u32) -> Option<Source> {
    Source::ALL.get(number as usize).copied()
}

/// The bit of a detail in a mask.
fn named_bit(detail: Details) -> usize {
    Details::NAMED.iter().position(|(_, named)| *named == detail).unwrap_or(0)
}

fn text<'a>(text: Text<'a>, name: &str) -> Result<&'a str, Failure> {
    let bytes = not_null(text.bytes(), name)?;
    std::str::from_utf8(bytes).map_err(|_| Failure::invalid(format!("{name} is not UTF-8")))
}

/// Changes a query.
fn set(
    query: Option<&mut procnet_query>,
    error: ErrorOut,
    change: impl FnOnce(&mut procnet_query) -> Result<(), Failure>,
) -> procnet_result {
    run(error, || {
        let query = not_null(query, "query")?;
        change(query)?;
        query.made = query.make();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_new() -> *mut procnet_query {
    guard(ptr::null_mut(), || into_handle(procnet_query::new()))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_copy(query: Option<&procnet_query>) -> *mut procnet_query {
    guard(ptr::null_mut(), || query.map_or(ptr::null_mut(), |query| into_handle(query.clone())))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_free(query: Option<Box<procnet_query>>) {
    guard((), || drop(query));
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_kinds(
    query: Option<&mut procnet_query>,
    kinds: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.kinds = kinds_of(kinds)
            .ok_or_else(|| Failure::invalid(format!("{kinds:#x} is not a mask of kinds")))?;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_kinds_parse(
    name: Text<'_>,
    kinds: Out<u32>,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        not_null(kinds, "kinds")?;
        let parsed = text(name, "name")?.parse::<Kinds>();
        let parsed = parsed.map_err(|unknown| Failure::invalid(unknown.to_string()))?;
        put(kinds, kinds_mask(parsed));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_states(
    query: Option<&mut procnet_query>,
    states: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        if states & 1 != 0 || states >> 14 != 0 {
            return Err(Failure::invalid(format!("{states:#x} is not a mask of states")));
        }
        query.states = (states != 0).then_some(states);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_listening(
    query: Option<&mut procnet_query>,
    wanted: bool,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.listening = wanted;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_filter(
    query: Option<&mut procnet_query>,
    filter: Text<'_>,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.filter = match filter.bytes() {
            None => None,
            Some(_) => {
                let parsed = text(filter, "filter")?.parse::<Filter>();
                Some(parsed.map_err(procnet::Error::from)?)
            }
        };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_pid(
    query: Option<&mut procnet_query>,
    pid: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.pid = (pid != 0).then_some(pid);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_limit(
    query: Option<&mut procnet_query>,
    sockets: u64,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.limit = (sockets != u64::MAX).then_some(sockets);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_owners(
    query: Option<&mut procnet_query>,
    wanted: bool,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.owners = wanted;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_process_uids(
    query: Option<&mut procnet_query>,
    wanted: bool,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.process_uids = wanted;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_owner_source(
    query: Option<&mut procnet_query>,
    source: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        let named = OwnerSource::ALL.get(source as usize).copied();
        query.owner_source =
            named.ok_or_else(|| Failure::invalid(format!("{source} is not a source of owners")))?;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_incremental(
    query: Option<&mut procnet_query>,
    wanted: bool,
    nanoseconds: u64,
    calls: u64,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        let mut budget = Budget::unlimited();
        if nanoseconds != u64::MAX {
            budget = budget.time(Duration::from_nanos(nanoseconds));
        }
        if calls != u64::MAX {
            budget = budget.calls(calls);
        }
        query.incremental = wanted.then_some(budget);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_source(
    query: Option<&mut procnet_query>,
    source: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.source = source_of(source)
            .ok_or_else(|| Failure::invalid(format!("{source} is not a source of sockets")))?;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_netns(
    query: Option<&mut procnet_query>,
    netns: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.netns = match netns {
            PROCNET_NETNS_DEFAULT => None,
            PROCNET_NETNS_OWN => Some(Netns::Own),
            PROCNET_NETNS_ALL => Some(Netns::All),
            _ => {
                return Err(Failure::invalid(format!(
                    "{netns} is not a selection of network namespaces"
                )));
            }
        };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_netns_pid(
    query: Option<&mut procnet_query>,
    pid: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.netns = Some(Netns::Pid(pid));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_netns_path(
    query: Option<&mut procnet_query>,
    path: Text<'_>,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        let path = not_null(path.bytes(), "path")?;
        query.netns = Some(Netns::Path(OsStr::from_bytes(path).into()));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_details(
    query: Option<&mut procnet_query>,
    details: u32,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        // The others have no function that reports them.
        if details >> (named_bit(Details::QUEUE) + 1) != 0 {
            return Err(Failure::invalid(format!("{details:#x} is not a mask of details")));
        }
        let named = Details::NAMED.into_iter().enumerate();
        let wanted = named.filter(|(bit, _)| details & 1 << bit != 0);
        query.details = wanted.map(|(_, (_, detail))| detail).collect();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_query_set_bound(
    query: Option<&mut procnet_query>,
    wanted: bool,
    error: ErrorOut,
) -> procnet_result {
    set(query, error, |query| {
        query.bound = wanted;
        Ok(())
    })
}
