"""Sentences of a text file that name something in braces. Pure."""

import string
from collections.abc import Set as AbstractSet


def problem_in(key: str, text: str, wanted: AbstractSet[str]) -> str | None:
    """What is wrong with a sentence, as its key and a few words; None when it names what is
    `wanted`, all of it and nothing else."""
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return f"`{key}` has a brace too many"
    if named - wanted:
        return f"`{key}` has an unknown placeholder"
    if wanted - named:
        return f"`{key}` does not name `{{{min(wanted - named)}}}`"
    return None
