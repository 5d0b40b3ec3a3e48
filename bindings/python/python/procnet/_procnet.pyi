"""The extension module. Users import these names from ``procnet``."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TypedDict, final, overload

from typing_extensions import CapsuleType, Self, Unpack

from ._types import Address, Owner, Timer

__version__: str

_Path = str | os.PathLike[str]
_Words = str | Iterable[str]
_Source = Literal["auto", "procfs", "netlink", "bpf", "recorded"]
_OwnerSource = Literal["auto", "walk", "bpf"]

class _Options(TypedDict, total=False):
    """What a query may say besides the kinds of sockets; ``None`` is the default of each."""

    #: An expression in the language of ss: docs/filters.md.
    filter: str | None
    #: Names of states, as in ss or as in the kernel.
    states: _Words | None
    #: Only sockets that wait for others, as ``ss -l`` lists them.
    listening: bool | None
    #: Only sockets bound to this local port.
    port: int | None
    #: Only sockets of this process, in its network namespace.
    pid: int | None
    #: ``"all"``, ``"own"``, the pid of a process, a name as in ``ip netns``, or the path of a file.
    netns: int | _Path | None
    #: Whether to find owners, which is most of the cost; ``True`` by default.
    owners: bool | None
    #: Whether a scanner keeps owners and looks only for new ones; or for how many seconds.
    incremental: bool | float | None
    #: At most this many sockets.
    limit: int | None
    #: Names of details (``tcp_info``, ``memory`` and others: docs/formats.md), or ``"all"``.
    details: _Words | None
    #: Whether to include TCP sockets that are bound, but neither listen nor are connected.
    bound: bool | None
    source: _Source | None
    owner_source: _OwnerSource | None

@final
class Coverage:
    """What an answer could not see."""

    @property
    def is_complete(self) -> bool:
        """Whether everything requested was seen, up to the query's own limit."""
    @property
    def gaps(self) -> list[str]:
        """A line for each thing that is missing."""
    @property
    def sockets(self) -> int:
        """Sockets in the answer."""
    @property
    def rows(self) -> int:
        """Rows that the kernel returned, before any filter."""
    @property
    def ownerless(self) -> int:
        """Sockets with an inode, but without a visible owner."""
    @property
    def without_inode(self) -> int:
        """Sockets that no file belongs to, such as those in TIME_WAIT."""
    @property
    def undecided(self) -> int:
        """Sockets left out because it is unknown whether they match the filter."""
    @property
    def undecodable(self) -> int:
        """Rows that do not decode."""
    @property
    def suspect(self) -> int:
        """Sockets whose row may be forged."""
    @property
    def truncated(self) -> bool:
        """Whether the limit was reached."""
    @property
    def absent(self) -> list[str]:
        """Tables that this kernel does not have."""
    @property
    def unreadable(self) -> dict[str, str]:
        """Tables that could not be read to their end, each with the reason."""
    @property
    def hidden_processes(self) -> int:
        """Processes whose descriptors could not be read."""
    @property
    def owners_by_bpf(self) -> bool:
        """Whether a BPF iterator found the owners, which sees those of all processes."""
    @property
    def sources(self) -> dict[str, str]:
        """The source of each table."""
    def raise_if_incomplete(self) -> None:
        """Raises ``IncompleteError`` if something is missing."""
    def as_dict(self) -> dict[str, Any]:
        """Everything that is known about the answer."""

