"""The wires between the nodes of a World: TCP relays that can be cut.

The address of each party in the consortium file is a relay's. When a wire is cut,
a relay learns which node called from the system's own table of sockets, so that
the wire between two parties can be cut both ways, and no other. What is sent into
a cut wire waits there, and nobody is told.
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
        self.cuts = frozenset()
        self.sockets = set()
        self.nodes = None
        self.is_open = True

    def start(self, nodes):
        self.nodes = nodes
        for name, port in self.ports.items():
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            s.listen(16)
            self.sockets.add(s)
            self.spawn(self.listen, s, name)

    def spawn(self, what, *how):
        thread = threading.Thread(target=what, args=how, daemon=True)
        thread.start()
        return thread

    def stop(self):
        self.is_open = False
        for s in list(self.sockets):
            shut(s)

    def cut(self, a, b):
        self.cuts = self.cuts | {frozenset((a, b))}

    def heal(self):
        self.cuts = frozenset()

    def caller(self, sock):
        """The node whose socket is the other end; None if it is gone."""
        here, there = sock.getsockname()[1], sock.getpeername()[1]
        with open("/proc/net/tcp") as f:
            rows = [line.split() for line in f if ":%04X " % there in line]
        inodes = {"socket:[%s]" % r[9] for r in rows
                  if int(r[1].split(":")[1], 16) == there and int(r[2].split(":")[1], 16) == here}
        for node in self.nodes.values():
            if node.child is None:
                continue
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
            except OSError:
                continue
            self.spawn(self.connect, near, name)
        listener.close()

    def connect(self, near, name):
        """One call to the party of that name, until an end hangs up."""
        try:
            far = socket.create_connection(("127.0.0.1", self.nodes[name].port))
        except OSError:
            near.close()
            return
        self.sockets |= {near, far}
        wire = Wire(self, near, name)
        back = self.spawn(self.relay, far, near, wire)
        self.relay(near, far, wire)
        back.join()
        for s in (near, far):  # not before: the number of a closed socket is another's soon
            self.sockets.discard(s)
            s.close()

    def relay(self, source, to, wire):
        try:
            while True:
                data = source.recv(CHUNK)
                while self.is_open and wire.is_cut():
                    time.sleep(0.01)
                if not data:
                    break
                to.sendall(data)
        except OSError:
            pass
        shut(source)
        shut(to)


def shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Wire:
    """One connection; who called is looked up once, when any wire is cut."""

    def __init__(self, wires, near, name):
        self.wires, self.near, self.name = wires, near, name
        self.ends = None

    def is_cut(self):
        cuts = self.wires.cuts
        if cuts and self.ends is None:
            self.ends = frozenset((self.wires.caller(self.near), self.name))
        return self.ends in cuts
