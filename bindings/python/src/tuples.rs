//! Named tuples, without a call of Python code for each.
//!
//! `Class(*fields)` of a `collections.namedtuple` calls a function in Python, which calls
//! `tuple.__new__`: 0.4 µs. Calling that at once takes 0.1 µs. An answer of 100,000 connections consists
//! of up to 300,000 of them. (The allocator of the class with `PyTuple_SetItem` would be faster still,
//! but leaves out what else makes a tuple: since Python 3.14 it has a place for its hash, which is then
//! zero.)

use pyo3::{
    prelude::*,
    types::{PyTuple, PyType},
};

/// A subclass of `tuple`.
pub(crate) struct TupleClass {
    class: Py<PyType>,
    /// `tuple.__new__`.
    new: Py<PyAny>,
}

impl TupleClass {
    /// Fails if it is not a subclass of `tuple` with these fields, in this order.
    pub(crate) fn new(class: &Bound<'_, PyType>, fields: &[&str]) -> PyResult<TupleClass> {
        let error = |what: &str| {
            let name = class.name().map_or_else(|_| "it".to_owned(), |name| name.to_string());
            pyo3::exceptions::PyTypeError::new_err(format!("{name} {what}"))
        };
        if !class.is_subclass_of::<PyTuple>()? {
            return Err(error("is not a subclass of tuple"));
        }
        let found: Vec<String> = class.getattr("_fields")?.extract()?;
        if found != fields {
            return Err(error(&format!("has the fields {found:?} and not {fields:?}")));
        }
        let new = class.py().get_type::<PyTuple>().getattr("__new__")?;
        Ok(TupleClass { class: class.clone().unbind(), new: new.unbind() })
    }

    /// A new tuple of the class.
    ///
    /// # Panics
    ///
    /// Never: `fields` must have the length of the class's `_fields`, which callers know.
    #[inline]
    pub(crate) fn build<'py, const N: usize>(
        &self,
        py: Python<'py>,
        fields: [Bound<'py, PyAny>; N],
    ) -> PyResult<Bound<'py, PyAny>> {
        self.new.bind(py).call1((self.class.bind(py), PyTuple::new(py, fields)?))
    }
}

/// Builds many tuples while Python's cyclic garbage collector does not run.
///
/// It would look at all new tuples again and again, though none of them is garbage: a third of the
/// time that it takes to build 100,000. Without a GIL other threads would see that it is disabled, so
/// there it is left as it is.
pub(crate) fn without_collection<T>(
    py: Python<'_>,
    build: impl FnOnce() -> PyResult<T>,
) -> PyResult<T> {
    let gc = py.import("gc")?;
    if cfg!(Py_GIL_DISABLED) || !gc.call_method0("isenabled")?.is_truthy()? {
        return build();
    }
    gc.call_method0("disable")?;
    let built = build();
    gc.call_method0("enable")?;
    built
}
