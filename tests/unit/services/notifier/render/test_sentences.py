import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from jinja2 import Environment
from jinja2.runtime import Context

from services.notifier.render import sentences
from services.notifier.render.sentences import environment_of, sentence
from services.notifier.render.text_files import TextsError
from services.notifier.render.texts import load_texts


@pytest.fixture
def environment() -> Iterator[Environment]:
    sentences._part.cache_clear()  # another test may have said the same
    sentences._look_at.cache_clear()
    yield environment_of(Locale("en"))
    sentences._part.cache_clear()
    sentences._look_at.cache_clear()


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compiled."""
    sources: list[str] = []
    compile_ = Environment.from_string

    def counting(environment: Environment, source: Any, *more: Any) -> Any:
        sources.append(source if isinstance(source, str) else "a tree")
        return compile_(environment, source, *more)

    monkeypatch.setattr(Environment, "from_string", counting)
    return sources


def said(part: sentences.Part, environment: Environment, **values: object) -> str:
    return part(Context(environment, values, None, {}))


def test_a_sentence_is_compiled_when_it_is_first_said(
    environment: Environment, compiled: list[str]
) -> None:
    text = "{% if carrier %}By {{ carrier }}{% endif %}, {{ order_number }}."
    part = sentence(environment, "en/x.toml", "title", text)
    assert not compiled
    first = said(part, environment, carrier="DPD", order_number="A-1")
    second = said(part, environment, carrier="", order_number="A-2")
    assert (first, second) == ("By DPD, A-1.", ", A-2.")
    assert compiled == [text]


@pytest.mark.parametrize(
    "text",
    [
        "{{ carrier|shouted }}",
        "{{ carrier is shouted }}",
        "{% block a %}x{% endblock %}{% block a %}x{% endblock %}",
    ],
)
def test_what_can_be_read_and_not_compiled_stops_the_start(
    environment: Environment, text: str
) -> None:
    with pytest.raises(TextsError, match=r"en/x\.toml: `title`"):
        sentence(environment, "en/x.toml", "title", text)


@pytest.mark.parametrize("text", ["{% for c in carrier %}{{ c }}{% endfor %}", "{% set x = 1 %}"])
def test_what_is_no_plain_sentence_is_compiled_at_once(
    environment: Environment, compiled: list[str], text: str
) -> None:
    sentence(environment, "en/x.toml", "title", text)
    assert compiled == ["a tree"]


def test_there_is_nothing_wrong_with_our_own(tmp_path: Path) -> None:
    ours = tmp_path / "ours"  # as if they were a shop's, of which each sentence is looked at
    shutil.copytree(Path("services/notifier/messages"), ours)
    sentences._look_at.cache_clear()
    languages = load_texts().keys()
    assert sentences._look_at.cache_info().currsize == 0
    assert load_texts(ours).keys() == languages
    assert sentences._look_at.cache_info().currsize > 0
