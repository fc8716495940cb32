"""Lays out a release, packs it and writes its bill of materials; called by bin/release after the build.

Every byte follows from the sources: entries are sorted, times come from `project.build.outputTimestamp`, owner and modes are fixed,
and gzip gets neither name nor time.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import uuid
import zipfile
from datetime import datetime
from pathlib import Path

NOT_PACKED = re.compile(r"(^|/)(target|tests?|java|pom.xml|\.venv|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|dist|build)(/|$)|\.egg-info")


def files(root: Path, version: str) -> dict[str, Path]:
    """Path in the archive to file."""
    found: dict[str, Path] = {}
    own = [root / f"{module}/target/{module}-{version}.jar" for module in ("relay-cli", "examples")]
    for jar in [*(root / "relay-cli/target/lib").glob("*.jar"), *own]:
        found[f"lib/{jar.name}"] = jar
    for launcher in (root / "deploy/release").iterdir():
        found[f"bin/{launcher.name}"] = launcher
    for file in (root / "target/pages").rglob("*.*"):
        found[file.relative_to(root / "target/pages").as_posix()] = file
    folders = ("docs", "protocol", "deploy", "examples", "bin/lib", "relay-sdk-python/src")
    for folder in folders:
        for file in (root / folder).rglob("*"):
            name = file.relative_to(root).as_posix()
            if file.is_file() and not NOT_PACKED.search(name):
                found[name] = file
    singles = "README.md LICENSE CHANGELOG.md CONTRIBUTING.md relay-sdk-java/README.md relay-sdk-python/pyproject.toml relay-sdk-python/README.md"
    for name in singles.split():
        found[name] = root / name
    return found


def pack(found: dict[str, Path], prefix: str, at: int) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(found):
            data = found[name].read_bytes()
            entry = tarfile.TarInfo(f"{prefix}/{name}")
            entry.size = len(data)
            entry.mtime = at
            entry.mode = 0o755 if os.access(found[name], os.X_OK) else 0o644
            tar.addfile(entry, io.BytesIO(data))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0, compresslevel=9) as out:
        out.write(raw.getvalue())
    return packed.getvalue()


def coordinates(jar: Path) -> tuple[str, str, str]:
    """Group, name and version, from the jar's own pom.properties where it has just one, else from its file name."""
    with zipfile.ZipFile(jar) as archive:
        poms = [n for n in archive.namelist() if n.startswith("META-INF/maven/") and n.endswith("/pom.properties")]
        if len(poms) == 1:
            text = archive.read(poms[0]).decode()
            keys = dict(line.strip().split("=", 1) for line in text.splitlines() if "=" in line)
            return keys["groupId"], keys["artifactId"], keys["version"]
    name, version = re.fullmatch(r"(.+?)-(\d.*)\.jar", jar.name).groups()  # type: ignore[union-attr]
    return "", name, version


def bill(found: dict[str, Path], version: str, at: str) -> str:
    """CycloneDX 1.5: every jar of the release with its hash."""
    components = []
    for name in sorted(n for n in found if n.startswith("lib/")):
        group, artifact, number = coordinates(found[name])
        component = {
            "type": "library",
            "name": artifact,
            "version": number,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(found[name].read_bytes()).hexdigest()}],
            "purl": f"pkg:maven/{group}/{artifact}@{number}" if group else f"pkg:generic/{artifact}@{number}",
        }
        components.append({**component, "group": group} if group else component)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components))}",
        "version": 1,
        "metadata": {"timestamp": at, "component": {"type": "application", "name": "relay", "version": version}},
        "components": components,
    }
    return json.dumps(document, indent=2) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    pom = (options.root / "pom.xml").read_text()
    version = re.search(r"<artifactId>relay-parent</artifactId>\s*<version>([^<]+)<", pom)
    stamp = re.search(r"<project.build.outputTimestamp>([^<]+)<", pom)
    assert version and stamp, "pom.xml names neither version nor outputTimestamp"
    found = files(options.root, version[1])
    name = f"relay-{version[1]}"
    archive = pack(found, name, int(datetime.fromisoformat(stamp[1]).timestamp()))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / f"{name}.tar.gz").write_bytes(archive)
    digest = hashlib.sha256(archive).hexdigest()
    (options.out / f"{name}.tar.gz.sha256").write_text(f"{digest}  {name}.tar.gz\n")
    (options.out / f"{name}.cdx.json").write_text(bill(found, version[1], stamp[1]))
    print(f"{options.out / name}.tar.gz\n{digest}")


if __name__ == "__main__":
    main()
