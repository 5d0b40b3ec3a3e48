//! A column of Community IDs.

use std::{net::SocketAddr, sync::Arc};

use arrow_array::{ArrayRef, StringArray, builder::StringBuilder};
use procnet::{Kind, community_id::CommunityId};

use crate::SocketColumns;

/// Community IDs, if they are asked for; nulls if not.
#[derive(Debug, Default)]
pub(crate) struct CommunityIds {
    seed: Option<u16>,
    ids: StringBuilder,
}

impl CommunityIds {
    /// Those with this seed from now on, or none.
    pub(crate) fn set(&mut self, seed: Option<u16>) {
        self.seed = seed;
    }

    #[inline]
    pub(crate) fn push(
        &mut self,
        kind: Kind,
        local: Option<SocketAddr>,
        remote: Option<SocketAddr>,
    ) {
        let Some(seed) = self.seed else { return };
        let ends = local.zip(remote);
        let id = ends.and_then(|(local, remote)| CommunityId::of(kind, local, remote, seed));
        self.ids.append_option(id.as_ref().map(CommunityId::as_str));
    }

    pub(crate) fn take(&mut self, rows: usize) -> ArrayRef {
        match self.seed {
            Some(_) => Arc::new(self.ids.finish()),
            None => Arc::new(StringArray::new_null(rows)),
        }
    }
}

impl SocketColumns {
    /// Whether rows have the [Community ID](procnet::community_id) of their connection, with this seed. By
    /// default they do not. To be called while there are no rows.
    #[must_use]
    pub fn community_ids(mut self, seed: Option<u16>) -> SocketColumns {
        self.community_id.set(seed);
        self
    }
}
