"""The Python agents of `relay torture`: a sender or a receiver that is killed at random times and writes down what it saw.

Arguments are key=value, as for the Java agents. One history file per process, appended, one unbuffered write per line, times of
the host's monotonic clock. The process ends in order on the line `stop` on its standard input, or at its end.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
import zlib
from collections import deque

from relay_sdk import InboxFile, Message, Reject, Relay, RelayError, RelayRefused, SendHandle

PATIENCE = 60.0
TOPIC = "topic:"


class History:
    def __init__(self, path: str, agent: str) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._agent = agent
        self._lock = threading.Lock()

    def write(self, event: str, **fields: object) -> None:
        with self._lock:
            line = json.dumps({"t": time.monotonic_ns(), "agent": self._agent, "ev": event, **fields}) + "\n"
            os.write(self._fd, line.encode())


def letter(sender: str, target: str, epoch: int, seq: int, size: int) -> tuple[str, bytes]:
    name = f"{sender}.{epoch}>{target}.{seq}"
    text = f"{name} {target} {epoch} {seq} "
    return name, (text + "py" * size)[: max(size, len(text))].encode()


def described(payload: bytes, sender: str) -> dict[str, object]:
    """The fields that name a message, from what its payload says."""
    parts = payload.decode(errors="replace").split(" ", 4)
    if len(parts) < 5 or not (parts[2].isdigit() and parts[3].isdigit()):
        parts = ["unreadable", "unreadable", "0", "0"]
    target = parts[1]
    fields: dict[str, object] = {"id": parts[0], "sender": sender}
    fields.update({"topic": target[len(TOPIC) :]} if target.startswith(TOPIC) else {"recipient": target})
    fields.update(seq=int(parts[3]), epoch=int(parts[2]), hash=f"{zlib.crc32(payload):x}-{len(payload)}")
    return fields


class Orders:
    def __init__(self) -> None:
        self.stopped = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            if line.strip() == "stop":
                break
        self.stopped.set()


class Sender:
    def __init__(self, settings: dict[str, str], relay: Relay, history: History) -> None:
        self._settings = settings
        self._relay = relay
        self._history = history
        self._random = random.Random(int(settings["seed"]))
        self._last_seq: dict[str, int] = {}
        self._under_way: deque[tuple[str, SendHandle]] = deque()
        self._arrived = threading.Event()
        self._finishing = False
        self.confirmed = 0
        self._reaper = threading.Thread(target=self._reap, daemon=True)
        self._reaper.start()

    def run(self, orders: Orders) -> None:
        targets = self._settings["targets"].split(",")
        pace = int(self._settings["pace"])
        mean_burst = max(1, pace // 200)
        due, turn, next_progress = time.monotonic(), 0, 0.0
        while not orders.stopped.is_set():
            burst = self._random.randint(1, 2 * mean_burst)
            for _ in range(burst):
                self._send(targets[turn % len(targets)])
                turn += 1
            due = max(due, time.monotonic() - 1.0) + burst / pace
            orders.stopped.wait(max(0.0, due - time.monotonic()))
            if time.monotonic() > next_progress:
                next_progress = time.monotonic() + 0.1
                self.progress()

    def finish(self) -> None:
        self._finishing = True
        self._arrived.set()
        self._reaper.join(PATIENCE)

    def progress(self) -> None:
        print(json.dumps({"confirmed": self.confirmed}), flush=True)

    def _send(self, target: str) -> None:
        seq = self._last_seq[target] = self._last_seq.get(target, 0) + 1
        sender, epoch = self._settings["name"], int(self._settings["life"])
        name, payload = letter(sender, target, epoch, seq, int(self._settings["bytes"]))
        self._history.write("send_invoke", **described(payload, sender))
        try:
            if target.startswith(TOPIC):
                handle = self._relay.publish(target[len(TOPIC) :], payload, kind="letter", timeout=PATIENCE)
            else:
                handle = self._relay.send(target, "letter", payload, timeout=PATIENCE)
        except RelayError as error:
            self._failed(name, error)
        else:
            self._under_way.append((name, handle))
            self._arrived.set()

    def _reap(self) -> None:
        while True:
            if not self._under_way:
                if self._finishing:
                    return
                self._arrived.wait(0.1)
                self._arrived.clear()
                continue
            name, handle = self._under_way[0]
            try:
                receipt = handle.result(timeout=PATIENCE)
            except RelayError as error:
                self._failed(name, error)
            else:
                self.confirmed += 1
                self._history.write("send_ok", id=name, by=receipt.by)
            self._under_way.popleft()

    def _failed(self, name: str, error: RelayError) -> None:
        self._history.write("send_fail", id=name, definite=isinstance(error, RelayRefused), code=error.code)


class Receiver:
    def __init__(self, settings: dict[str, str], relay: Relay, history: History, session: str) -> None:
        self._relay = relay
        self._history = history
        self._session = session
        self._has_inbox = "inbox" in settings
        self._nack_every = int(settings["nack_every"])
        self._refuse_every = int(settings["refuse_every"])
        self._random = random.Random(int(settings["seed"]))
        self._lock = threading.Lock()
        self._leaving: dict[tuple[str, bool], str] = {}
        self._returned: list[tuple[str, int]] = []

    def handle(self, message: Message) -> None:
        fields = described(message.bytes, message.sender)
        name = str(fields["id"])
        lane = (message.sender, message.topic is not None)
        with self._lock:
            before = self._leaving.pop(lane, None)
            if before is not None:
                self._returned.append((before, self._connects()))
        self._history.write(
            "deliver", **fields, session=self._session, redelivered=message.redelivered, attempt=message.attempt
        )
        if self._one_in(self._refuse_every):
            self._history.write("nack", id=name, session=self._session, refused=True)
            raise Reject("refused by the torture run")
        if self._one_in(self._nack_every):
            self._history.write("nack", id=name, session=self._session)
            raise RuntimeError("failed by the torture run")
        if self._one_in(64):
            time.sleep(abs(self._random.gauss(0.0, 0.002)))
        if self._has_inbox:
            message.done(name.encode())
        self._history.write("ack", id=name, session=self._session)
        with self._lock:
            self._leaving[lane] = name

    def confirm(self) -> None:
        """Writes which acks are on disk: three operations later that are answered after a commit, on the same connection."""
        with self._lock:
            taken, self._returned = self._returned, []
        if not taken or not self._relay.get_health()["connected"]:
            return
        try:
            for _ in range(3):
                self._relay.control("agents.add", name=self._relay.name)
        except RelayError as error:
            self._history.write("note", what=f"not confirmed {error.code}")
            return
        if self._relay.get_health()["connected"]:
            connection = self._connects()
            for name, found_on in taken:
                if found_on == connection:
                    self._history.write("ack_ok", id=name, session=self._session)

    def _connects(self) -> int:
        return self._relay.get_metrics()["connections"]

    def _one_in(self, every: int) -> bool:
        return every > 0 and self._random.randrange(every) == 0


def recover(inbox: InboxFile, settings: dict[str, str], history: History, session: str) -> None:
    """The effect of a letter is the state of its lane; the last one may have no line in a history yet."""
    for sender in settings["senders"].split(","):
        for lane_class in ("message", "topic"):
            name = inbox.state(sender, lane_class).decode()
            if name:
                history.write("ack", id=name, session=session, dup=True, recovered=True)


def send(settings: dict[str, str], relay: Relay, history: History, session: str) -> None:
    sender = Sender(settings, relay, history)
    print(f"ready agent={relay.name}", flush=True)
    sender.run(Orders())
    sender.finish()
    relay.close(PATIENCE)
    history.write("session_end", session=session)
    sender.progress()


def receive(settings: dict[str, str], relay: Relay, history: History, session: str) -> None:
    receiver = Receiver(settings, relay, history, session)
    relay.on("letter", receiver.handle)
    if "subscribe" in settings:
        relay.subscribe(settings["subscribe"])
        history.write("subscribe_ok", topic=settings["subscribe"])
    relay.start()
    print(f"ready agent={relay.name}", flush=True)
    orders = Orders()
    while not orders.stopped.wait(0.25):
        receiver.confirm()
    receiver.confirm()
    relay.close(PATIENCE)
    history.write("session_end", session=session)


def main() -> None:
    settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
    history = History(settings["history"], settings["name"])
    session = f"{settings['name']}.{settings['life']}"
    inbox = InboxFile(settings["inbox"]) if "inbox" in settings else None
    patience = {"connect_timeout": PATIENCE, "send_timeout": PATIENCE}
    with Relay(settings["name"], settings["socket"], inbox=inbox, **patience) as relay:
        history.write("session_start", session=session)
        if inbox is not None:
            recover(inbox, settings, history, session)
        (send if settings["role"] == "send" else receive)(settings, relay, history, session)


if __name__ == "__main__":
    main()
