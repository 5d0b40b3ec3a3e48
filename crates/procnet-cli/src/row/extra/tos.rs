//! --tos: what packets are marked with.

use super::{ExtraColumn, text, usually_zero};

/// What -e has as well.
pub(super) const SHARED: &[ExtraColumn] = &[
    ExtraColumn::both("details.tos", usually_zero("Tos"), |attributes| {
        text(attributes.details.type_of_service)
    }),
    ExtraColumn::both("details.tclass", usually_zero("Tclass"), |attributes| {
        text(attributes.details.traffic_class)
    }),
];

pub(super) const COLUMNS: &[ExtraColumn] =
    &[ExtraColumn::both("details.class_id", usually_zero("Class"), |attributes| {
        text(attributes.details.class_id)
    })];
