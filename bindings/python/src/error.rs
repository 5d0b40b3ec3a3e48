//! Errors of the library as exceptions of `procnet._errors`.

use std::{error::Error as _, io};

use procnet::{ErrorKind, decode, filter::FilterError};
use pyo3::{prelude::*, sync::PyOnceLock, types::PyDict};

use crate::text;

/// The class of a kind of error.
fn class_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NoSuchProcess => "NoSuchProcess",
        ErrorKind::PermissionDenied => "PermissionDenied",
        ErrorKind::ConntrackNotLoaded => "ConntrackNotLoaded",
        ErrorKind::Absent | ErrorKind::NotCaptured | ErrorKind::NoNetlink | ErrorKind::NoBpf => {
            "NotAvailable"
        }
        ErrorKind::InvalidQuery => "InvalidQuery",
        ErrorKind::Malformed => "Malformed",
        ErrorKind::InvalidFilter => "FilterError",
        _ => "ReadError",
    }
}

/// The exception for an error of the library.
pub(crate) fn from_library(py: Python<'_>, error: &procnet::Error) -> PyErr {
    let mut message = error.to_string();
    let (mut errno, mut column, mut offset) = (None, None, None);
    let mut cause = error.source();
    while let Some(source) = cause {
        message = format!("{message}: {source}");
        if let Some(source) = source.downcast_ref::<io::Error>() {
            errno = errno.or(source.raw_os_error());
        }
        if let Some(source) = source.downcast_ref::<decode::Error>() {
            (column, offset) = (Some(source.column().name()), Some(source.offset()));
        }
        if let Some(source) = source.downcast_ref::<FilterError>() {
            return from_filter(py, source);
        }
        cause = source.source();
    }
    let path = error.path();
    raise(py, class_name(error.kind()), message, |options| {
        if !path.as_os_str().is_empty() {
            options.set_item("path", path.as_os_str())?;
        }
        options.set_item("line", error.line())?;
        options.set_item("errno", errno)?;
        if error.kind() == ErrorKind::Malformed {
            options.set_item("column", column)?;
            options.set_item("offset", offset)?;
        }
        Ok(())
    })
}

/// The exception for an invalid filter.
pub(crate) fn from_filter(py: Python<'_>, error: &FilterError) -> PyErr {
    raise(py, "FilterError", error.to_string(), |options| {
        options.set_item("text", error.text())?;
        options.set_item("column", text::characters(error.text(), error.offset()) + 1)?;
        options.set_item("found", error.found())?;
        options.set_item("expected", error.expected())
    })
}

/// The exception for a contradiction between arguments, or an unknown word.
pub(crate) fn invalid_query(py: Python<'_>, message: impl ToString) -> PyErr {
    raise(py, "InvalidQuery", message.to_string(), |_options| Ok(()))
}

/// An exception of this class of `procnet._errors`; if there is none, the reason for that.
pub(crate) fn raise(
    py: Python<'_>,
    class: &str,
    message: String,
    fill: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
) -> PyErr {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let exception = (|| {
        let module = MODULE
            .get_or_try_init(py, || PyModule::import(py, "procnet._errors").map(Bound::unbind))?;
        let options = PyDict::new(py);
        fill(&options)?;
        module.bind(py).getattr(class)?.call((message,), Some(&options))
    })();
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
