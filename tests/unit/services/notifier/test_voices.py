"""A shop's own words are its own."""

from pathlib import Path

import msgspec
import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.settings import Environment, SettingsError
from headsup.shops.profile import ShopProfile, load_shops
from services.notifier.decide import Policy
from services.notifier.render import Renderer, TextsError
from services.notifier.rendered import RenderedEmail
from services.notifier.settings import NotifierSettings
from services.notifier.voices import Voices
from tests.support.notifier import PROVIDERS, SHOPS
from tests.unit.services.notifier.render.samples import draft

[SHOP] = load_shops(SHOPS).values()
OTHER = "https://other.example"


@pytest.fixture
def common(renderer: Renderer) -> Renderer:
    return renderer


def _write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return folder


def _voices(common: Renderer, folder: Path) -> Voices:
    return Voices(common).with_shops([SHOP, _with_texts(folder)])


def _with_texts(folder: Path) -> ShopProfile:
    return msgspec.structs.replace(SHOP, source=OTHER, texts=str(folder))


def _mail(renderer: Renderer, kind: Kind, language: str = "en") -> RenderedEmail:
    mail = renderer.render(draft(kind, Channel.EMAIL, language))
    assert isinstance(mail, RenderedEmail)
    return mail


def test_a_shops_sentence_is_said_to_its_own_customers_only(
    common: Renderer, tmp_path: Path
) -> None:
    title = "Thank you, we are on it"
    folder = _write(tmp_path, "en/order.confirmed.toml", f'title = "{title}"')
    voices = _voices(common, folder)
    assert title in _mail(voices.of(OTHER), Kind.ORDER_CONFIRMED).html
    assert title not in _mail(voices.of(SHOP.source), Kind.ORDER_CONFIRMED).html
    assert title not in _mail(voices.of("https://unknown.example"), Kind.ORDER_CONFIRMED).html


def test_what_a_shop_does_not_say_itself_is_said_in_our_words(
    common: Renderer, tmp_path: Path
) -> None:
    folder = _write(tmp_path, "en/order.confirmed.toml", 'title = "Other"')
    own = _voices(common, folder).of(OTHER)
    assert _mail(own, Kind.SHIPMENT_SHIPPED) == _mail(common, Kind.SHIPMENT_SHIPPED)
    assert _mail(own, Kind.ORDER_CONFIRMED, "uk") == _mail(common, Kind.ORDER_CONFIRMED, "uk")
    assert _mail(own, Kind.ORDER_CONFIRMED).subject == _mail(common, Kind.ORDER_CONFIRMED).subject


def test_a_shops_shared_word_is_in_all_its_messages(common: Renderer, tmp_path: Path) -> None:
    folder = _write(tmp_path, "en/_shared.toml", '[buttons]\norder = "To my order"')
    own = _voices(common, folder).of(OTHER)
    assert "To my order:" in _mail(own, Kind.ORDER_CONFIRMED).text
    assert "To my order:" not in _mail(common, Kind.ORDER_CONFIRMED).text


def test_a_shops_words_go_before_those_of_the_whole_installation(tmp_path: Path) -> None:
    everybodys = _write(
        tmp_path / "all", "en/order.confirmed.toml", 'title = "All"\nsubject = "All of us"'
    )
    shops = _write(tmp_path / "shop", "en/order.confirmed.toml", 'title = "Own"')
    own = Voices(Renderer.load(everybodys)).with_shops([_with_texts(shops)]).of(OTHER)
    mail = _mail(own, Kind.ORDER_CONFIRMED)
    assert (">Own<" in mail.html, mail.subject) == (True, "All of us")


def test_a_shop_that_does_not_say_all_in_a_language_of_its_own_is_refused(
    common: Renderer, tmp_path: Path
) -> None:
    folder = _write(tmp_path, "pl/order.confirmed.toml", 'title = "Dzi\u0119kujemy"')
    with pytest.raises(TextsError, match=r"pl/_shared\.toml: is missing"):
        _voices(common, folder)


def test_a_misspelt_file_of_a_shop_stops_the_start_and_is_named(tmp_path: Path) -> None:
    _write(tmp_path, "own/en/order.confirmd.toml", 'title = "Other"')
    profile = SHOPS.read_text("utf-8").replace("[support]", 'texts = "own"\n[support]', 1)
    shops = _write(tmp_path, "shop.toml", profile) / "shop.toml"
    given = PROVIDERS | {
        "HEADSUP_SHOPS": str(shops),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DATABASE_URL": "postgresql://x/y",
    }
    with pytest.raises(SettingsError) as raised:
        NotifierSettings.from_environment(Environment(given))
    [problem] = raised.value.problems
    assert problem.startswith("HEADSUP_SHOPS is wrong: the texts of a shop: ")
    assert problem.endswith("order.confirmd.toml: is named after no kind of message.")


def test_a_shop_is_spoken_of_in_its_own_languages() -> None:
    policy = Policy({}, frozenset({"en"}), {OTHER: frozenset({"en", "pl"})})
    assert policy.spoken_by(OTHER) == {"en", "pl"}
    assert policy.spoken_by(SHOP.source) == {"en"}
