"""Writing captures, labels and the note by which a later run knows that a file is whole."""

import csv
import json
import os

from . import wire

LABELS = ("client", "server", "dialect", "account", "submitted", "accepted")
_FLUSH = 8 << 20


class CaptureFile:
    """A pcap under a temporary name until `finish`, so that a broken run never leaves a file that looks whole."""

    def __init__(self, path):
        self.path = path
        self.packets = 0
        self.bytes = len(wire.FILE_HEADER)
        self._parts = []
        self._held = 0
        self._file = open(path + ".part", "wb", buffering=0)
        self._file.write(wire.FILE_HEADER)

    def add(self, records, count=1):
        """Appends `count` packets, given with their record headers."""
        self._parts.append(records)
        self.packets += count
        self._held += len(records)
        if self._held >= _FLUSH:
            self.flush()

    def flush(self):
        """Hands what is held to the system; callers that reuse a buffer call it before they touch that again."""
        data = memoryview(b"".join(self._parts))
        self.bytes += len(data)
        while data:
            data = data[self._file.write(data):]
        self._parts.clear()
        self._held = 0

    def finish(self, recipe, labels, **more):
        """Closes the file, writes PATH's labels and note, and returns the note."""
        self.flush()
        self._file.close()
        stem = os.path.splitext(self.path)[0]
        with open(stem + ".labels.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(LABELS)
            writer.writerows(sorted(labels))
        note = {"recipe": recipe, "bytes": self.bytes, "packets": self.packets, **more}
        os.replace(self.path + ".part", self.path)
        with open(stem + ".note.json", "w") as file:
            json.dump(note, file)
            file.write("\n")
        return note


def is_whole(path, recipe):
    """Whether PATH was made by the same recipe and still has the size that was written."""
    try:
        with open(os.path.splitext(path)[0] + ".note.json") as file:
            note = json.load(file)
        return note["recipe"] == recipe and note["bytes"] == os.path.getsize(path)
    except (OSError, ValueError, KeyError):
        return False
