//! What is asked, from Python's arguments.

use std::{path::PathBuf, time::Duration};

use procnet::{Filter, Kinds, Netns, Query, State, details::Details, kind::Kind, owners::Budget};
use pyo3::{
    prelude::*,
    types::{PyBool, PyDict, PyString},
};

use crate::error;

/// The names of the keyword arguments, for the error about another one.
const NAMES: [&str; 13] = [
    "filter",
    "states",
    "listening",
    "port",
    "pid",
    "netns",
    "owners",
    "incremental",
    "limit",
    "details",
    "bound",
    "source",
    "owner_source",
];

/// The query that the arguments of a call describe.
pub(crate) fn query(
    kinds: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Query> {
    let mut query = Query::new();
    if let Some(kinds) = kinds {
        query = query.kinds(self::kinds(kinds)?);
    }
    let mut incremental = None;
    for (name, value) in options.into_iter().flatten() {
        let py = value.py();
        let name: String = name.extract()?;
        if !NAMES.contains(&name.as_str()) {
            return Err(pyo3::exceptions::PyTypeError::new_err(format!(
                "no option is called {name:?}; the options are {}",
                NAMES.join(", ")
            )));
        }
        if value.is_none() {
            continue;
        }
        let unknown = |error: &dyn std::fmt::Display| error::invalid_query(py, error);
        let named = |word: &str, error: &dyn std::fmt::Display| {
            error::invalid_query(py, format!("{word:?}: {error}"))
        };
        query = match name.as_str() {
            "filter" => {
                let text: String = value.extract()?;
                let filter = text.parse::<Filter>().map_err(|error| error::from_filter(py, &error));
                query.filter(filter?)
            }
            "states" => query.states(
                words(&value)?
                    .iter()
                    .map(|word| word.parse::<State>().map_err(|error| named(word, &error)))
                    .collect::<PyResult<Vec<State>>>()?,
            ),
            "listening" if value.is_truthy()? => query.listening(),
            "listening" => query,
            "port" => query.local_port(value.extract()?),
            "pid" => query.pid(value.extract()?),
            "netns" => query.netns(netns(&value)?),
            "owners" => query.owners(value.is_truthy()?),
            "incremental" => {
                incremental = budget(&value)?;
                query
            }
            "limit" => query.limit(value.extract()?),
            "details" => query.details(details(&value)?),
            "bound" => query.bound(value.is_truthy()?),
            "source" => {
                let source = value.extract::<String>()?.parse();
                query.source(source.map_err(|error| unknown(&error as _))?)
            }
            _ => {
                let source = value.extract::<String>()?.parse();
                query.owner_source(source.map_err(|error| unknown(&error as _))?)
            }
        };
    }
    Ok(match incremental {
        Some(budget) => query.incremental(budget),
        None => query,
    })
}

/// One word, several in one string with commas, or several strings.
fn words(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.extract::<String>()?;
        return Ok(text.split(',').map(|word| word.trim().to_owned()).collect());
    }
    value.try_iter()?.map(|word| word?.extract()).collect()
}

/// The kinds with these names: those of [`Kinds::NAMED`], and the tables of `/proc/net`.
fn kinds(value: &Bound<'_, PyAny>) -> PyResult<Kinds> {
    words(value)?
        .iter()
        .map(|word| match word.parse::<Kinds>() {
            Ok(kinds) => Ok(kinds),
            Err(error) => match Kind::from_name(word) {
                Some(kind) => Ok(kind.into()),
                None => Err(error::invalid_query(value.py(), error)),
            },
        })
        .collect()
}

/// `"all"`, a pid, or a path; `"own"`.
fn netns(value: &Bound<'_, PyAny>) -> PyResult<Netns> {
    if let Ok(pid) = value.extract::<u32>() {
        return Ok(Netns::Pid(pid));
    }
    if value.is_instance_of::<PyString>() {
        match value.extract::<String>()?.as_str() {
            "all" => return Ok(Netns::All),
            "own" => return Ok(Netns::Own),
            // As `ip netns` names them.
            name if !name.is_empty() && !name.contains('/') => {
                return Ok(Netns::Path(PathBuf::from("/run/netns").join(name)));
            }
            _ => {}
        }
    }
    value.extract().map(Netns::Path)
}

/// `True`, or seconds.
fn budget(value: &Bound<'_, PyAny>) -> PyResult<Option<Budget>> {
    if value.is_instance_of::<PyBool>() {
        return Ok(value.is_truthy()?.then(Budget::unlimited));
    }
    let seconds: f64 = value.extract()?;
    let time = Duration::try_from_secs_f64(seconds)
        .map_err(|error| error::invalid_query(value.py(), format!("incremental: {error}")))?;
    Ok(Some(Budget::unlimited().time(time)))
}

fn details(value: &Bound<'_, PyAny>) -> PyResult<Details> {
    let mut all = Details::NONE;
    for word in words(value)? {
        let named = Details::NAMED.into_iter().find(|(name, _)| *name == word);
        all = match named {
            Some((_, details)) => all | details,
            None if word == "all" => Details::ALL,
            None => {
                let names = Details::NAMED.map(|(name, _)| name).join(", ");
                let message = format!("no detail is called {word:?}; they are all, {names}");
                return Err(error::invalid_query(value.py(), message));
            }
        };
    }
    Ok(all)
}
