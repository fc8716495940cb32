"""A real daemon for tests: started as a child on a private socket, stopped and cleaned up at the end.

with local_relay() as daemon, Relay("scanner", daemon.socket) as relay:
    ...
"""

from __future__ import annotations

import contextlib
import os
import queue
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

READY_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0


class DaemonNotAvailable(RuntimeError):
    """The daemon's command was not found, or it did not become ready. The message says which and what it printed."""


def daemon_command() -> list[str]:
    """`$RELAY_BIN` (a command line), else `bin/relay` in this directory or one above it."""
    given = os.environ.get("RELAY_BIN")
    if given:
        return shlex.split(given)
    here = Path.cwd()
    for folder in (here, *here.parents):
        found = folder / "bin" / "relay"
        if found.is_file() and os.access(found, os.X_OK):
            return [str(found)]
    raise DaemonNotAvailable(f"no bin/relay in {here} or above it; set RELAY_BIN to the command that starts relay")


class LocalRelay:
    """A daemon child. `socket` is where it listens; `kill()` and `start()` play a crash and its restart."""

    def __init__(self, command: list[str], folder: str) -> None:
        self.socket = os.path.join(folder, "relay.sock")
        self.data_dir = os.path.join(folder, "data")
        self.ready_line = ""
        self._command = [*command, "daemon", "--socket", self.socket, "--data-dir", self.data_dir, "--admin-port", "0"]
        self._process: subprocess.Popen[str] | None = None
        self._lines: deque[str] = deque(maxlen=200)
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, timeout: float = READY_TIMEOUT) -> None:
        """Returns when the child has printed its `ready` line."""
        os.makedirs(self.data_dir, mode=0o700, exist_ok=True)
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        ready: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        with contextlib.suppress(queue.Empty):
            line = ready.get(timeout=timeout)
            if line is not None:
                self.ready_line = line
                return
        self.kill()
        raise DaemonNotAvailable(f"no ready line within {timeout} s from {self._command}; output:\n{self.output()}")

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that is not enough."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        self._end(signal.SIGKILL)

    def output(self) -> str:
        """The last lines that it printed."""
        return "\n".join(self._lines)

    def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._reader is not None:
            self._reader.join(STOP_TIMEOUT)
        if process.stdout is not None:
            process.stdout.close()

    def _read(self, process: subprocess.Popen[str], ready: queue.SimpleQueue[str | None]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.append(line.rstrip())
            if line.startswith("ready"):
                ready.put(line.strip())
        ready.put(None)


@contextlib.contextmanager
def local_relay(command: list[str] | None = None, *, timeout: float = READY_TIMEOUT) -> Iterator[LocalRelay]:
    """A daemon of its own for a test: empty store, private socket. Raises DaemonNotAvailable with the child's output."""
    folder = tempfile.mkdtemp(prefix="relay-")
    os.chmod(folder, 0o700)
    daemon = LocalRelay(command if command is not None else daemon_command(), folder)
    try:
        daemon.start(timeout)
        yield daemon
    finally:
        daemon.stop()
        _remove(folder)


def _remove(folder: str) -> None:
    deadline = time.monotonic() + 1.0
    while os.path.exists(folder) and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
