"""Does what a page says, word for word, in a clean directory. Usage: quickstart.py PAGE

A block ```sh is run, one after the other in one shell that ends at the first failure; a block whose first line is a comment with a
file name (`# risk.py`, `// Scanner.java`) is written to that file; each line of a block ```text must stand in the output of the sh
block before it. What the shell started in the background is ended with it. Exit code 1, and what failed, otherwise.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"^(?:#|//) (\w+\.(?:py|java))\n")
PATIENCE = 600


def script(page: str, folder: Path) -> tuple[str, list[list[str]]]:
    """The shell's input and, for each of its blocks, the lines that its output must hold."""
    steps: list[str] = ["set -eu"]
    expected: list[list[str]] = []
    for language, code in BLOCK.findall(page):
        named = NAME.match(code)
        if named:
            mark = "END_OF_FILE_OF_THE_PAGE"
            steps.append(f"cat > {named[1]} <<'{mark}'\n{code}{mark}")
        elif language == "sh":
            steps.append(f"echo '== {len(expected)}'\n{code}")
            expected.append([])
        elif language == "text" and expected:
            expected[-1] += [line.strip() for line in code.splitlines() if line.strip()]
    return "\n".join(steps) + "\n", expected


def main() -> int:
    page = Path(sys.argv[1]).read_text()
    folder = Path(tempfile.mkdtemp(prefix="relay-quickstart-"))
    steps, expected = script(page, folder)
    if not expected:
        print(f"{sys.argv[1]}: no block to run", file=sys.stderr)
        return 1
    environment = {**os.environ, "RELAY": str(ROOT)}
    environment.pop("RELAY_SOCKET", None)
    shell = subprocess.Popen(
        ["bash"], cwd=folder, env=environment, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = shell.communicate(steps, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        output = f"not done within {PATIENCE} s"
    finally:
        try:
            os.killpg(shell.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    parts = re.split(r"^== \d+$", output, flags=re.MULTILINE)[1:]
    missing = [
        f"step {number}: not in the output: {line}"
        for number, lines in enumerate(expected)
        for line in lines
        if number >= len(parts) or line not in parts[number]
    ]
    if shell.returncode or missing:
        logs = "".join(f"--- {log.name}\n{log.read_text()[-2000:]}" for log in sorted(folder.glob("*.log")))
        print(output, logs, *missing, f"exit code {shell.returncode}", sep="\n", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{sys.argv[1]}: {len(expected)} steps done, {sum(map(len, expected))} lines of output as written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
