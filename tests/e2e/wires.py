"""The wires between the nodes of a World: TCP relays that can be cut.

The address of each party in the consortium file is a relay's. A relay learns
which node called from the system's own table of sockets, so that the wire
between two parties can be cut both ways, and no other. What is sent into a cut
wire waits there, and nobody is told.
"""

import os
import socket
import threading
import time

from world import PARTIES, free_port

CHUNK = 1 << 16


class Wires:
    def __init__(self):
        self.ports = {p: free_port() for p in PARTIES}
        self.cuts = set()
        self.sockets = []
        self.nodes = None
        self.is_open = True

    def start(self, nodes):
        self.nodes = nodes
        for name, port in self.ports.items():
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            s.listen(16)
            self.spawn(self.listen, s, name)

    def spawn(self, what, *how):
        self.sockets += [x for x in how if isinstance(x, socket.socket)]
        threading.Thread(target=what, args=how, daemon=True).start()

    def stop(self):
        self.is_open = False
        for s in self.sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def cut(self, a, b):
        self.cuts.add(frozenset((a, b)))

    def heal(self):
        self.cuts.clear()

    def caller(self, sock):
        """The node whose socket is the other end; None if it is gone."""
        here, there = sock.getsockname()[1], sock.getpeername()[1]
        with open("/proc/net/tcp") as f:
            rows = [line.split() for line in f][1:]
        inodes = {"socket:[%s]" % r[9] for r in rows
                  if int(r[1].split(":")[1], 16) == there and int(r[2].split(":")[1], 16) == here}
        for node in self.nodes.values():
            fds = "/proc/%d/fd/" % node.child.pid
            try:
                for fd in os.listdir(fds):
                    if os.readlink(fds + fd) in inodes:
                        return node.name
            except OSError:
                continue
        return None

    def listen(self, listener, name):
        while self.is_open:
            try:
                near, _ = listener.accept()
                caller = self.caller(near)
                far = socket.create_connection(("127.0.0.1", self.nodes[name].port))
            except OSError:
                if self.is_open:
                    near.close()
                continue
            wire = frozenset((caller, name))
            self.spawn(self.relay, near, far, wire)
            self.spawn(self.relay, far, near, wire)

    def relay(self, source, to, wire):
        try:
            while True:
                data = source.recv(CHUNK)
                while wire in self.cuts and self.is_open:
                    time.sleep(0.01)
                if not data:
                    break
                to.sendall(data)
        except OSError:
            pass
        for s in (source, to):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
