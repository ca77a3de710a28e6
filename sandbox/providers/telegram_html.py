"""Telegram's HTML, as strictly as Telegram reads it.

core.telegram.org/bots/api#html-style: few tags, each closed in order, and only four named
entities. The errors are worded as the Bot API words them.
"""

import re
from html import unescape

_BOLD, _ITALIC, _UNDERLINE = {"b", "strong"}, {"i", "em"}, {"u", "ins"}
_STRUCK, _HIDDEN = {"s", "strike", "del"}, {"span", "tg-spoiler"}
_OTHERS = {"a", "tg-emoji", "code", "pre", "blockquote"}
_TAGS = frozenset(_BOLD | _ITALIC | _UNDERLINE | _STRUCK | _HIDDEN | _OTHERS)
_ATTRIBUTES: dict[str, re.Pattern[str]] = {
    "a": re.compile(r'\s+href\s*=\s*("[^"<>]*"|\'[^\'<>]*\'|[^\s"\'<>]+)\s*'),
    "span": re.compile(r'\s+class\s*=\s*["\']tg-spoiler["\']\s*'),
    "tg-emoji": re.compile(r'\s+emoji-id\s*=\s*["\']\d+["\']\s*'),
    "code": re.compile(r'\s+class\s*=\s*["\']language-[^"\'<>\s]+["\']\s*'),
    "blockquote": re.compile(r"\s+expandable\s*"),
}
_MUST_HAVE = frozenset({"span", "tg-emoji"})
_TOKEN = re.compile(r"<(/?)([A-Za-z0-9-]*)((?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)(>?)")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


class EntityError(ValueError):
    """The text is not Telegram's HTML."""


def parse_html(html: str) -> str:
    """The text that a customer sees. Raises EntityError."""
    text: list[str] = []
    stack: list[str] = []
    position = 0
    for token in _TOKEN.finditer(html):
        text.append(_unescape(html[position : token.start()]))
        _step(token, stack, len(html[: token.start()].encode()))
        position = token.end()
    text.append(_unescape(html[position:]))
    if stack:
        raise EntityError(f'Can\'t find end tag corresponding to start tag "{stack[-1]}"')
    return "".join(text)


def _step(token: re.Match[str], stack: list[str], offset: int) -> None:
    slash, name, rest, end = token.groups()
    name = name.lower()
    if not end:
        raise EntityError(f"Unclosed {'end' if slash else 'start'} tag at byte offset {offset}")
    if slash:
        _close(name, stack, offset)
        return
    pattern = _ATTRIBUTES.get(name)
    has_attributes = bool(rest.strip())
    is_right = pattern.fullmatch(rest) is not None if has_attributes and pattern else True
    if name not in _TAGS or not is_right or (name in _MUST_HAVE and not has_attributes):
        raise EntityError(f'Unsupported start tag "{name}" at byte offset {offset}')
    stack.append(name)


def _close(name: str, stack: list[str], offset: int) -> None:
    if not stack:
        raise EntityError(f"Unexpected end tag at byte offset {offset}")
    expected = stack.pop()
    if name and name != expected:
        raise EntityError(
            f"Unmatched end tag at byte offset {offset}, "
            f'expected "</{expected}>", found "</{name}>"'
        )


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)
