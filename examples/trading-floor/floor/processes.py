"""The processes of a floor: starts them in the order in which they need each other, knows their pids, starts again what died.

One thread. The children are a fixed set; what they print goes to one log file each.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

READY_S = 60.0
END_S = 10.0
KEY, SECRET, ACCOUNT = "relay-demo-key", "relay-demo-secret", "paper"
ORDER = (
    "exchange", "daemon", "redis", "sidecar", "risk", "tracker", "reconciler", "compliance", "signal", "executor", "scanner",
)  # fmt: skip


class NotReady(Exception):
    """A child ended or took too long; its log says why."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the floor trades; the defaults are those of a real day."""

    interval_s: float = 60.0
    gap_s: float = 5.0
    look_s: float = 0.25
    rest_s: float = 30.0
    moved_bps: str = "10"
    snapshot_s: float = 3_600.0
    flow: int = 200
    retry_first_s: float = 1.0
    retry_most_s: float = 30.0
    take_at: str = "0.35"


class Child:
    """One process. A thread of its own reads its output for the ready line and writes it to the log."""

    def __init__(self, name: str, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.name = name
        self._ready = threading.Event()
        self.fields: dict[str, str] = {}
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **environment},
            start_new_session=True,  # Ctrl-C is for the floor, which compares before it ends them
        )
        threading.Thread(target=self._read, name=f"read-{name}", daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout, self._log:
            for line in self.process.stdout:
                with contextlib.suppress(ValueError):  # the log was closed at the end
                    self._log.write(line)
                    self._log.flush()
                if line.startswith(b"ready"):
                    self.fields = dict(part.split("=", 1) for part in line.decode().split() if "=" in part)
                    self._ready.set()

    def await_ready(self, timeout_s: float = READY_S) -> dict[str, str]:
        deadline = time.monotonic() + timeout_s
        while not self._ready.wait(0.02):
            if not self.is_alive():
                raise NotReady(f"{self.name} ended with {self.process.returncode} before it was ready; see its log")
            if time.monotonic() > deadline:
                raise NotReady(f"{self.name} was not ready within {timeout_s:g} s; see its log")
        return self.fields

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(END_S)

    def end(self) -> None:
        """SIGTERM, then SIGKILL."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.kill()


class Floor:
    """A floor in one directory: exchange, daemon, Redis, sidecar, one Java agent, six Python agents."""

    def __init__(self, folder: Path, symbols: list[str], pace: Pace) -> None:
        self.folder = folder
        self.symbols = symbols
        self.pace = pace
        self.port = free_port()
        self._children: dict[str, Child] = {}
        self._java = [os.environ.get("RELAY_JAVA", "java"), *shlex.split(os.environ.get("RELAY_JAVA_FLAGS", ""))]
        self._lib = os.environ.get("RELAY_LIB", "")
        if not self._lib:
            raise NotReady("start it by bin/relay floor: RELAY_LIB is not set")
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        if len(str(self.socket)) > 100:
            raise NotReady(f"the path of a Unix socket may have 107 bytes; choose a shorter --dir than {folder}")

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        return self.folder / "bus" / "relay.sock"

    @property
    def redis_socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def db(self) -> Path:
        return self.folder / "floor.db"

    def __enter__(self) -> Floor:
        for name in ORDER:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        self.end_all()

    def start(self, name: str) -> None:
        """Starts one and waits until it serves."""
        self.launch(name)
        self.await_ready(name)

    def launch(self, name: str) -> None:
        """Starts one and does not wait."""
        command = self._commands()[name]()
        environment = {"RELAY_API_KEY": KEY, "RELAY_API_SECRET": SECRET}
        self._children[name] = Child(name, command, self.folder / "logs" / f"{name}.log", environment)

    def await_ready(self, name: str) -> None:
        if name != "redis":
            self._children[name].await_ready()
            return
        deadline = time.monotonic() + READY_S
        with redis.Redis(unix_socket_path=str(self.redis_socket)) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError as error:
                    if time.monotonic() > deadline:
                        raise NotReady("Redis did not answer; see its log") from error
                    threading.Event().wait(0.02)

    def child(self, name: str) -> Child:
        return self._children[name]

    def kill(self, name: str) -> None:
        """SIGKILL; nobody starts it again by itself."""
        self._children[name].kill()

    def supervise(self) -> list[str]:
        """Starts again what has died, in the order of need; the names."""
        dead = [name for name in ORDER if name in self._children and not self._children[name].is_alive()]
        for name in dead:
            self.start(name)
        return dead

    def end_all(self) -> None:
        for name in reversed([name for name in ORDER if name in self._children]):
            self._children.pop(name).end()

    def _commands(self) -> dict[str, Callable[[], list[str]]]:
        agent = {name: lambda name=name: self._agent(name) for name in ORDER[5:]}
        return {
            "exchange": self._exchange, "daemon": self._daemon, "redis": self._redis, "sidecar": self._sidecar,
            "risk": self._risk, **agent,
        }  # fmt: skip

    def _relay(self, *arguments: str) -> list[str]:
        return [*self._java, "-cp", self._lib, "dev.relay.cli.Main", *arguments]

    def _exchange(self) -> list[str]:
        symbols = ",".join(symbol.replace("-", "") for symbol in self.symbols)
        data = str(self.folder / "exchange")
        return self._relay(
            "exchange", "--port", str(self.port), "--symbols", symbols, "--flow", str(self.pace.flow), "--data-dir", data
        )

    def _daemon(self) -> list[str]:
        return self._relay(
            "daemon", "--socket", str(self.socket), "--data-dir", str(self.folder / "daemon"), "--admin-port", "0"
        )

    def _redis(self) -> list[str]:
        binary = shutil.which("redis-server") or shutil.which("valkey-server")
        if binary is None:
            raise NotReady("the floor needs redis-server or valkey-server on the PATH")
        self.redis_socket.unlink(missing_ok=True)
        where = ["--port", "0", "--unixsocket", str(self.redis_socket), "--unixsocketperm", "700"]
        return [binary, *where, "--save", "", "--dir", str(self.folder)]

    def _sidecar(self) -> list[str]:
        streams = self.rest.replace("http", "ws", 1)
        return self._relay(
            "sidecar", "--rest", self.rest, "--streams", streams, "--ws-api", f"{streams}/ws-api/v3", "--symbols",
            ",".join(self.symbols), "--account", ACCOUNT, "--socket", str(self.socket), "--redis", f"unix:{self.redis_socket}",
            "--data-dir", str(self.folder / "sidecar"), "--run-dir", str(self.folder / "run"), "--risk", "stale_kill_ms=0",
        )  # fmt: skip

    def _risk(self) -> list[str]:
        where = [str(self.socket), f"unix:{self.redis_socket}", ACCOUNT, "5000"]
        return [*self._java, "-cp", self._lib, "dev.relay.examples.RiskAgent", *where]

    def _agent(self, name: str) -> list[str]:
        pace = self.pace
        more = {
            "scanner": [
                "--interval", str(pace.interval_s), "--gap", str(pace.gap_s), "--look", str(pace.look_s),
                "--moved-bps", pace.moved_bps,
            ],
            "executor": ["--rest-s", str(pace.rest_s)],
            "signal": ["--take-at", pace.take_at],
            "tracker": ["--snapshot-s", str(pace.snapshot_s)],
        }.get(name, [])  # fmt: skip
        waits = ["--retry-first", str(pace.retry_first_s), "--retry-most", str(pace.retry_most_s)]
        return [
            sys.executable, "-m", "floor", "agent", name, "--socket", str(self.socket), "--redis", f"unix:{self.redis_socket}",
            "--db", str(self.db), "--account", ACCOUNT, "--symbols", ",".join(self.symbols), "--rest", self.rest, *waits, *more,
        ]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
