"""What committed files must not contain, and what locks must."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from tests.architecture.source import Module

# Written so that this file does not contain what it looks for.
_MACHINE_PATH = re.compile(r"(?<![\w.~$}>*-])/(?:wor[k]|roo[t]|hom[e]|User[s]|tm[p])/[\w.]")
_REGISTRY = re.compile(
    r"(?:pyp[i]\.org|pythonhoste[d]\.org|registry\.npmj[s]\.org|repo1?\.(?:maven|apache)[.]"
    r"|crate[s]\.io|registry\.yarnpk[g]\.com)"
)
_LEFT_IN_A_SESSION = re.compile(
    r"pg_(?:try_)?advisory_lock(?:_shared)?\(|^\s*(?:UN)?LISTEN\b|\bWITH HOLD\b"
    r"|\bTEMP(?:ORARY)? TABLE\b|\bPREPARE\b"
    r"|^\s*SET (?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)(?:SESSION )?\w+\s*(?:=|TO\b)[^(]*\Z"
    # Only what is surely for the transaction alone is not left.
    r"|(?i:\bset_config\((?!(?:(?!set_config\()[^;])*?,\s*true\s*\)))"
)
_ADDRESS = re.compile(r"https?://[^\"\s]+")
_UNSEEN = frozenset(
    {"executemany", "fetchmany", "prepare", "cursor", "copy_records_to_table", "copy_to_table"}
    | {"copy_from_query", "copy_from_table"}
)
_LOCK_ENTRY = re.compile(r"^[\w.\[\]-]+==\S+(?: ;.*?)? \\$")
_LOCK_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def machine_paths(files: Sequence[Path]) -> list[str]:
    """Lines that name a directory of somebody's machine."""
    return _lines_with(_MACHINE_PATH, files, "names a path of one machine")


def registries(files: Sequence[Path]) -> list[str]:
    """Lines that name the host of a package registry."""
    return _lines_with(_REGISTRY, files, "names a package registry")


def left_in_a_session(production: Sequence[Module]) -> list[str]:
    """Statements that leave something in the session of a pooled connection, which nobody cleans
    before the next one uses it. What migrates has connections of its own."""
    return [
        module.at(node, f"leaves something in a session: {node.value.strip()[:40]}")
        for module in production
        if "migrations" not in module.name.split(".")
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if _LEFT_IN_A_SESSION.search(node.value)
    ]


def unseen_statements(production: Sequence[Module]) -> list[str]:
    """Calls by which asyncpg says something that `PooledConnection` does not notice: cancelled, it
    would hold its locks after the connection was given back."""
    return [
        module.at(node, f"a statement that nobody sees the end of: {node.func.attr}")
        for module in production
        if "migrations" not in module.name.split(".")
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in _UNSEEN
    ]


def _lines_with(pattern: re.Pattern[str], files: Sequence[Path], what: str) -> list[str]:
    return [
        f"{file}:{number}: {what}: {match.group()}"
        for file in files
        for number, line in enumerate(_text(file).splitlines(), 1)
        if (match := pattern.search(line))
    ]


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except UnicodeDecodeError:
        return ""  # a picture


def addresses(locks: Sequence[Path]) -> list[str]:
    """Addresses in locks: they have names, versions and hashes; who fetches says where from."""
    return _lines_with(_ADDRESS, locks, "an address")


def unlocked(lock: Path) -> list[str]:
    """Lines of a lock that are neither a pinned entry nor a hash, and entries without a hash."""
    lines = lock.read_text().splitlines()
    found = [
        f"{lock}:{number}: neither an entry nor a hash: {line}"
        for number, line in enumerate(lines, 1)
        if not _LOCK_ENTRY.match(line) and not _LOCK_HASH.match(line)
    ]
    found += [
        f"{lock}:{number}: without a hash: {line}"
        for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1)
        if _LOCK_ENTRY.match(line) and not _LOCK_HASH.match(following)
    ]
    return found
