from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.render import Renderer
from services.notifier.render.text_files import TextsError
from services.notifier.render.texts import load_texts
from services.notifier.rendered import RenderedEmail
from tests.unit.services.notifier.render.samples import CONTENTS, bare, draft


def _email(renderer: Renderer, kind: Kind, **changes: object) -> RenderedEmail:
    content = msgspec.structs.replace(CONTENTS[kind], **changes)
    rendered = renderer.render(draft(kind, Channel.EMAIL, "uk", content))
    assert isinstance(rendered, RenderedEmail)
    return rendered


def _write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return folder


def test_a_shop_changes_one_sentence_with_one_line(tmp_path: Path) -> None:
    folder = _write(tmp_path, "uk/shipment.shipped.toml", 'title = "Їде {{ order_number }}"')
    mail = _email(Renderer.load(folder), Kind.SHIPMENT_SHIPPED)
    assert ">Їде A-1042<" in mail.html
    assert mail.subject == "Замовлення A-1042 вже в дорозі"


def test_a_shop_changes_a_shared_word_for_all_kinds(tmp_path: Path) -> None:
    folder = _write(tmp_path, "uk/_shared.toml", '[buttons]\norder = "До замовлення"')
    assert "До замовлення:" in _email(Renderer.load(folder), Kind.ORDER_CONFIRMED).text


def test_what_was_compiled_once_is_not_compiled_again(tmp_path: Path) -> None:
    folder = _write(tmp_path, "uk/shipment.shipped.toml", 'title = "Їде {{ order_number }}"')
    once, again = load_texts()["uk"].kinds, load_texts(folder)["uk"].kinds
    assert once[Kind.ORDER_CONFIRMED].title is again[Kind.ORDER_CONFIRMED].title
    assert once[Kind.SHIPMENT_SHIPPED].title is not again[Kind.SHIPMENT_SHIPPED].title


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("uk/order.received.toml", "titel = ''", "`titel` is not a key of this file"),
        ("uk/order.received.toml", "title = 3", "`title`: expected `str`, got `int`"),
        ("uk/order.received.toml", "title = ", "is not valid TOML"),
        ("uk/order.received.toml", "title = '{% if %}'", "`title`: Expected an expression"),
        (
            "uk/order.received.toml",
            "title = '{{ ordernumber }}'",
            "`title` speaks of `ordernumber`, which no request has",
        ),
        (
            "uk/order.received.toml",
            "sms.next = '{{ pay_by.until }}'",
            "`sms.next` speaks of `pay_by.until`, which no request has",
        ),
        ("uk/order.recieved.toml", "title = ''", "is named after no kind of message"),
        ("uk/_shared.toml", "days.on = '{day}'", "`days.on` has an unknown placeholder"),
        ("uk/order.note.toml", "labels.when = 'x'", "`labels.when` is no label"),
        ("uk/_shared.toml", "reply_lines.received = '{yea}'", "has an unknown placeholder"),
        ("uk/_shared.toml", "reply_lines.received = '{yes}?'", "does not name `НІ`"),
        ("uk/_shared.toml", "replies.yes = []", "`replies"),
        ("uk/_shared.toml", "locale = 'xx_YY'", "`locale` is no locale of CLDR"),
        ("pl/_shared.toml", "greeting = ''", "`locale` is missing"),
    ],
)
def test_a_malformed_file_is_named_with_its_key(
    renderer: Renderer, tmp_path: Path, name: str, text: str, words: str
) -> None:
    with pytest.raises(TextsError) as error:
        renderer.with_texts(_write(tmp_path, name, text))
    assert name in str(error.value)
    assert words in str(error.value)


def test_a_language_without_all_kinds_is_not_loaded(tmp_path: Path) -> None:
    ours = Path(__file__).parents[5] / "services/notifier/messages/uk/_shared.toml"
    _write(tmp_path, "pl/_shared.toml", ours.read_text("utf-8"))
    with pytest.raises(TextsError, match=r"pl/order\.received\.toml: is missing"):
        Renderer.load(tmp_path)


def test_an_unknown_language_is_named_where_somebody_began_it(tmp_path: Path) -> None:
    _write(tmp_path, "eng/order.received.toml", "title = ''")
    with pytest.raises(TextsError) as error:
        Renderer.load(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/eng/_shared.toml: is missing")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("order.received.toml", "order.received.toml: lies in no language's folder"),
        ("order.recieved.toml", "order.recieved.toml: lies in no language's folder"),
        ("English/order.received.toml", "English: is named after no language"),
        ("en-GB/order.received.toml", "en-GB: is named after no language"),
    ],
)
def test_a_text_in_no_languages_folder_stops_the_start(
    renderer: Renderer, tmp_path: Path, name: str, words: str
) -> None:
    folder = _write(tmp_path, name, "title = ''")
    for load in (Renderer.load, renderer.with_texts):
        with pytest.raises(TextsError) as error:
            load(folder)
        assert str(error.value).startswith(f"{tmp_path}/{words}")


def test_what_is_no_text_may_lie_beside_the_languages(renderer: Renderer, tmp_path: Path) -> None:
    _write(tmp_path, "README.md", "Ours.")
    _write(tmp_path, ".git/config", "")
    renderer.with_texts(tmp_path)


def test_an_override_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(TextsError, match="is no folder"):
        Renderer.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "того самого дня"), (1, "протягом 1 дня"), (3, "протягом 3 днів"), (21, "21 дня")],
)
def test_plurals_follow_the_language(renderer: Renderer, days: int, words: str) -> None:
    assert words in _email(renderer, Kind.RETURN_APPROVED, refund_days=days).text


@pytest.mark.parametrize(
    ("items", "words"),
    [(21, "і ще 1 позиція"), (23, "і ще 3 позиції"), (31, "і ще 11 позицій")],
)
def test_a_long_order_is_listed_to_twenty_and_the_rest_counted(
    renderer: Renderer, items: int, words: str
) -> None:
    lines = tuple(Item(name=f"річ-{n}") for n in range(items))
    mail = _email(renderer, Kind.ORDER_CONFIRMED, items=lines)
    assert words in mail.text
    assert "річ-19" in mail.text
    assert "річ-20" not in mail.text


def test_each_late_dispatch_is_worded_differently(renderer: Renderer) -> None:
    said = [_email(renderer, Kind.DISPATCH_LATE, occurrence=n).text for n in (1, 2, 3, 4)]
    assert "вже вдруге" in said[1]
    assert "нового дня, коли воно вирушить, не називаємо" in said[2]
    assert "скасувати замовлення й повернути всі гроші" in said[2]
    assert len({*said[:3]}) == 3
    assert said[3] == said[2]


def test_an_sms_lives_as_long_as_its_news(renderer: Renderer) -> None:
    rendered = renderer.render(
        draft(Kind.SHIPMENT_SHIPPED, Channel.SMS, "uk", bare(Kind.SHIPMENT_SHIPPED))
    )
    assert getattr(rendered, "valid_for", None) == timedelta(hours=4).total_seconds()
