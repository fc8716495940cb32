"""`python -m floor run | agent NAME | report | torture`; `bin/relay floor` and `bin/relay report` come here."""

from __future__ import annotations

import importlib
import sys

AGENTS = ("scanner", "signal", "executor", "tracker", "reconciler", "compliance")
COMMANDS = ("run", "report", "torture")


def main(argv: list[str]) -> int:
    command, rest = (argv[0], argv[1:]) if argv and not argv[0].startswith("-") else ("run", argv)
    if command == "agent" and rest and rest[0] in AGENTS:
        module, rest = importlib.import_module(f"floor.agents.{rest[0]}"), rest[1:]
    elif command in COMMANDS:
        module = importlib.import_module(f"floor.{command}")
    else:
        print(f"unknown command: {' '.join(argv)}; one of {', '.join(COMMANDS)}, or agent {'|'.join(AGENTS)}", file=sys.stderr)
        return 2
    return int(module.main(rest) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
