//! Named tuples, each in one allocation.
//!
//! `Class(*fields)` of a `collections.namedtuple` is a call of Python code that fills a tuple and
//! copies it into another one: 0.4 µs. The allocator of the class and `PyTuple_SetItem` do the same
//! within 0.05 µs, and both are part of the stable ABI. An answer of 100,000 connections consists of
//! up to 300,000 of them.

use std::mem;

use pyo3::{
    ffi,
    prelude::*,
    types::{PyTuple, PyType},
};

/// A subclass of `tuple`.
pub(crate) struct TupleClass {
    class: Py<PyType>,
    alloc: ffi::allocfunc,
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
        // SAFETY: the pointer is that of a type object, which `class` keeps alive.
        let slot = unsafe { ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_alloc) };
        if slot.is_null() {
            return Err(error("has no allocator"));
        }
        // SAFETY: the slot `Py_tp_alloc` of a type has this signature, and it is not null.
        let alloc = unsafe { mem::transmute::<*mut std::ffi::c_void, ffi::allocfunc>(slot) };
        Ok(TupleClass { class: class.clone().unbind(), alloc })
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
        let class = self.class.bind(py).as_type_ptr();
        // SAFETY: it is the allocator of that class, a subclass of `tuple`, whose only variable part
        // are its items: `tuple.__new__` calls it in the same way (Objects/tupleobject.c
        // `tuple_subtype_new`). It returns a new reference to a tuple with `N` null items, or null
        // with an exception.
        let tuple =
            unsafe { Bound::from_owned_ptr_or_err(py, (self.alloc)(class, N as ffi::Py_ssize_t))? };
        for (at, field) in fields.into_iter().enumerate() {
            // SAFETY: this is the only reference to the tuple, `at` is less than its length, and the
            // reference to the item is given away.
            let set = unsafe {
                ffi::PyTuple_SetItem(tuple.as_ptr(), at as ffi::Py_ssize_t, field.into_ptr())
            };
            if set != 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(tuple)
    }
}

/// Python's cyclic garbage collector does not run while this exists.
///
/// It would look at all new tuples again and again, though none of them is garbage: a third of the
/// time that it takes to build 100,000.
pub(crate) struct NoCollection {
    was_enabled: bool,
}

impl NoCollection {
    /// Of the calling thread's interpreter. Without a GIL other threads would see it, so there it is
    /// left as it is.
    pub(crate) fn new(_py: Python<'_>) -> NoCollection {
        #[cfg(Py_GIL_DISABLED)]
        let was_enabled = false;
        // SAFETY: the thread is attached to the interpreter.
        #[cfg(not(Py_GIL_DISABLED))]
        let was_enabled = unsafe { ffi::PyGC_Disable() } != 0;
        NoCollection { was_enabled }
    }
}

impl Drop for NoCollection {
    fn drop(&mut self) {
        if self.was_enabled {
            // SAFETY: as above: it lives on the stack of a function that is attached throughout.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}
