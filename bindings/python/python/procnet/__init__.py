"""The sockets of a Linux host, and the processes that own them.

>>> import procnet
>>> for socket in procnet.sockets("tcp", listening=True):
...     print(socket.local, socket.owners)  # doctest: +SKIP

``procnet.psutil`` has psutil's functions, with psutil's results.
"""

from __future__ import annotations

import os as _os

from ._errors import (
    ConntrackNotLoaded,
    Error,
    FilterError,
    IncompleteError,
    InvalidQuery,
    Malformed,
    NoSuchProcess,
    NotAvailable,
    PermissionDenied,
    ReadError,
)
from ._procnet import (
    Answer,
    Batches,
    Change,
    ColumnBatches,
    Columns,
    Coverage,
    Diff,
    Scanner,
    Snapshot,
    Socket,
    __version__,
    close_idle,
    columns,
    conntrack_counts,
    conntrack_stats,
    interface_snmp6,
    interfaces,
    netstat,
    pids,
    protocols,
    snmp,
    snmp6,
    sockets,
    sockstat,
    sockstat6,
    softnet,
    tracked,
)
from ._types import Address, Owner, Timer

__all__ = [
    "Address",
    "Answer",
    "Batches",
    "Change",
    "ColumnBatches",
    "Columns",
    "ConntrackNotLoaded",
    "Coverage",
    "Diff",
    "Error",
    "FilterError",
    "IncompleteError",
    "InvalidQuery",
    "Malformed",
    "NoSuchProcess",
    "NotAvailable",
    "Owner",
    "PermissionDenied",
    "ReadError",
    "Scanner",
    "Snapshot",
    "Socket",
    "Timer",
    "__version__",
    "close_idle",
    "columns",
    "conntrack_counts",
    "conntrack_stats",
    "interface_snmp6",
    "interfaces",
    "netstat",
    "pids",
    "protocols",
    "snmp",
    "snmp6",
    "sockets",
    "sockstat",
    "sockstat6",
    "softnet",
    "tracked",
]

# Threads and sockets that are kept from call to call are not for a child to inherit, and Python 3.12
# warns of threads at each fork.
_os.register_at_fork(before=close_idle)
