"""The sentences of the texts, compiled when they are first said. Pure.

A shop's own are looked at when they are read, and found right or wrong; ours were looked at by our
tests. To do both with all of them took most of the notifier's start, and most are never said: a
shop speaks one language, and of few kinds every day.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

from babel import Locale
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.runtime import Context

from services.notifier.render.text_files import TextsError
from services.notifier.render.values import refuse
from services.notifier.render.view import FORMS_OF, VARIABLES

Part = Callable[[Context], str]
"""A text: give it the values, get one line."""

_PLAIN: Final = frozenset(
    {
        nodes.Template,
        nodes.Output,
        nodes.TemplateData,
        nodes.Name,
        nodes.Getattr,
        nodes.Const,
        nodes.If,
        nodes.Compare,
        nodes.Operand,
        nodes.And,
        nodes.Or,
        nodes.Not,
        nodes.Filter,
        nodes.Test,
        nodes.Keyword,
    }
)
"""What compiles wherever it can be read, as long as its filters and tests are there."""
_DEEPEST: Final = 30
"""Parts within parts. Python itself refuses what is nested much deeper."""


@lru_cache(64)
def environment_of(locale: Locale) -> Environment:
    """What compiles sentences of a language; nothing changes it."""
    environment = Environment(  # noqa: S701 texts hold no markup; the layouts escape # nosec B701
        undefined=StrictUndefined, finalize=_words_only
    )
    environment.globals.clear()
    environment.filters["plural"] = partial(_plural, locale)
    return environment


def _plural(locale: Locale, number: int, **forms: str) -> str:
    """`{{ n|plural(one="день", few="дні", many="днів") }}`: the form that CLDR wants for `number`,
    or the last one given."""
    return forms.get(locale.plural_form(number), list(forms.values())[-1])


def _words_only(value: object) -> object:
    """Nothing but words and whole numbers may stand in a sentence."""
    is_one = isinstance(value, str | int | Undefined) and not isinstance(value, bool)
    return value if is_one else refuse(value)


def _unknown(tree: nodes.Template) -> list[str]:
    """Variables and forms that are not, such as a misspelt one. What a text sets itself is known.
    (`jinja2.meta` would compile each text a second time to say the same.)"""
    read, known, names = set[str](), set(VARIABLES), list[str]()
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        if isinstance(node, nodes.Name):
            (read if node.ctx == "load" else known).add(node.name)
        elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            form = FORMS_OF.get(node.node.name)
            if form is None or not hasattr(form, node.attr):
                names.append(f"{node.node.name}.{node.attr}")
    return sorted(read - known) + names


_LINE_BREAK: Final = re.compile(r"[ \t]*\r?\n[ \t]*")
_BEFORE_A_MARK: Final = re.compile(r" *\n[ \n]*(?=[,.:;?!])")
"""A line of a text may end before what may be left out, and that may begin with a mark."""
_SPACES: Final = re.compile(r"[ \n]{2,}|\n")
_TWO_STOPS: Final = re.compile(r"(?<!\.)\.\.(?!\.)")


def trusted(environment: Environment, _where: str, _key: str, source: str) -> Part:
    """One of our own, as it is: our tests have asked `sentence` about it."""
    return _part(environment, _in_line(source))


def sentence(environment: Environment, where: str, key: str, source: str) -> Part:
    """Raises TextsError for bad syntax and for variables that no request has."""
    part = trusted(environment, where, key, source)
    try:
        unknown = _look_at(environment, _in_line(source))
    except TemplateSyntaxError as error:
        raise TextsError(f"{where}: `{key}`: {error.message}") from error
    for name in unknown:
        raise TextsError(f"{where}: `{key}` speaks of `{name}`, which no request has")
    return part


def _in_line(source: str) -> str:
    line = source.strip()
    return _LINE_BREAK.sub("\n", line) if "\n" in line else line


@lru_cache(4096)
def _look_at(environment: Environment, source: str) -> Sequence[str]:
    """What it speaks of that no request has. Raises TemplateSyntaxError. Remembered: several shops
    say the same."""
    if "{" not in source:
        return ()
    tree = environment.parse(source)
    if not _is_plain(environment, tree):
        environment.from_string(tree)
    return _unknown(tree)


@lru_cache(4096)
def _part(environment: Environment, source: str) -> Part:
    if "{" not in source:
        plain = source.replace("\n", " ")
        return lambda _: plain
    compiled: Callable[[Context], Iterator[str]] | None = None

    def render(context: Context) -> str:
        nonlocal compiled
        if compiled is None:
            compiled = environment.from_string(source).root_render_func
        text = "".join(compiled(context))
        if "…." in text:  # a shortened value at the end of a sentence
            text = text.replace("….", "…")
        if ".." in text:  # one that ends in an abbreviation
            text = _TWO_STOPS.sub(".", text)
        if "\n" in text:
            text = _BEFORE_A_MARK.sub("", text.strip())
            return _SPACES.sub(" ", text)
        return _SPACES.sub(" ", text).strip() if "  " in text else text.strip()

    return render


def _is_plain(environment: Environment, tree: nodes.Node, depth: int = 0) -> bool:
    """Whether it is certain to compile; what is not is compiled at once, to see."""
    if type(tree) not in _PLAIN or depth > _DEEPEST:
        return False
    if isinstance(tree, nodes.Filter) and tree.name not in environment.filters:
        return False
    if isinstance(tree, nodes.Test) and tree.name not in environment.tests:
        return False
    return all(_is_plain(environment, one, depth + 1) for one in tree.iter_child_nodes())
