"""The golden vectors: the same bytes as every other client, both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from relay_sdk import _protocol as p
from relay_sdk._codes import CLIENT_CODES, CODES, DEAD_LETTER_REASONS

PROTOCOL = Path(__file__).resolve().parents[2] / "protocol"


def load(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((PROTOCOL / "vectors" / name).read_text())
    assert found
    return found


def to_fields(vector: dict[str, Any]) -> dict[str, Any]:
    """The vector's fields in the codec's own form: ids, blocks and payloads as bytes."""
    fields = dict(vector["fields"])
    if "json" in fields:
        return dict(fields["json"])
    if "id" in fields:
        fields["id"] = bytes.fromhex(fields["id"])
    if "payload_hex" in fields:
        fields["payload"] = bytes.fromhex(fields.pop("payload_hex"))
        fields["block"] = p.block(*((e["key"], bytes.fromhex(e["hex"])) for e in fields["block"]))
    return fields


@pytest.mark.parametrize("vector", load("valid.json"), ids=lambda v: v["name"])
def test_valid_vector_decodes_to_its_fields_and_encodes_to_its_bytes(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["frame_hex"])
    assert p.decode(frame) == (vector["type"], to_fields(vector))
    assert p.encode(vector["type"], to_fields(vector)) == frame


@pytest.mark.parametrize("vector", load("invalid.json"), ids=lambda v: v["name"])
def test_invalid_vector_is_refused_with_its_code(vector: dict[str, Any]) -> None:
    with pytest.raises(p.FrameError) as refused:
        p.decode(bytes.fromhex(vector["frame_hex"]))
    assert refused.value.code == vector["code"]


def test_the_error_catalogue_is_that_of_the_protocol() -> None:
    catalogue = json.loads((PROTOCOL / "errors.json").read_text())
    codes = {c["name"]: (c["number"], c["retryable"], c["fatal"], c["meaning"], c["action"]) for c in catalogue["codes"]}
    assert {name: tuple(code) for name, code in CODES.items()} == codes
    assert {r["name"]: (r["number"], r["meaning"]) for r in catalogue["dead_letter_reasons"]} == DEAD_LETTER_REASONS
    assert {c["name"]: c["meaning"] for c in catalogue["client_codes"]} == CLIENT_CODES
