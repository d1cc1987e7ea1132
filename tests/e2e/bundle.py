"""An exported file, taken apart: its line, and the ciphertexts behind it."""

import json


class Bundle:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            self.data = f.read()
        self.end = self.data.index(b"\n") + 1  # of the line
        self.line = self.data[:self.end].decode()
        self.json = json.loads(self.line)
        self.result = self.json["result"]

    def share(self, i):
        """Where the bytes of one share begin and end."""
        lengths = [s["words"] for s in self.result["shares"]]
        at = self.end + sum(lengths[:i])
        return at, at + lengths[i]

    def write(self, data):
        with open(self.path, "wb") as f:
            f.write(data)

    def flip(self, at):
        """The file, with one bit of one byte changed."""
        self.write(self.data[:at] + bytes([self.data[at] ^ 1]) + self.data[at + 1:])

    def replace(self, at, text):
        """The file, with other text from a character of its line on."""
        self.write((self.line[:at] + text + self.line[at + len(text):]).encode() + self.data[self.end:])
