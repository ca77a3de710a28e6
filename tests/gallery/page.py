"""The page: every message as it is seen, in its mail, its chat or its phone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from headsup.contracts.catalogue import CATALOGUE, Area, Entry, Kind
from headsup.contracts.channels import Channel
from services.notifier.render.alphabet import is_gsm
from services.notifier.rendered import Rendered, RenderedEmail, RenderedSms, RenderedTelegram
from tests.gallery.finding import Finding
from tests.gallery.prices import Price, country_of, load
from tests.gallery.sources import LANGUAGES
from tests.gallery.written import COMPLETE, SHOWN, UNHEARD, Written

_HERE: Final = Path(__file__).parent
_CENT: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """An SMS and what it costs."""

    text: str
    segments: int
    alphabet: str
    length: int
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One variation of a kind in one language, on the channels that its kind travels on."""

    variation: str
    language: str
    mail: RenderedEmail | None
    telegram: RenderedTelegram | None
    chat: Markup
    sms: Sms | None
    cheaper: Sms | None
    """The same in Latin letters, where those cost less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A kind."""

    kind: Kind
    traits: tuple[str, ...]
    cards: tuple[Card, ...]


def page_of(messages: Iterable[Written], found: Sequence[Finding]) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    by_kind: dict[Kind, list[Written]] = {}
    for message in messages:
        by_kind.setdefault(message.kind, []).append(message)
    prices = load()
    sections = [_section(kind, written, prices) for kind, written in by_kind.items()]
    areas = {
        area: [section for section in sections if CATALOGUE[section.kind].area is area]
        for area in Area
    }
    return environment.get_template("page.html").render(
        areas={area: some for area, some in areas.items() if some},
        languages=LANGUAGES,
        channels=list(Channel),
        variations=[COMPLETE, *SHOWN],
        found=found,
        prices=prices.values(),
        figures=_figures(sections),
        style=Markup((_HERE / "page.css").read_text("utf-8")),  # noqa: S704 our own file
        script=Markup((_HERE / "page.js").read_text("utf-8")),  # noqa: S704 our own file
    )


def _section(kind: Kind, written: list[Written], prices: dict[str, Price]) -> Section:
    return Section(
        kind=kind,
        traits=tuple(_traits(CATALOGUE[kind])),
        cards=tuple(_cards(kind, written, prices)),
    )


def _traits(entry: Entry) -> Iterator[str]:
    yield entry.message_class
    yield entry.urgency
    yield " + ".join(" › ".join(route) for route in entry.routes)
    if entry.is_legal:
        yield "asked for by law"
    if entry.if_unanswered is not None:
        yield f"then {entry.if_unanswered}"


def _cards(kind: Kind, written: list[Written], prices: dict[str, Price]) -> Iterator[Card]:
    """The complete messages, and those variations that read differently."""
    carried = {channel for route in CATALOGUE[kind].routes for channel in route}
    by_card: dict[tuple[str, str], dict[Channel, Rendered]] = {}
    for message in written:
        if message.rendered is not None and message.channel in carried and _is_shown(message):
            card = by_card.setdefault((message.variation, message.language), {})
            card[message.channel] = message.rendered
    cheaper = {(each.variation, each.language): each.cheaper for each in written if each.cheaper}
    for (variation, language), rendered in by_card.items():
        complete = by_card.get((COMPLETE, language))
        if variation == COMPLETE or _differs(rendered, complete):
            made = _card(variation, language, rendered, prices)
            latin = cheaper.get((variation, language)) if made.sms else None
            yield replace(made, cheaper=_sms(latin, prices)) if latin else made


def _is_shown(message: Written) -> bool:
    is_unheard = message.variation.endswith(UNHEARD)
    return message.variation == COMPLETE or (message.variation.startswith(SHOWN) and not is_unheard)


def _differs(some: dict[Channel, Rendered], others: dict[Channel, Rendered] | None) -> bool:
    return others is None or some != others


def _card(
    variation: str, language: str, rendered: dict[Channel, Rendered], prices: dict[str, Price]
) -> Card:
    mail, chat, sms = (rendered.get(c) for c in (Channel.EMAIL, Channel.TELEGRAM, Channel.SMS))
    chat = chat if isinstance(chat, RenderedTelegram) else None
    return Card(
        variation=variation,
        language=language,
        mail=mail if isinstance(mail, RenderedEmail) else None,
        telegram=chat,
        chat=Markup(chat.html if chat else ""),  # noqa: S704 what the renderer escaped
        sms=_sms(sms, prices) if isinstance(sms, RenderedSms) else None,
        cheaper=None,
    )


def _sms(sms: RenderedSms, prices: dict[str, Price]) -> Sms:
    price = prices.get(country_of(sms.to))
    cost = f"≈ ${(price.usd * sms.segments).quantize(_CENT)}, {price.country}" if price else ""
    return Sms(
        text=sms.text,
        segments=sms.segments,
        alphabet="GSM-7" if is_gsm(sms.text) else "UCS-2",
        length=len(sms.text),
        cost=cost,
    )


def _figures(sections: Iterable[Section]) -> dict[str, str]:
    """How many, and how long."""
    cards = [card for section in sections for card in section.cards]
    whole = [card.sms for card in cards if card.sms and card.variation == COMPLETE]
    one = sum(sms.segments == 1 for sms in whole)
    cheaper = sum(
        card.cheaper.segments == 1 for card in cards if card.variation == COMPLETE and card.cheaper
    )
    return {
        "kinds": str(len({section.kind for section in sections})),
        "messages": str(sum(bool(c.mail) + bool(c.telegram) + bool(c.sms) for c in cards)),
        "SMS of one segment": f"{one} of {len(whole)}",
        "in the cheapest letters": f"{one + cheaper} of {len(whole)}",
    }
