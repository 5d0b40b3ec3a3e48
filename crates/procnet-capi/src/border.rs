//! The border to C: everything that is unsafe in this crate, with its reasons.
//!
//! The arguments of exported functions have types that C can pass and that say what they are: a
//! reference in an `Option` is a pointer that may be NULL, an `Option<Box<T>>` is a handle that is
//! given back, and the types of this module stand for strings, arrays, scanners and callbacks. The
//! functions themselves are then safe code. What C has to promise is what `procnet.h` says of every
//! argument: a pointer that is not NULL is valid for the type it points to, and, unless stated
//! otherwise, for the duration of the call; a handle came from this library and has not been freed.
//!
//! Nothing that C does *with* valid handles may break memory safety: a scanner that is used by two
//! threads or from its own callback is refused, and one that is freed in its callback lives until the
//! call returns ([`Exclusive`]).

#![allow(unsafe_code)]

mod exclusive;

use std::{
    any::Any,
    ffi::{CStr, c_char, c_int, c_void},
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
    slice,
};

use procnet::Socket;

pub(crate) use self::exclusive::Exclusive;
use crate::{
    error::{Failure, procnet_error},
    result::{PROCNET_NULL, PROCNET_OK, PROCNET_PANIC, procnet_result},
    socket::procnet_socket,
};

/// A place for a result, which need not be initialized; or NULL. Not a reference, as a callback may
/// use the place during the call.
pub type Out<T> = Option<NonNull<T>>;

/// A place for an error; or NULL.
pub type ErrorOut = Out<*mut procnet_error>;

/// Writes to a place that may be NULL.
pub(crate) fn put<T>(out: Out<T>, value: T) {
    if let Some(out) = out {
        // SAFETY: the caller promises that it may be written.
        unsafe { out.write(value) };
    }
}

/// Puts a new handle into a place that may be NULL.
pub(crate) fn put_handle<T>(out: Out<*mut T>, value: T) {
    if out.is_some() {
        put(out, Box::into_raw(Box::new(value)));
    }
}

/// A copy of what a handle stands for, so that the handle is not used during callbacks.
pub(crate) fn copy_of<T: Clone>(handle: Option<NonNull<T>>, name: &str) -> Result<T, Failure> {
    let handle = not_null(handle, name)?;
    // SAFETY: the caller promises that it is valid, and that no other thread changes it.
    Ok(unsafe { handle.as_ref() }.clone())
}

/// Runs the body of an exported function. Sets the error, to NULL on success; catches panics.
pub(crate) fn run(error: ErrorOut, body: impl FnOnce() -> Result<(), Failure>) -> procnet_result {
    // What a panic leaves behind is refused from then on, if it can be asked again: see `Exclusive`.
    // A query is changed by single assignments.
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => {
            put(error, std::ptr::null_mut());
            return PROCNET_OK;
        }
        Ok(Err(failure)) => failure,
        Err(payload) => panicked(payload),
    };
    let code = failure.code();
    if error.is_some() {
        put(error, failure.into_raw());
    }
    code
}

/// Runs the body of an exported function that has no error. A panic results in `otherwise`.
pub(crate) fn guard<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        std::mem::forget(payload);
        otherwise
    })
}

#[cold]
fn panicked(payload: Box<dyn Any + Send>) -> Failure {
    let text = (payload.downcast_ref::<&str>().copied())
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let failure = Failure::new(
        PROCNET_PANIC,
        format!("a fault in the library: {}", text.unwrap_or("of unknown kind")),
    );
    // Dropping what somebody else has thrown may panic.
    std::mem::forget(payload);
    failure
}

/// The value of an argument, or the failure if it is NULL.
pub(crate) fn not_null<T>(argument: Option<T>, name: &str) -> Result<T, Failure> {
    argument.ok_or_else(|| null(name))
}

#[cold]
pub(crate) fn null(name: &str) -> Failure {
    Failure::new(PROCNET_NULL, format!("{name} is NULL"))
}

/// A handle for C, which comes back as `Option<Box<T>>` to be freed.
pub(crate) fn into_handle<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// A string that ends with NUL; or NULL.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text<'a>(Option<NonNull<c_char>>, PhantomData<&'a CStr>);

impl<'a> Text<'a> {
    /// No string.
    pub const NULL: Text<'a> = Text(None, PhantomData);

    /// The bytes without the NUL.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        // SAFETY: the caller promises that it ends with NUL, and does not change during the call.
        self.0.map(|text| unsafe { CStr::from_ptr(text.as_ptr()) }.to_bytes())
    }
}

/// Strings that end with NUL; or NULL.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Texts<'a>(Option<NonNull<Text<'a>>>, PhantomData<&'a Text<'a>>);

impl<'a> Texts<'a> {
    /// The first `count` of them; `None` if it is NULL and `count` is not 0.
    pub(crate) fn slice(self, count: usize) -> Option<&'a [Text<'a>]> {
        match self.0 {
            // SAFETY: the caller promises that there are as many.
            Some(first) => Some(unsafe { slice::from_raw_parts(first.as_ptr(), count) }),
            None => (count == 0).then_some(&[]),
        }
    }
}

/// Bytes; or NULL.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Bytes<'a>(Option<NonNull<c_void>>, PhantomData<&'a [u8]>);

impl<'a> Bytes<'a> {
    /// The first `count` of them; none if it is NULL.
    pub(crate) fn slice(self, count: usize) -> &'a [u8] {
        match self.0 {
            // SAFETY: the caller promises that there are as many.
            Some(first) => unsafe { slice::from_raw_parts(first.as_ptr().cast(), count) },
            None => &[],
        }
    }
}

