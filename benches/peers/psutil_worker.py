"""psutil as a worker process, see the module `protocol` of the benches; its argument is the kind."""

import sys
import time

import psutil

print("ready", psutil.__version__, flush=True)
for _request in sys.stdin:
    begin = time.perf_counter_ns()
    found = psutil.net_connections(sys.argv[1])
    duration = time.perf_counter_ns() - begin
    owned = sum(1 for connection in found if connection.pid is not None)
    print(len(found), owned, duration, flush=True)
    del found