@final
class Socket:
    """A socket. What its kind does not have, or what is unknown, is ``None``."""

    @property
    def kind(self) -> str:
        """The table that lists it: ``tcp``, ``tcp6``, ``udp``, ``udp6``, ``unix`` or another one."""
    @property
    def state(self) -> str:
        """``ESTABLISHED``, ``LISTEN``, ``UNCONN`` and so on: docs/formats.md."""
    @property
    def family(self) -> int:
        """The number of its address family, such as ``socket.AF_INET``."""
    @property
    def local(self) -> Address | None:
        """The address and port it is bound to."""
    @property
    def remote(self) -> Address | None:
        """The peer's address and port: zeros if there is none."""
    @property
    def inode(self) -> int | None:
        """The number by which descriptors name it."""
    @property
    def cookie(self) -> int | None:
        """The kernel's number for it: no other socket of this boot has the same one."""
    @property
    def uid(self) -> int | None:
        """The user it belongs to."""
    @property
    def rx_queue(self) -> int | None:
        """Bytes waiting to be read; of a TCP listener, connections waiting to be accepted."""
    @property
    def tx_queue(self) -> int | None:
        """Bytes not sent or not acknowledged yet."""
    @property
    def backlog(self) -> int | None:
        """How many connections may wait at a TCP listener."""
    @property
    def drops(self) -> int | None:
        """Packets dropped since it was created."""
    @property
    def interface(self) -> int | None:
        """The index of the interface it is bound to."""
    @property
    def type(self) -> str | None:
        """Of a unix or packet socket: ``stream``, ``dgram``, ``raw``, ``seqpacket``."""
    @property
    def name(self) -> str | None:
        """Of a unix socket, decoded as the names of files are, with ``@`` for an abstract one."""
    @property
    def peer(self) -> int | None:
        """The inode of the other end of a unix socket."""
    @property
    def owners(self) -> tuple[Owner, ...]:
        """Every descriptor that holds it, as far as requested and visible."""
    @property
    def peer_owners(self) -> tuple[Owner, ...]:
        """Every descriptor that holds the other end of a unix socket."""
    @property
    def pids(self) -> list[int]:
        """The PIDs of its owners, each once."""
    @property
    def netns(self) -> int | None:
        """The inode of its network namespace, if the query names one."""
    @property
    def timer(self) -> Timer | None:
        """The running timer of a TCP socket."""
    @property
    def details(self) -> dict[str, Any] | None:
        """The requested details, in the form of docs/formats.md."""
    @property
    def suspect(self) -> bool:
        """Whether its row may be forged: docs/formats.md."""
    def as_dict(self) -> dict[str, Any]:
        """The object of docs/formats.md, whose names are escaped."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Answer:
    """The sockets of one visit, as a sequence."""

    @property
    def coverage(self) -> Coverage:
        """What could not be seen."""
    def raise_if_incomplete(self) -> Answer:
        """The answer itself; ``IncompleteError`` if something is missing."""
    def columns(self) -> Columns:
        """The same sockets as columns."""
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> CapsuleType: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: int, /) -> Socket: ...
    @overload
    def __getitem__(self, key: slice, /) -> list[Socket]: ...
    def __iter__(self) -> Iterator[Socket]: ...

@final
class Columns:
    """Sockets as columns, whose names are the keys of docs/formats.md, in Arrow's layout.

    ``polars.DataFrame(columns)``, ``pyarrow.table(columns)`` and
    ``pandas.DataFrame.from_arrow(columns)`` take it without a copy.
    """

    @property
    def coverage(self) -> Coverage | None:
        """What could not be seen; ``None`` in a batch."""
    def raise_if_incomplete(self) -> Columns:
        """The columns themselves; ``IncompleteError`` if something is missing."""
    @property
    def names(self) -> list[str]:
        """The names of the columns."""
    @property
    def nbytes(self) -> int:
        """The memory that they take, in bytes."""
    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[CapsuleType, CapsuleType]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> CapsuleType: ...
    def __len__(self) -> int: ...

@final
class Batches:
    """Iterates lists of sockets while they are read."""

    @property
    def coverage(self) -> Coverage | None:
        """What could not be seen; ``None`` until the last batch has been taken."""
    def __iter__(self) -> Self: ...
    def __next__(self) -> list[Socket]: ...

@final
class ColumnBatches:
    """Iterates columns while the sockets are read; Arrow can take it as a stream."""

    @property
    def coverage(self) -> Coverage | None:
        """What could not be seen; ``None`` until the last batch has been taken."""
    def __iter__(self) -> Self: ...
    def __next__(self) -> Columns: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> CapsuleType: ...

@final
class Change:
    """How a socket differs between two snapshots."""

    @property
    def change(self) -> Literal["appeared", "vanished", "changed"]: ...
    @property
    def socket(self) -> Socket:
        """The socket as last seen."""
    @property
    def before(self) -> Socket | None:
        """The socket before it changed."""
    @property
    def what(self) -> list[str]:
        """What changed: ``state``, ``owners``, ``addresses``, ``name``, ``user``, ``queues``."""

@final
class Diff:
    """The differences between two snapshots, as a sequence."""

    @property
    def not_compared(self) -> list[str]:
        """Tables of which not all sockets that appeared or vanished are known."""
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Change]: ...
    def __getitem__(self, key: int, /) -> Change: ...

@final
class Snapshot:
    """The sockets of one visit, kept for comparison with those of another."""

    @property
    def coverage(self) -> Coverage:
        """What could not be seen."""
    def raise_if_incomplete(self) -> Snapshot:
        """The snapshot itself; ``IncompleteError`` if something is missing."""
    def carry_over(self, before: Snapshot) -> None:
        """Adds sockets of the snapshot before this one that this one may have missed.

        While sockets come and go, a table of /proc may leave out one that exists all the time.
        """
    def diff(self, newer: Snapshot, *, queues: bool = False) -> Diff:
        """The differences to a newer snapshot of the same query; those of queues on request."""
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Socket]: ...

@final
class Scanner:
    """Answers queries, and keeps buffers, threads and sockets from one to the next.

    ``root`` is another /proc, or a capture; the default is ``$HOST_PROC``, else /proc. ``threads`` is
    how many threads walk the processes, by default as many as there are processors, at most 4. Calls
    of several threads wait for each other.
    """

    def __new__(cls, root: _Path | None = None, *, threads: int | None = None) -> Self: ...
    def sockets(self, kinds: _Words | None = None, **options: Unpack[_Options]) -> Answer:
        """As ``procnet.sockets()``."""
    def columns(self, kinds: _Words | None = None, **options: Unpack[_Options]) -> Columns:
        """As ``procnet.columns()``."""
    def batches(
        self, kinds: _Words | None = None, *, size: int = 10_000, **options: Unpack[_Options]
    ) -> Batches:
        """The same as lists of ``size`` sockets, while they are read.

        Another call of this scanner waits until they have been taken, or given up.
        """
    def column_batches(
        self, kinds: _Words | None = None, *, size: int = 10_000, **options: Unpack[_Options]
    ) -> ColumnBatches:
        """The same as columns of ``size`` sockets."""
    def snapshot(self, kinds: _Words | None = None, **options: Unpack[_Options]) -> Snapshot:
        """The sockets, kept for a comparison. It uses the memory of a snapshot that is gone."""
    def count(
        self, kinds: _Words | None = None, **options: Unpack[_Options]
    ) -> tuple[int, Coverage]:
        """The number of sockets. No process is examined, unless the filter needs it."""
    def owners_of(self, inode: int) -> list[tuple[int, int]]:
        """The PIDs and descriptors that hold the socket with this inode."""
    def pids(self) -> list[int]:
        """The PIDs of all visible processes."""
    def namespaces(self) -> list[dict[str, Any]]:
        """The network namespaces that can be found: ``inode``, ``pid`` of a process, ``path``."""

@final
class AnswerIter:
    def __iter__(self) -> Self: ...
    def __next__(self) -> Socket: ...
    def __length_hint__(self) -> int: ...

@final
class Connections:
    def __new__(
        cls,
        *,
        classes: tuple[type, type, type],
        families: tuple[object, object, object],
        types: Sequence[object],
        statuses: Sequence[object],
        none: object,
    ) -> Self: ...
    def list(
        self,
        kind: str,
        pid: int | None = None,
        *,
        root: _Path,
        source: str = "auto",
        all_owners: bool = False,
    ) -> list[Any]: ...

def sockets(kinds: _Words | None = None, **options: Unpack[_Options]) -> Answer:
    """The sockets of these kinds (by default TCP, UDP and unix sockets), with their owners.

    ``kinds`` are names of tables or of sets: ``tcp``, ``tcp4``, ``udp6``, ``inet``, ``unix``, ``raw``,
    ``netlink``, ``packet``, ``all`` as in psutil, ``every``.
    """

def columns(kinds: _Words | None = None, **options: Unpack[_Options]) -> Columns:
    """The same as columns. No Python object is made for a socket."""

def pids(root: _Path | None = None) -> list[int]:
    """The PIDs of all visible processes."""

def list_pids(root: _Path) -> list[int]: ...
def interfaces(root: _Path | None = None) -> dict[str, dict[str, int]]:
    """The 16 counters of each network interface, from net/dev."""

def io_counters(root: _Path) -> dict[str, tuple[int, ...]]: ...
def snmp(*protocols: str, root: _Path | None = None) -> dict[str, dict[str, int]]:
    """The counters of these protocols, in any case, from net/snmp; of all if none is named."""

def netstat(*protocols: str, root: _Path | None = None) -> dict[str, dict[str, int]]:
    """The extended counters (``TcpExt``, ``IpExt``, ``MPTcpExt``), from net/netstat."""

def snmp6(root: _Path | None = None) -> dict[str, int]:
    """The counters of IPv6, from net/snmp6."""

def interface_snmp6(name: str, root: _Path | None = None) -> dict[str, int]:
    """The counters of IPv6 of one interface."""

def sockstat(root: _Path | None = None) -> dict[str, dict[str, int]]:
    """The numbers of sockets and their memory, from net/sockstat."""

def sockstat6(root: _Path | None = None) -> dict[str, dict[str, int]]:
    """The same of IPv6, from net/sockstat6."""

def softnet(root: _Path | None = None) -> list[dict[str, int | None]]:
    """Packet counters of each CPU, from net/softnet_stat."""

def protocols(root: _Path | None = None) -> list[dict[str, Any]]:
    """The protocols that the kernel knows, from net/protocols."""

def conntrack_counts(
    netns: int | None = None, *, root: _Path | None = None
) -> dict[str, int]:
    """The number of tracked connections (``count``), and how many may be (``max``).

    ``netns`` is the pid of a process in another network namespace.
    """

def conntrack_stats(netns: int | None = None, *, root: _Path | None = None) -> dict[str, Any]:
    """The counters of connection tracking: ``total``, and ``cpus``, a list."""

def tracked(netns: int | None = None, *, root: _Path | None = None) -> list[dict[str, Any]]:
    """The tracked connections, in the form of docs/formats.md."""

def close_idle() -> None:
    """Ends the threads and closes the descriptors that functions keep from one call to the next.

    That happens before every ``fork`` anyway.
    """