/// Space for bytes, which need not be initialized; or NULL.
#[repr(transparent)]
pub struct BytesOut<'a>(Option<NonNull<c_void>>, PhantomData<&'a mut [u8]>);

impl BytesOut<'_> {
    /// Fills `size` bytes: with as many of `bytes` as fit, then with zeros.
    pub(crate) fn fill(self, size: usize, bytes: &[u8]) {
        let Some(space) = self.0 else { return };
        let count = bytes.len().min(size);
        let space = space.as_ptr().cast::<u8>();
        // SAFETY: the caller promises `size` writable bytes, and `count` is at most that. They do not
        // overlap with what this library received from the kernel.
        unsafe {
            space.copy_from_nonoverlapping(bytes.as_ptr(), count);
            space.add(count).write_bytes(0, size - count);
        }
    }
}

/// Space for a string, which need not be initialized; or NULL.
#[repr(transparent)]
pub struct TextOut<'a>(Option<NonNull<c_char>>, PhantomData<&'a mut [c_char]>);

impl TextOut<'_> {
    /// Writes as much of the text as fits before a NUL, as `snprintf(3)` does. Returns the length of
    /// the whole text.
    pub(crate) fn write(self, capacity: usize, text: &str) -> usize {
        if let (Some(space), 1..) = (self.0, capacity) {
            // An escaped text is ASCII, or cut between two characters.
            let count = text.floor_char_boundary_at(capacity - 1);
            // SAFETY: the caller promises `capacity` writable bytes, and `count` is less than that.
            unsafe {
                let space = space.as_ptr().cast::<u8>();
                space.copy_from_nonoverlapping(text.as_ptr(), count);
                space.add(count).write(0);
            }
        }
        text.len()
    }
}

trait FloorCharBoundary {
    fn floor_char_boundary_at(&self, at: usize) -> usize;
}

impl FloorCharBoundary for str {
    /// The end of the last character that ends at `at` or before.
    fn floor_char_boundary_at(&self, at: usize) -> usize {
        let mut end = at.min(self.len());
        while !self.is_char_boundary(end) {
            end -= 1;
        }
        end
    }
}

/// Space for numbers, which need not be initialized; or NULL.
#[repr(transparent)]
pub struct NumbersOut<'a>(Option<NonNull<u32>>, PhantomData<&'a mut [u32]>);

impl NumbersOut<'_> {
    pub(crate) fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// Writes as many of the numbers as fit.
    pub(crate) fn write(self, capacity: usize, numbers: &[u32]) {
        let Some(space) = self.0 else { return };
        let count = numbers.len().min(capacity);
        // SAFETY: the caller promises space for `capacity` numbers, and `count` is at most that.
        unsafe { space.as_ptr().copy_from_nonoverlapping(numbers.as_ptr(), count) };
    }
}

/// A function that C passes, and what it gets beside its argument. A result other than 0 stops the
/// visit.
///
/// `C-unwind`, so that a panic of a callback in Rust reaches [`run`]. An exception of C++ must not
/// leave a callback, as the header says.
pub(crate) struct Callback<T> {
    function: unsafe extern "C-unwind" fn(*const T, *mut c_void) -> c_int,
    userdata: *mut c_void,
}

impl<T> Callback<T> {
    pub(crate) fn new(
        function: Option<unsafe extern "C-unwind" fn(*const T, *mut c_void) -> c_int>,
        userdata: *mut c_void,
    ) -> Result<Callback<T>, Failure> {
        Ok(Callback { function: not_null(function, "callback")?, userdata })
    }

    /// Whether it wants more.
    #[inline]
    pub(crate) fn call(&self, argument: &T) -> bool {
        // SAFETY: the caller promises a function of this type. What it is passed is valid until it
        // returns, and not written by anyone.
        unsafe { (self.function)(argument, self.userdata) == 0 }
    }
}

/// A callback with two sockets, either of which may be NULL, and a number.
pub(crate) struct ChangeCallback {
    function: ChangeFunction,
    userdata: *mut c_void,
}

type ChangeFunction = unsafe extern "C-unwind" fn(
    *const procnet_socket,
    *const procnet_socket,
    u32,
    *mut c_void,
) -> c_int;

impl ChangeCallback {
    pub(crate) fn new(
        function: Option<ChangeFunction>,
        userdata: *mut c_void,
    ) -> Result<ChangeCallback, Failure> {
        Ok(ChangeCallback { function: not_null(function, "callback")?, userdata })
    }

    /// Whether it wants more.
    pub(crate) fn call(
        &self,
        before: Option<&procnet_socket>,
        after: Option<&procnet_socket>,
        what: u32,
    ) -> bool {
        let pointer =
            |socket: Option<&procnet_socket>| socket.map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: as for `Callback::call`.
        unsafe { (self.function)(pointer(before), pointer(after), what, self.userdata) == 0 }
    }
}

/// The socket of the library behind the structure that a callback got.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct More(*const c_void);

impl More {
    #[inline]
    pub(crate) fn new(socket: &Socket<'_>) -> More {
        More(std::ptr::from_ref(socket).cast())
    }
}

impl procnet_socket {
    /// What it was made from.
    pub(crate) fn more(&self) -> Option<&Socket<'_>> {
        // SAFETY: it was made by `More::new`, from a reference that outlives the structure passed to
        // the callback; the caller promises to use neither after the callback has returned.
        unsafe { self.more.0.cast::<Socket<'_>>().as_ref() }
    }
}
