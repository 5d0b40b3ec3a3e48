//! Tables of the network that are no sockets: a row a line.

use std::marker::PhantomData;

use procnet::{
    ByteOrder, GroupDevice, GroupMembership, Tracked,
    core::{
        network::{igmp, nf_conntrack},
        table::Table,
    },
};

use super::{Decoder, report::Report};
use crate::{
    error::Error,
    output::Header,
    row::{Record, RecordRow},
};

/// A table whose lines are rows of their own, and what they are printed as.
pub(super) struct Lines<T, R> {
    table: T,
    row: PhantomData<R>,
}

/// Decodes such a table.
pub(super) fn lines<T, R>(table: T) -> Box<dyn Decoder>
where
    T: Table + 'static,
    R: Record + for<'a> From<T::Row<'a>> + 'static,
{
    Box::new(Lines::<T, R> { table, row: PhantomData })
}

impl<T, R> Decoder for Lines<T, R>
where
    T: Table,
    R: Record + for<'a> From<T::Row<'a>>,
{
    fn header(&self) -> Header {
        RecordRow::<R>::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match self.table.row(line, number) {
            Some(Ok(row)) => report.row(RecordRow::<R>::header, &RecordRow(&R::from(row))),
            Some(Err(error)) => {
                report.bad(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Groups of IPv4, whose interface is told by a line before them.
pub(super) struct Igmp {
    table: igmp::Table,
    device: GroupDevice,
}

impl Igmp {
    pub(super) fn new(order: ByteOrder) -> Igmp {
        Igmp { table: igmp::Table { order }, device: GroupDevice::default() }
    }
}

impl Decoder for Igmp {
    fn header(&self) -> Header {
        RecordRow::<GroupMembership>::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let Some(row) = self.table.row(line, number) else { return Ok(()) };
        if let Err(error) = row {
            report.bad(number, error);
        }
        match self.device.take(row) {
            Some(group) => report.row(RecordRow::<GroupMembership>::header, &RecordRow(&group)),
            None => Ok(()),
        }
    }
}

/// Tracked connections, which borrow their line.
pub(super) struct Connections;

impl Decoder for Connections {
    fn header(&self) -> Header {
        RecordRow::<Tracked<'_>>::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match nf_conntrack::Table.row(line, number) {
            Some(Ok(row)) => {
                report.row(RecordRow::<Tracked<'_>>::header, &RecordRow(&Tracked(row)))
            }
            Some(Err(error)) => {
                report.bad(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
