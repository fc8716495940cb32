"""Dies at a poisoned message, in its handler; writes down every other. Arguments: socket, file."""

import os
import sys

from relay_sdk import Message, Relay


def main() -> None:
    out = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def handle(message: Message) -> None:
        if message.text() == "poison":
            os._exit(17)
        os.write(out, f"{message.sender} {message.text()}\n".encode())

    with Relay("fragile", sys.argv[1], connect_timeout=30.0) as relay:
        relay.on("letter", handle)
        print("ready agent=fragile", flush=True)
        relay.run()


if __name__ == "__main__":
    main()
