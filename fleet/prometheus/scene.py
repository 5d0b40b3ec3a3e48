"""Sockets that the alert rules are about. They exist until this is ended."""

import ctypes
import socket
import time

NAME = b'a"}\\ \n\xff'

# prctl(PR_SET_NAME): the name that this process has in /proc.
ctypes.CDLL(None).prctl(15, NAME, 0, 0, 0)

full = socket.create_server(("127.0.0.1", 8080), backlog=1)
waiting = [socket.create_connection(("127.0.0.1", 8080)) for _ in range(2)]

closer = socket.create_server(("127.0.0.1", 8081))
not_closed = []
for _ in range(120):
    not_closed.append(socket.create_connection(("127.0.0.1", 8081)))
    closer.accept()[0].close()

others = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM), *socket.socketpair()]
others[0].bind(("127.0.0.1", 5353))
inet6 = socket.create_server(("::1", 8082), family=socket.AF_INET6)

while True:
    # So that there are births and ends.
    socket.create_connection(("::1", 8082)).close()
    inet6.accept()[0].close()
    time.sleep(0.2)
