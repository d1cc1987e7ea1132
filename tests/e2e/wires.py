"""The wires between the nodes of a World: TCP relays that can be cut.

The address of each party in the consortium file is a relay's. A relay learns
which node called from the system's own table of sockets, so that the wire
between two parties can be cut both ways, and no other.
"""

import os
import selectors
import socket
import threading
import time

from world import PARTIES, free_port

CHUNK = 1 << 16


class Wires:
    def __init__(self):
        self.ports = {p: free_port() for p in PARTIES}
        self.cuts = set()
        self.pairs = []  # [caller's name or None, callee, caller's socket, callee's socket]
        self.nodes = None
        self.is_open = True

    def start(self, nodes):
        self.nodes = nodes
        self.listeners = selectors.DefaultSelector()
        for name, port in self.ports.items():
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            s.listen(16)
            self.listeners.register(s, selectors.EVENT_READ, name)
        self.thread = threading.Thread(target=self.relay, daemon=True)
        self.thread.start()

    def stop(self):
        self.is_open = False
        self.thread.join()
        for _, _, a, b in self.pairs:
            a.close()
            b.close()
        for key in list(self.listeners.get_map().values()):
            key.fileobj.close()

    def cut(self, a, b):
        """From now on nothing passes, and nobody is told."""
        self.cuts.add(frozenset((a, b)))

    def heal(self):
        self.cuts.clear()

    def caller(self, sock):
        """The node whose socket is the other end."""
        here, there = sock.getsockname()[1], sock.getpeername()[1]
        with open("/proc/net/tcp") as f:
            rows = [line.split() for line in f][1:]
        inodes = {r[9] for r in rows if int(r[1].split(":")[1], 16) == there and int(r[2].split(":")[1], 16) == here}
        for node in self.nodes.values():
            fds = "/proc/%d/fd" % node.child.pid
            try:
                names = {os.readlink(os.path.join(fds, fd)) for fd in os.listdir(fds)}
            except OSError:
                continue
            if names & {"socket:[%s]" % i for i in inodes}:
                return node.name
        return None

    def accept(self, listener, name):
        a, _ = listener.accept()
        b = socket.socket()
        try:
            b.connect(("127.0.0.1", self.nodes[name].port))
        except OSError:
            a.close()
            return
        self.pairs.append([self.caller(a), name, a, b])

    def pump(self, pair, source, to):
        try:
            data = source.recv(CHUNK)
            if data:
                to.sendall(data)
                return
        except OSError:
            pass
        source.close()
        to.close()
        self.pairs.remove(pair)

    def relay(self):
        while self.is_open:
            for key, _ in self.listeners.select(0):
                self.accept(key.fileobj, key.data)
            ready = selectors.DefaultSelector()
            for pair in self.pairs:
                if frozenset(pair[:2]) not in self.cuts:
                    ready.register(pair[2], selectors.EVENT_READ, (pair, pair[2], pair[3]))
                    ready.register(pair[3], selectors.EVENT_READ, (pair, pair[3], pair[2]))
            found = ready.select(0.005) if self.pairs else time.sleep(0.005)
            for key, _ in found or ():
                pair, source, to = key.data
                if pair in self.pairs:
                    self.pump(pair, source, to)
            ready.close()
