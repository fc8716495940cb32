"""As little Python as a round trip needs: an end of the floor that `relay bench` measures for agents in Python.

floor_end.py echo SOCKET BYTES                 sends every frame back
floor_end.py ping SOCKET BYTES WARM_UP_MS MS   prints p50 and p99 of the round trip in ns
"""

from __future__ import annotations

import socket
import sys
import time


def read(end: socket.socket, frame: bytearray) -> bool:
    view, got = memoryview(frame), 0
    while got < len(frame):
        more = end.recv_into(view[got:])
        if not more:
            return False
        got += more
    return True


def echo(end: socket.socket, frame: bytearray) -> None:
    print("ready", flush=True)
    while read(end, frame):
        end.sendall(frame)


def ping(end: socket.socket, frame: bytearray, warm_up_ms: int, ms: int) -> None:
    trips: list[int] = []
    begun = now = time.perf_counter_ns()
    while now - begun < (warm_up_ms + ms) * 1_000_000:
        end.sendall(frame)
        if not read(end, frame):
            sys.exit("the other end is gone")
        then, now = now, time.perf_counter_ns()
        if then - begun >= warm_up_ms * 1_000_000:
            trips.append(now - then)
    trips.sort()
    print(f'{{"p50_ns":{trips[len(trips) // 2]},"p99_ns":{trips[len(trips) * 99 // 100]}}}')


def main() -> None:
    role, path, size, *times = sys.argv[1:]
    frame = bytearray(int(size))
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(path)
        if role == "echo":
            echo(end, frame)
        else:
            ping(end, frame, *map(int, times))


if __name__ == "__main__":
    main()
