"""Whether a key, a token or a password lies in the repository, by detect-secrets."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench.venv import python_with
from deploy.security.advisories import TOOL

KNOWN: Final = Path("tools/security/known_words.json")
"""What looks like a key and is none: by file, the kinds and digests of such words."""
_OUR_KIND: Final = Path("tools/security/telegram.py")
_LEFT_OUT: Final = f"^(schemas/|{KNOWN}$)"
"""What `make schemas` writes from the code, which is looked at; and our own list of digests."""
_GUESSES: Final = ("Secret Keyword", "Basic Auth Credentials")
"""Kinds that go by the word before it. Tests and pages are full of passwords of nobody; keys that
have a form of their own are looked for there as well."""
_WORDS: Final = ("--no-verify", "--exclude-lines=--hash=sha256:")

Found = dict[str, list[dict[str, Any]]]


def found(root: Path = Path()) -> Found:
    """Everything under git there that looks like a key, by file. Nothing is tried out at any
    provider. Raises CalledProcessError."""
    scanner = python_with("security", TOOL).with_name("detect-secrets")
    kind = f"--plugin={_OUR_KIND.absolute()}"
    run: list[Path | str] = [scanner, "scan", *_WORDS, f"--exclude-files={_LEFT_OUT}", kind]
    said = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True).stdout
    results: Found = json.loads(said)["results"]
    told = {path: [each for each in of if _counts(path, each)] for path, of in results.items()}
    return {path: of for path, of in told.items() if of}


def _counts(path: str, secret: dict[str, Any]) -> bool:
    return secret["type"] not in _GUESSES or not (path.startswith("tests/") or path.endswith(".md"))


def unknown(seen: Found, known: Found) -> Iterator[str]:
    """A sentence for each that nobody has looked at yet."""
    for path, secrets in sorted(seen.items()):
        before = {(each["type"], each["hashed_secret"]) for each in known.get(path, ())}
        for each in secrets:
            if (each["type"], each["hashed_secret"]) not in before:
                yield (
                    f"{path}:{each['line_number']}: this looks like a secret ({each['type']}). If "
                    "it is one, replace it everywhere, for it counts as known. If it is none: "
                    "python -m deploy.security --known"
                )


def remembered(path: Path = KNOWN) -> Found:
    """What was looked at and is no key."""
    words: Found = json.loads(path.read_bytes())
    return words


def remember(seen: Found, path: Path = KNOWN) -> None:
    """Writes that all this was looked at and is no key, without the words and their lines."""
    kept = {where: sorted(map(_in_short, each), key=str) for where, each in sorted(seen.items())}
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def _in_short(secret: dict[str, Any]) -> dict[str, Any]:
    return {name: secret[name] for name in ("type", "hashed_secret")}


def stale(seen: Found, known: Found) -> Sequence[str]:
    """Files of which something is remembered and nothing found any more."""
    return sorted(set(known) - set(seen))
