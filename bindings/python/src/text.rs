//! Names of any bytes as Python strings.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

use pyo3::{prelude::*, types::PyString};

/// A name as Python decodes those of files (`os.fsdecode`): bytes that are not UTF-8 become lone
/// surrogates, and `os.fsencode` restores them.
pub(crate) fn decode<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    Ok(OsStr::from_bytes(bytes).into_pyobject(py)?)
}

/// How many characters of a text are before an offset in bytes.
pub(crate) fn characters(text: &str, offset: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < offset).count()
}
