"""The exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import Coverage

__all__ = [
    "ConntrackNotLoaded",
    "Error",
    "FilterError",
    "IncompleteError",
    "InvalidQuery",
    "Malformed",
    "NoSuchProcess",
    "NotAvailable",
    "PermissionDenied",
    "ReadError",
]


class Error(Exception):
    """Why there is no answer. What an answer lacks is no error: it is in its ``coverage``."""

    #: The file or directory that it concerns.
    path: str | None = None
    #: The line of that file, counted from 1.
    line: int | None = None
    #: The kernel's error number.
    errno: int | None = None

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self._fields = fields
        if isinstance(self, OSError):
            # Its own names for these.
            fields = {"filename": fields.get("path"), "strerror": message, **fields}
        for name, value in fields.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.message, self._fields)


def _restored(kind: type[Error], message: str, fields: dict[str, Any]) -> Error:
    return kind(message, **fields)


class NoSuchProcess(Error, ProcessLookupError):
    """There is no process with the requested pid."""


class PermissionDenied(Error, PermissionError):
    """The caller lacks the privilege to read ``path``."""


class ReadError(Error, OSError):
    """``path`` cannot be opened or read, or is no /proc or no network namespace."""


class NotAvailable(Error):
    """The kernel, the capture or the requested source does not have what was requested."""


class ConntrackNotLoaded(NotAvailable):
    """Connection tracking is not loaded, or the kernel is built without it."""


class Malformed(Error, ValueError):
    """A file does not have the format that the kernel gives it."""

    #: The name of the column in ``line``.
    column: str | None = None
    #: Where in the line, in bytes counted from 0.
    offset: int | None = None


class InvalidQuery(Error, ValueError):
    """An argument is unknown, or arguments contradict each other."""


class FilterError(InvalidQuery):
    """An expression is not a filter."""

    #: The whole expression.
    text: str = ""
    #: Where something else was expected, in characters counted from 1.
    column: int = 1
    #: What is there; empty at the end.
    found: str = ""
    #: What was expected.
    expected: str = ""


class IncompleteError(Error):
    """Something could not be seen: ``coverage`` has what, and why."""

    coverage: Coverage


for _name in __all__:
    globals()[_name].__module__ = "procnet"
