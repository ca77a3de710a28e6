"""What is made from the contracts: JSON Schemas and the AsyncAPI document in `schemas/`, and beside
it in words the catalogue, `docs/catalogue.md`, and the settings, `docs/settings.md`.

python -m headsup.contracts.schemas            writes what has changed
python -m headsup.contracts.schemas --check    lists what should have been written, and exits 1
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from headsup.contracts import settings
from headsup.contracts.asyncapi import asyncapi
from headsup.contracts.catalogue.page import page
from headsup.contracts.json_schema import Json, event_schema
from headsup.contracts.registry import EVENT_TYPES

ROOT: Final = Path(__file__).parents[2] / "schemas"


def canonical(document: Any) -> str:
    """JSON as every file in `schemas/` is written."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def documents(root: Path) -> dict[Path, str]:
    """Every generated file and what it should hold. The examples are written by hand; of them only
    the form is seen to."""
    examples = read_examples(root)
    return {
        **{
            root / "events" / f"{event_type.name}.schema.json": canonical(event_schema(event_type))
            for event_type in EVENT_TYPES
        },
        **{path: canonical(example) for path, example in examples.items()},
        root / "asyncapi.json": canonical(asyncapi(list(examples.values()))),
        root.parent / "docs" / "catalogue.md": page(),
        root.parent / "docs" / "settings.md": settings.page(),
    }


def read_examples(root: Path) -> dict[Path, Json]:
    """The valid examples, in the order of their names."""
    paths = sorted((root / "examples" / "valid").glob("*.json"))
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def drift(root: Path) -> list[Path]:
    """Files that are missing, differ from what the contracts say, or belong to no contract."""
    expected = documents(root)
    stale = [
        path
        for path, text in expected.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    stray = [path for path in (root / "events").glob("*") if path not in expected]
    return sorted(stale + stray)


def write(root: Path) -> list[Path]:
    """Brings every generated file up to date; returns those that were touched."""
    expected = documents(root)
    touched = drift(root)
    for path in touched:
        if path in expected:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(expected[path], encoding="utf-8")
        else:
            path.unlink()
    return touched


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Writes, or with `--check` only compares. Returns the exit code."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write("usage: python -m headsup.contracts.schemas [--check]\n")
        return 2
    if not arguments:
        for path in write(root):
            sys.stdout.write(f"{path.relative_to(root.parent)}\n")
        return 0
    stale = drift(root)
    for path in stale:
        sys.stdout.write(f"not up to date: {path.relative_to(root.parent)}\n")
    if stale:
        sys.stdout.write("run: python -m headsup.contracts.schemas\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
