"""The Python package in place of psutil's reader of Linux connections.

`corpus/scripts/psutil-suite.sh` makes `psutil._pslinux` import `READER`, in every process that imports
psutil. That happens while psutil is being imported, when the package cannot import it yet.
"""


class Reader:
    def __init__(self, source):
        self.source = source

    def retrieve(self, kind, pid=None):
        import procnet.psutil

        return procnet.psutil.Reader(self.source).retrieve(kind, pid)


READER = Reader("auto")
