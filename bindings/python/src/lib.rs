//! The extension module `procnet._procnet`; `python/procnet/` has what users import.
//!
//! Each call releases the GIL while it asks the kernel, and builds Python objects afterwards. What
//! is kept from call to call is in `scanners`, which also takes care of `fork`.

mod answer;
mod arrow;
mod batches;
mod columns;
mod connections;
mod counters;
mod coverage;
mod error;
mod query;
mod scanner;
mod scanners;
mod snapshot;
mod socket;
mod text;
mod tuples;

/// The extension module: see `procnet/_procnet.pyi`.
#[pyo3::pymodule(gil_used = false)]
mod _procnet {
    #[pymodule_export]
    use crate::{
        answer::{Answer, AnswerIter},
        batches::Batches,
        columns::{ColumnBatches, Columns},
        connections::Connections,
        counters::{
            conntrack_counts, conntrack_stats, interface_snmp6, interfaces, io_counters, netstat,
            protocols, snmp, snmp6, sockstat, sockstat6, softnet, tracked,
        },
        coverage::Coverage,
        scanner::{Scanner, columns, list_pids, pids, sockets},
        scanners::close_idle,
        snapshot::{Change, Diff, Snapshot},
        socket::Socket,
    };

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
