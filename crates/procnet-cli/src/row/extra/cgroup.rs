//! --cgroup-path: the paths of control groups.

use serde::Serialize;

use super::{ExtraColumn, SocketRow, text};
use crate::output::{Keep, Shape};

/// What -e has as well.
pub(super) const ID: &[ExtraColumn] =
    &[ExtraColumn::program("details.cgroup", |attributes| text(attributes.details.control_group))];

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::program("cgroup_path", |attributes| CgroupForm::of(attributes.row).cgroup_path),
    // Without a path, as ss prints it.
    ExtraColumn::people(("Cgroup path", Shape::Address, Keep::Always), |attributes| {
        let id = attributes.details.control_group?;
        let path = CgroupForm::of(attributes.row).cgroup_path;
        Some(path.unwrap_or_else(|| format!("unreachable:{id:x}")))
    }),
];

/// The member that the library does not serialize.
#[derive(Debug, Serialize)]
pub(super) struct CgroupForm {
    cgroup_path: Option<String>,
}

impl CgroupForm {
    pub(super) fn of(row: &SocketRow<'_>) -> CgroupForm {
        let id = row.socket.details().and_then(|details| details.control_group());
        CgroupForm { cgroup_path: row.groups.zip(id).and_then(|(groups, id)| groups.path(id)) }
    }
}
