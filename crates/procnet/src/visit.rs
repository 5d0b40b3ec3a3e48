//! What a visitor may return, and what its caller gets; sockets kept in a list.

use std::ops::ControlFlow;

use crate::{Coverage, OwnedSocket};

/// What a visitor may return: nothing, a [`ControlFlow`], or a [`Result`].
///
/// | the visitor returns | it stops at | the caller gets |
/// |---|---|---|
/// | `()` | the last socket | the coverage |
/// | `ControlFlow<B>` | the first `Break` | the coverage, and `Option<B>` |
/// | `Result<(), E>` | the first `Err` | the coverage, and `Result<(), E>` |
///
/// It is sealed: no other type implements it.
pub trait VisitResult: sealed::Sealed + Sized {
    /// What a visitor stops with.
    type Break;
    /// What the caller gets, of a coverage of type `C`.
    type Output<C>;

    /// Whether to go on.
    #[doc(hidden)]
    fn into_flow(self) -> ControlFlow<Self::Break>;

    /// What the caller gets.
    #[doc(hidden)]
    fn output<C>(coverage: C, stopped: Option<Self::Break>) -> Self::Output<C>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for () {}
    impl<B> Sealed for std::ops::ControlFlow<B> {}
    impl<E> Sealed for Result<(), E> {}
}

impl VisitResult for () {
    type Break = std::convert::Infallible;
    type Output<C> = C;

    #[inline]
    fn into_flow(self) -> ControlFlow<Self::Break> {
        ControlFlow::Continue(())
    }

    fn output<C>(coverage: C, _stopped: Option<Self::Break>) -> C {
        coverage
    }
}

impl<B> VisitResult for ControlFlow<B> {
    type Break = B;
    type Output<C> = (C, Option<B>);

    #[inline]
    fn into_flow(self) -> ControlFlow<B> {
        self
    }

    fn output<C>(coverage: C, stopped: Option<B>) -> (C, Option<B>) {
        (coverage, stopped)
    }
}

impl<E> VisitResult for Result<(), E> {
    type Break = E;
    type Output<C> = (C, Result<(), E>);

    #[inline]
    fn into_flow(self) -> ControlFlow<E> {
        match self {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn output<C>(coverage: C, stopped: Option<E>) -> (C, Result<(), E>) {
        (coverage, stopped.map_or(Ok(()), Err))
    }
}

/// Sockets to keep, and what they cover.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The sockets, in the order in which the kernel gave them.
    pub sockets: Vec<OwnedSocket>,
    /// What could not be seen.
    pub coverage: Coverage,
}
