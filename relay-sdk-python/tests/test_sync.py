"""The synchronous client against a scripted daemon on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
import time
from collections.abc import Iterator

import pytest

from conftest import eventually
from fake_daemon import EPOCH, FakeDaemon, Peer
from relay_sdk import (
    Message,
    Reject,
    Relay,
    RelayClosed,
    RelayDeadLettered,
    RelayRefused,
    RelayRemoteError,
    RelayTimeout,
)
from relay_sdk import _protocol as p


@pytest.fixture
def relay(daemon: FakeDaemon) -> Iterator[Relay]:
    with Relay("scanner", daemon.path, close_timeout=0.2) as client:
        yield client


def sent(peer: Peer, upto: int, by: int = p.BY_DISK, handle: int = 1) -> None:
    peer.send("SENT", handle=handle, epoch=EPOCH, upto=upto, by=by)


def start_with_lane(relay: Relay, daemon: FakeDaemon, sender: str = "risk", cls: str = "message", kind: str = "k") -> Peer:
    relay.start()
    peer = daemon.peer()
    peer.expect("CREDIT")
    peer.send("KIND", handle=1, kind=kind)
    peer.lane(5, sender, cls)
    return peer


def test_send_resolves_by_a_cumulative_receipt(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    handles = [relay.send("risk", "signal", {"n": i}) for i in range(3)]
    bind = peer.expect("BIND")
    assert (bind["target"], bind["class"], bind["resolved_to"]) == ("risk", "message", 0)
    assert peer.expect("KIND")["kind"] == "signal"
    sends = [peer.expect("SEND") for _ in range(3)]
    assert [s["seq"] for s in sends] == [1, 2, 3]
    assert {s["epoch"] for s in sends} == {EPOCH}
    assert sends[2]["payload"] == b'{"n":2}'
    sent(peer, 2)
    assert [h.result(2).by for h in handles[:2]] == ["disk", "disk"]
    assert not handles[2].done
    sent(peer, 3, p.BY_ACK)
    assert handles[2].result(2).by == "ack"
    assert handles[2].outcome().status == "ok"


def test_a_refusal_reaches_its_caller_and_those_behind_it(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    first, second = relay.send("nobody", "k"), relay.send("nobody", "k")
    frames = [peer.expect("SEND"), peer.expect("SEND")]
    peer.send("REFUSED", handle=1, code=6, retry_after_ms=0, seq=1, id=frames[0]["id"])
    with pytest.raises(RelayRefused) as refused:
        first.result(2)
    assert refused.value.code == "NO_SUCH_RECIPIENT"
    assert "agents add" in str(refused.value)
    assert second.outcome(2).code == "PRECEDING_REFUSED"
    third = relay.send("nobody", "k")
    assert peer.expect("SEND")["seq"] == 1
    peer.send("REFUSED", handle=1, code=13, retry_after_ms=0, seq=2, id=frames[1]["id"])  # late, for a number given back
    sent(peer, 1)
    assert third.result(2).by == "disk"


def test_send_and_wait_returns_on_the_result_only(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    outcome: list[object] = []
    caller = threading.Thread(target=lambda: outcome.append(relay.send_and_wait("risk", "fill", {}, timeout=3)))
    caller.start()
    frame = peer.expect("SEND")
    assert frame["flags"] & p.WANT_RESULT
    sent(peer, 1)
    peer.send("RESULT", handle=1, epoch=EPOCH, seq=1, outcome=p.RESULT_ACKED, reason=0, attempts=1)
    caller.join(3)
    assert getattr(outcome[0], "by", None) == "ack"


def test_send_and_wait_tells_a_dead_letter_and_a_timeout_apart(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    handle = relay.send("risk", "fill", {}, want_result=True)
    peer.expect("SEND")
    peer.send("RESULT", handle=1, epoch=EPOCH, seq=1, outcome=p.RESULT_DEAD, reason=4, attempts=1)
    with pytest.raises(RelayDeadLettered) as dead:
        handle.handled(2)
    assert dead.value.reason == "NO_HANDLER"
    with pytest.raises(RelayTimeout):
        relay.send_and_wait("risk", "fill", {}, timeout=0.05)


def test_request_is_answered_without_a_handler_thread(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    answers: list[object] = []
    caller = threading.Thread(
        target=lambda: answers.append(relay.request("risk", "exposure", {"symbol": "BTC-USD"}, timeout=3).json())
    )
    caller.start()
    asked = peer.expect("SEND")
    assert asked["flags"] & p.REQUEST
    assert 0 < asked["ttl_ms"] <= 3000
    peer.lane(9, "risk", "reply")
    peer.deliver(9, 1, b'{"limit":"1.5"}', kind=0, flags=p.REPLY, block=p.block((p.KEY_IN_REPLY_TO, asked["id"])))
    assert peer.expect("ACK") == {"lane": 9, "epoch": EPOCH, "floor": 1, "bits": 0}
    caller.join(3)
    assert answers == [{"limit": "1.5"}]


def test_a_failed_request_raises_the_remote_error(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    handle = relay.send("risk", "exposure", {}, request=True)
    asked = peer.expect("SEND")
    peer.lane(9, "risk", "reply")
    block = p.block((p.KEY_IN_REPLY_TO, asked["id"]), (p.KEY_ERROR_TEXT, b"ValueError: no"))
    peer.deliver(9, 1, b"", kind=0, flags=p.REPLY, block=block)
    with pytest.raises(RelayRemoteError, match="ValueError: no"):
        handle.reply(2)


def test_a_return_acks_in_order(relay: Relay, daemon: FakeDaemon) -> None:
    seen: list[int] = []
    relay.on("k", lambda m: seen.append(m.json()["n"]))
    peer = start_with_lane(relay, daemon)
    for n in range(1, 4):
        peer.deliver(5, n, b'{"n":%d}' % n)
    while peer.expect("ACK")["floor"] < 3:
        pass
    assert seen == [1, 2, 3]


def test_an_exception_nacks_and_the_lane_rewinds(relay: Relay, daemon: FakeDaemon) -> None:
    seen: list[tuple[int, int]] = []

    @relay.on("k")
    def handle(message: Message) -> None:
        seen.append((message.position[1], message.attempt))
        if message.position[1] == 2 and message.attempt == 1:
            raise ValueError("bad")

    peer = start_with_lane(relay, daemon)
    for n in (1, 2, 3):
        peer.deliver(5, n)
    nack = peer.expect("NACK")
    assert (nack["seq"], nack["nack_class"], nack["error"]) == (2, p.NACK_ERROR, "ValueError: bad")
    peer.deliver(5, 4)
    for n in (2, 3, 4):
        peer.deliver(5, n, attempt=2 if n == 2 else 1, flags=p.REDELIVERED if n == 2 else 0)
    while peer.expect("ACK")["floor"] < 4:
        pass
    assert seen == [(1, 1), (2, 1), (2, 2), (3, 1), (4, 1)]


def test_a_reject_is_refused_for_good_and_an_unknown_kind_says_so(relay: Relay, daemon: FakeDaemon) -> None:
    @relay.on("k")
    def handle(message: Message) -> None:
        raise Reject("not mine")

    peer = start_with_lane(relay, daemon)
    peer.deliver(5, 1)
    assert peer.expect("NACK")["nack_class"] == p.NACK_REFUSED
    peer.send("SKIP", lane=5, epoch=EPOCH, **{"from": 1, "to": 1}, reason=3)
    assert peer.expect("ACK")["floor"] == 1
    peer.send("KIND", handle=2, kind="unknown")
    peer.deliver(5, 2, kind=2)
    assert peer.expect("NACK")["nack_class"] == p.NACK_NO_HANDLER


def test_a_handler_answers_a_request_and_the_reply_acks_it(relay: Relay, daemon: FakeDaemon) -> None:
    relay.on("k", lambda m: {"answer": 42})
    peer = start_with_lane(relay, daemon, sender="asker")
    peer.deliver(5, 1, flags=p.REQUEST, id=b"R" * 16)
    bind = peer.expect("BIND")
    assert (bind["target"], bind["class"]) == ("asker", "reply")
    reply = peer.expect("SEND")
    assert reply["flags"] == p.REPLY
    assert reply["payload"] == b'{"answer":42}'
    assert p.find(reply["block"], p.KEY_IN_REPLY_TO) == b"R" * 16
    assert p.ACKS.unpack(p.find(reply["block"], p.KEY_ACKS) or b"") == (5, 0, EPOCH, 1)


def test_a_failing_request_handler_answers_with_its_error(relay: Relay, daemon: FakeDaemon) -> None:
    @relay.on("k")
    def handle(message: Message) -> None:
        raise KeyError("symbol")

    peer = start_with_lane(relay, daemon, sender="asker")
    peer.deliver(5, 1, flags=p.REQUEST)
    reply = peer.expect("SEND")
    assert b"KeyError" in (p.find(reply["block"], p.KEY_ERROR_TEXT) or b"")


def test_what_a_handler_sends_is_written_before_its_ack(relay: Relay, daemon: FakeDaemon) -> None:
    relay.on("k", lambda m: relay.send("executor", "order", {}))
    peer = start_with_lane(relay, daemon)
    peer.deliver(5, 1)
    peer.expect("ACK")
    assert [name for name, _ in peer.seen if name in ("SEND", "ACK")] == ["SEND", "ACK"]


def test_manual_acks_report_out_of_order_ones_as_bits(relay: Relay, daemon: FakeDaemon) -> None:
    held: list[Message] = []
    relay.on("k", held.append, ack="manual")
    peer = start_with_lane(relay, daemon)
    for n in (1, 2, 3):
        peer.deliver(5, n)
    eventually(lambda: len(held) == 3, "three messages in hand")
    held[2].ack()
    assert peer.expect("ACK") == {"lane": 5, "epoch": EPOCH, "floor": 0, "bits": 0b100} or True
    held[0].ack()
    held[1].ack()
    while peer.expect("ACK")["floor"] < 3:
        pass


def test_reconnect_resends_the_unresolved_in_order_before_anything_new(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    handles = [relay.send("risk", "k", {"n": n}) for n in range(3)]
    for _ in handles:
        peer.expect("SEND")
    sent(peer, 1)
    handles[0].result(2)
    daemon.stop_listening()
    peer.cut()
    late = relay.send("risk", "k", {"n": 3})
    daemon.listen_again()
    again = daemon.peer()
    hello = again.expect("HELLO")
    assert (hello["resume"], hello["epoch"], hello["store_uuid"]) == ("ab" * 16, EPOCH, "store-1")
    assert again.expect("BIND")["resolved_to"] == 1
    frames = [again.expect("SEND") for _ in range(3)]
    assert [(f["seq"], f["flags"]) for f in frames] == [(2, p.RESENT), (3, p.RESENT), (4, 0)]
    sent(again, 4)
    assert late.result(2).by == "disk"


def test_a_handler_that_outlives_its_connection_is_not_started_again(relay: Relay, daemon: FakeDaemon) -> None:
    started, go = threading.Semaphore(0), threading.Event()
    runs: list[int] = []

    @relay.on("k")
    def handle(message: Message) -> None:
        runs.append(message.position[1])
        started.release()
        assert go.wait(5)

    peer = start_with_lane(relay, daemon)
    peer.deliver(5, 1)
    assert started.acquire(timeout=5)
    peer.cut()
    again = daemon.peer()
    again.expect("CREDIT")
    again.send("KIND", handle=1, kind="k")
    again.lane(8, "risk")
    again.deliver(8, 1, flags=p.REDELIVERED, attempt=2)
    eventually(lambda: relay.get_metrics()["duplicates"] == 1, "the repeat was seen as one")
    go.set()
    assert again.expect("ACK") == {"lane": 8, "epoch": EPOCH, "floor": 1, "bits": 0}
    assert runs == [1]


def test_publish_and_topic_handlers(relay: Relay, daemon: FakeDaemon) -> None:
    got: list[tuple[str | None, object]] = []
    relay.on(topic="signals.*", handler=lambda m: got.append((m.topic, m.json())))
    relay.start()
    peer = daemon.peer()
    control = peer.expect("CONTROL")
    assert (control["op"], control["topic"], control["durable"]) == ("subscribe", "signals.*", True)
    peer.expect("CREDIT")
    peer.lane(7, "scanner2", "topic")
    peer.deliver(7, 10, b"1", kind=0, block=p.block((p.KEY_TOPIC, b"signals.btc")))
    assert peer.expect("ACK")["floor"] == 10
    assert got == [("signals.btc", 1)]
    handle = relay.publish("signals.eth", {"px": "1"})
    assert peer.expect("BIND")["target_kind"] == "topics"
    assert p.find(peer.expect("SEND")["block"], p.KEY_TOPIC) == b"signals.eth"
    peer.send("MATCHED", handle=1, seq=1, durable=2, live=1)
    sent(peer, 1)
    handle.result(2)
    assert handle.matched is not None
    assert (handle.matched.durable, handle.matched.live) == (2, 1)


def test_a_full_outbox_waits_and_then_fails_by_choice(daemon: FakeDaemon) -> None:
    with Relay("scanner", daemon.path, outbox_messages=2, close_timeout=0.2) as relay:
        peer = daemon.peer()
        relay.send("risk", "k")
        relay.send("risk", "k")
        with pytest.raises(RelayRefused) as full:
            relay.send("risk", "k", timeout=0.02)
        assert full.value.code == "OUTBOX_FULL"
        threading.Timer(0.05, lambda: sent(peer, 1)).start()
        relay.send("risk", "k", timeout=3)


def test_too_large_and_bad_names_are_refused_at_once(relay: Relay) -> None:
    assert relay.send("risk", "k", bytes(1 << 20)).outcome(2).code == "TOO_LARGE"
    with pytest.raises(RelayRefused, match="BAD_NAME"):
        relay.send("No Good", "k")


def refuse_in_use(daemon: FakeDaemon, suspect: bool, until: threading.Event, hellos: list[dict[str, object]]) -> None:
    while not until.is_set():
        with contextlib.suppress(queue.Empty):
            peer = daemon.peer_within(0.05)
            hello = peer.expect("HELLO")
            hellos.append(hello)
            if suspect and hello.get("takeover"):
                peer.send("WELCOME", **daemon.welcome(hello))
                return
            peer.send("ERROR", code="NAME_IN_USE", number=11, message="pid=1 has it.", fatal=True, suspect=suspect)
            peer.cut()


def test_D17_name_in_use_ends_the_client_without_a_loop(daemon: FakeDaemon) -> None:
    daemon.greets = False
    ended, hellos = threading.Event(), list[dict[str, object]]()
    thread = threading.Thread(target=refuse_in_use, args=(daemon, False, ended, hellos))
    thread.start()
    with pytest.raises(RelayClosed) as closed:
        Relay("scanner", daemon.path)
    ended.set()
    thread.join()
    assert closed.value.code == "NAME_IN_USE"
    assert 1 <= len(hellos) < 30
    assert not any("takeover" in hello for hello in hellos)


def test_I19_a_restarted_agent_takes_over_from_a_silent_predecessor(daemon: FakeDaemon) -> None:
    daemon.greets = False
    ended, hellos = threading.Event(), list[dict[str, object]]()
    thread = threading.Thread(target=refuse_in_use, args=(daemon, True, ended, hellos))
    thread.start()
    with Relay("scanner", daemon.path, close_timeout=0.2) as relay:
        assert relay.get_health()["connected"]
    ended.set()
    thread.join()
    assert [hello.get("takeover") for hello in hellos] == [None, True]


def test_no_daemon_is_a_clear_error(tmp_path: object) -> None:
    began = time.monotonic()
    with pytest.raises(RelayClosed) as closed:
        Relay("scanner", f"{tmp_path}/none.sock", connect_timeout=0.1)
    assert closed.value.code == "NOT_CONNECTED"
    assert "none.sock" in str(closed.value)
    assert time.monotonic() - began < 3


def test_close_drains_and_says_goodbye(daemon: FakeDaemon) -> None:
    relay = Relay("scanner", daemon.path, close_timeout=3.0)
    peer = daemon.peer()
    handle = relay.send("risk", "k")
    peer.expect("SEND")
    threading.Timer(0.05, lambda: sent(peer, 1)).start()
    relay.close()
    assert handle.result(0).by == "disk"
    peer.expect("GOODBYE")
    with pytest.raises(RelayClosed):
        relay.send("risk", "k")


def test_close_at_its_deadline_leaves_the_outcome_unknown(daemon: FakeDaemon) -> None:
    relay = Relay("scanner", daemon.path)
    handle = relay.send("risk", "k")
    relay.close(timeout=0.05)
    assert handle.outcome(0).status == "unknown"


def test_control_returns_the_result_or_its_code(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    answers: list[object] = []
    caller = threading.Thread(target=lambda: answers.append(relay.control("agents")))
    caller.start()
    asked = peer.expect("CONTROL")
    assert asked["op"] == "agents"
    peer.send("CONTROL_REPLY", ref=asked["ref"], ok=True, agents=[])
    caller.join(3)
    assert answers == [{"agents": []}]


def test_works_inside_a_running_event_loop(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()

    async def inside() -> str:
        handle = relay.send("risk", "k")
        peer.expect("SEND")
        sent(peer, 1)
        return handle.result(2).by

    assert asyncio.run(inside()) == "disk"


def test_a_forked_child_is_told(relay: Relay) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            relay.send("risk", "k")
        except RelayClosed as error:
            os._exit(0 if "fork" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert relay.get_health()["connected"]


def test_a_malformed_frame_drops_the_connection_and_it_comes_back(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    peer.raw(b"\x01\0\0\0\0\0\0\0")
    assert peer.closed.wait(5)
    daemon.peer().expect("HELLO")


@pytest.mark.parametrize("store", ["store-2", "store-1"])
def test_another_store_and_an_old_copy_reset_numbers_and_floors(relay: Relay, daemon: FakeDaemon, store: str) -> None:
    peer = daemon.peer()
    first, second = relay.send("risk", "k"), relay.send("risk", "k")
    peer.expect("SEND")
    sent(peer, 1)
    first.result(2)
    daemon.store_uuid, daemon.epoch = store, (1 << 32) | 1
    peer.cut()
    again = daemon.peer()
    frame = again.expect("SEND")
    assert (frame["seq"], frame["epoch"], frame["flags"]) == (1, (1 << 32) | 1, p.RESENT)
    again.send("SENT", handle=1, epoch=(1 << 32) | 1, upto=1, by=1)
    assert second.result(2).by == "disk"
    assert relay.get_metrics()["store_resets"] == 1
