"""What the source says about a contract: the text under a field, the comment beside a member.

Python drops both when it compiles, so they are read from the source, and only where schemas and
explanations are made.
"""

import ast
import functools
import inspect
import io
import textwrap
import tokenize
from enum import StrEnum
from itertools import pairwise


def summary(cls: type) -> str:
    """The docstring on one line."""
    return " ".join((cls.__doc__ or "").split())


def field_notes(cls: type) -> dict[str, str]:
    """The texts under the fields of a class and of those that it builds on."""
    notes: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("headsup."):
            notes |= _own_field_notes(base)
    return notes


def _own_field_notes(cls: type) -> dict[str, str]:
    notes = {}
    for statement, after in pairwise(_body(cls)):
        match statement, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                notes[name] = " ".join(text.split())
    return notes


@functools.cache
def _body(cls: type) -> list[ast.stmt]:
    match ast.parse(_source(cls)).body:
        case [ast.ClassDef(body=body)]:
            return body
    raise TypeError(f"{cls.__name__} is not written as one class")


def _source(cls: type) -> str:
    return textwrap.dedent(inspect.getsource(cls))


@functools.cache
def member_notes(cls: type[StrEnum]) -> dict[str, str]:
    """The comments beside the members of an enumeration, by the member's value."""
    comments = {
        token.start[0]: token.string.removeprefix("#").strip()
        for token in tokenize.generate_tokens(io.StringIO(_source(cls)).readline)
        if token.type == tokenize.COMMENT
    }
    return {
        str(statement.value.value): comments[statement.lineno]
        for statement in _body(cls)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and statement.lineno in comments
    }
