//! The values in conditions.

use procnet_core::table::SocketType;

use super::scan::Compares;
use crate::filter::{Condition, Filter, Order, condition::number as number_of, service};

/// `:443`, `443`, `0x1bb`, `*:443`, `:https`.
pub(super) fn port(word: &str) -> Option<u16> {
    let word = word.strip_prefix('*').filter(|rest| rest.starts_with(':')).unwrap_or(word);
    let word = word.strip_prefix(':').unwrap_or(word);
    if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        u16::try_from(number_of(word)?).ok()
    } else {
        service::port(word)
    }
}

/// A comparison with a number. `> n` becomes `>= n + 1` rather than the negation of `<= n`, which
/// everything without such a number would also satisfy.
pub(super) fn number<T: Copy + TryFrom<u64> + Into<u64>>(
    compares: Compares,
    number: T,
    condition: impl FnOnce(Order, T) -> Condition,
) -> Filter {
    let (order, number) = match compares {
        Compares::Equal => (Order::Equal, Some(number)),
        Compares::Unequal => return !Filter::is(condition(Order::Equal, number)),
        Compares::AtLeast => (Order::AtLeast, Some(number)),
        Compares::AtMost => (Order::AtMost, Some(number)),
        Compares::Above => (Order::AtLeast, T::try_from(number.into() + 1).ok()),
        Compares::Below => {
            let before = number.into().checked_sub(1);
            (Order::AtMost, before.and_then(|before| T::try_from(before).ok()))
        }
    };
    match number {
        Some(number) => Filter::is(condition(order, number)),
        None => Filter::states([]),
    }
}

/// A number of 32 bits.
pub(super) fn small_number(word: &str) -> Option<u32> {
    u32::try_from(number_of(word)?).ok()
}

/// `1`, `0x10`, `0x10/0xff`.
pub(super) fn mark(word: &str) -> Option<Condition> {
    let (mark, mask) = match word.split_once('/') {
        Some((mark, mask)) => (small_number(mark)?, small_number(mask)?),
        None => (small_number(word)?, u32::MAX),
    };
    Some(Condition::Mark { mark, mask })
}

/// A kind, or a set of kinds.
pub(super) fn kinds(word: &str) -> Option<Condition> {
    word.parse().ok().map(Condition::Kinds)
}

/// The type of a socket.
pub(super) fn socket_type(word: &str) -> Option<Condition> {
    let all = [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET, SocketType::RAW];
    all.into_iter().find(|is| is.to_string() == word).map(Condition::Type)
}
