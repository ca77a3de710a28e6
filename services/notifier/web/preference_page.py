"""The page on which people choose: one form, which needs no script. Addresses are masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse

from headsup.contracts.catalogue.entry import ALERT, RECORD
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from headsup.shops.night import Night
from headsup.shops.profile import ShopProfile
from services.notifier.choosing import (
    HOURS,
    WAS,
    Choice,
    Chooser,
    Field,
    Quiet,
    counting,
    quiet_of,
    quiet_shown,
)
from services.notifier.people import Address, forbidden_by, masked
from services.notifier.preferring import Effect, channels_of
from services.notifier.render.formats import Formats
from services.notifier.render.preference_words import OTHER, PreferenceWords
from services.notifier.render.speaker import contacts_of
from services.notifier.render.texts import LanguageTexts
from services.notifier.voices import Voices
from services.notifier.web.customer_pages import CustomerPages, languages_of
from services.notifier.web.page import EXPIRED, Paper

_OK, _BAD_REQUEST = 200, 400
_STYLES: Final = ("page", "order", "preferences")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLine:
    """A chat that was linked, and the button that ends it."""

    text: str
    press: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A channel on the page."""

    name: str
    label: str
    known: Sequence[str]
    """Addresses that are written to."""
    closed: Sequence[str]
    """Sentences about those that nothing is sent to."""
    place: int | None
    """None: they gave it none."""
    orders: bool
    offers: bool
    chats: Sequence[ChatLine] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What brought somebody to the form."""

    asked: str | None = None
    """The language that they chose for the page."""
    effect: Effect | None = None
    """What they saved."""
    field: Field | None = None
    """What was wrong with what they sent, which is `fields`."""
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the form shows."""

    language: str
    rows: Sequence[Row]
    quiet: Quiet
    begins: int
    ends: int
    was: str
    """What it showed of quiet hours when it was opened."""


class PreferencePages(CustomerPages):
    """Writes them. `usable`: channels that have a sender."""

    def __init__(self, voices: Voices, usable: frozenset[Channel]) -> None:
        super().__init__(
            voices,
            ask=lambda texts: texts.stop.ask,
            send=lambda texts: texts.preferences.save,
        )
        self._speaking = voices
        self._usable = usable
        self._paper = Paper("preferences", _STYLES)

    def form(
        self, chooser: Chooser, shop: ShopProfile, *, asked: str | None = None
    ) -> HTMLResponse:
        """What counts now, to be changed. `asked`: the language that was chosen for the page."""
        return self._written(_OK, chooser, shop, Before(asked=asked))

    def taken(
        self, chooser: Chooser, shop: ShopProfile, effect: Effect, *, asked: str | None = None
    ) -> HTMLResponse:
        """It was saved, or was so before."""
        return self._written(_OK, chooser, shop, Before(asked=asked, effect=effect))

    def wrong(self, chooser: Chooser, shop: ShopProfile, before: Before) -> HTMLResponse:
        """What was sent cannot be meant; nothing of it is lost."""
        return self._written(_BAD_REQUEST, chooser, shop, before)

    def expired(self, chooser: Chooser, shop: ShopProfile) -> HTMLResponse:
        """The link is too old: how to get on without it."""
        language, texts = self._texts(chooser.language, shop)
        return self._response(
            EXPIRED,
            shop,
            language=language,
            title=texts.order.page.expired,
            human=texts.preferences.expired_help,
            contacts=contacts_of(shop, language),
        )

    def _written(
        self, status: int, chooser: Chooser, shop: ShopProfile, before: Before
    ) -> HTMLResponse:
        renderer = self._speaking.of(shop.source)
        shown = channels_of(shop, self._usable)
        counts = counting(chooser, shown, shop, renderer.languages)
        spoken = before.asked if before.asked in renderer.languages else counts.language
        language, texts = renderer.texts_in(spoken, shop.language)
        words = texts.preferences
        chats = _chats(chooser, shop, texts)
        sheet = _sheet(chooser, counts, shop, words, shown, chats)
        return self._paper.response(
            status,
            shop,
            language=language,
            title=words.title,
            words=words,
            lead=words.lead.format(shop=shop.name),
            offers=words.offers.format(shop=shop.name),
            reach=_reach(counts, shown, words),
            quiet_shop=_as_usual(shop.night, words),
            sheet=_as_sent(sheet, before.fields) if before.fields is not None else sheet,
            hours=HOURS,
            languages=languages_of(renderer),
            saved=_saved(before.effect, words),
            nobody=words.nobody if _reaches_nobody(chooser, shown, shop) else None,
            problem=words.problems[before.field] if before.field else None,
            problem_at=_place_of(before.field, shown) if before.field else None,
            human=texts.answer_page.human,
            contacts=contacts_of(shop, language),
        )


def _place_of(field: Field, shown: Sequence[Channel]) -> str:
    """The id of the first element that it is about."""
    first = shown[0] if shown else "none"
    return {
        Field.LANGUAGE: "language",
        Field.ORDER: f"place-{first}",
        Field.CHANNELS: f"orders-{first}",
        Field.QUIET: "quiet-shop",
        Field.HOURS: "begins",
    }[field]


def _saved(effect: Effect | None, words: PreferenceWords) -> str | None:
    known = {
        Effect.CHANGED: words.saved,
        Effect.KNOWN: words.same,
        Effect.UNLINKED: words.unlinked,
    }
    return known.get(effect) if effect else None


def _chats(chooser: Chooser, shop: ShopProfile, texts: LanguageTexts) -> dict[str, ChatLine]:
    """By the key of the address."""
    formats = Formats(texts.locale, texts.days, is_short=False)
    zone, lines = ZoneInfo(shop.time_zone), {}
    for chat in chooser.linked:
        address = Address(Channel.TELEGRAM, str(chat.chat))
        day = formats.dated(chat.linked_at.astimezone(zone).date(), has_year=True)
        text = texts.preferences.linked.format(address=masked(address), date=day)
        lines[address.key] = ChatLine(text=text, press=chat.press)
    return lines


def _reach(counts: Choice, shown: Sequence[Channel], words: PreferenceWords) -> str | None:
    """By which way a message goes; None where there is but one."""
    if len(shown) <= 1:
        return None
    if counts.order:
        return words.reach_help
    record, alert = (
        ", ".join(words.channels[channel] for channel in route if channel in shown)
        for route in (RECORD, ALERT)
    )
    return words.reach_usual.format(record=record, alert=alert)


def _as_usual(night: Night, words: PreferenceWords) -> str:
    if not night.exists:
        return words.quiet_shop_never
    return words.quiet_shop.format(begins=f"{night.begins}:00", ends=f"{night.ends}:00")


def _sheet(
    chooser: Chooser,
    counts: Choice,
    shop: ShopProfile,
    words: PreferenceWords,
    shown: Sequence[Channel],
    chats: Mapping[str, ChatLine],
) -> Sheet:
    quiet, night = quiet_of(counts.quiet), shop.night if shop.night.exists else Night()
    own = counts.quiet if counts.quiet and quiet is Quiet.OWN else None
    begins, ends = (own.begins, own.ends) if own else (night.begins, night.ends)
    return Sheet(
        language=counts.language,
        rows=[
            Row(
                name=channel,
                label=words.channels[channel],
                known=[masked(a) for a in addresses if a.key not in (*chooser.suppressed, *chats)],
                closed=[
                    _closed(a, chooser, words) for a in addresses if a.key in chooser.suppressed
                ],
                place=counts.order.index(channel) + 1 if channel in counts.order else None,
                orders=channel in counts.orders,
                offers=channel in counts.offers,
                chats=list(chats.values()) if channel is Channel.TELEGRAM else (),
            )
            for channel in shown
            for addresses in (chooser.addresses(channel, shop),)
        ],
        quiet=quiet,
        begins=begins,
        ends=ends,
        was=quiet_shown(quiet, begins, ends),
    )


def _closed(address: Address, chooser: Chooser, words: PreferenceWords) -> str:
    reason = chooser.suppressed[address.key]
    if reason is Reason.OPTED_OUT and address.channel is Channel.TELEGRAM:
        reason = Reason.BLOCKED  # there one stops by leaving the bot
    text = words.closed.get(reason, words.closed[OTHER])
    return text.format(address=masked(address))


def _as_sent(sheet: Sheet, fields: Mapping[str, str]) -> Sheet:
    """The form as somebody sent it, as far as it can be shown; the rest as it counts."""

    def number(name: str, known: int, most: int) -> int:
        text = fields.get(name, "")
        is_one = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        return int(text) if is_one and int(text) <= most else known

    def place(row: Row) -> int | None:
        name = f"place.{row.name}"
        return None if fields.get(name) == "" else number(name, 0, len(sheet.rows)) or row.place

    sent_quiet = fields.get("quiet", "")
    return Sheet(
        language=fields.get("language", sheet.language),
        rows=[
            Row(
                name=row.name,
                label=row.label,
                known=row.known,
                closed=row.closed,
                chats=row.chats,
                place=place(row),
                orders=f"orders.{row.name}" in fields,
                offers=f"offers.{row.name}" in fields,
            )
            for row in sheet.rows
        ],
        quiet=Quiet(sent_quiet) if sent_quiet in set(Quiet) else sheet.quiet,
        begins=number("begins", sheet.begins, HOURS[-1]),
        ends=number("ends", sheet.ends, HOURS[-1]),
        was=fields.get(WAS, sheet.was),
    )


def _reaches_nobody(chooser: Chooser, shown: Sequence[Channel], shop: ShopProfile) -> bool:
    """Whether news of an order could be told by no channel."""
    return not any(
        address.key not in chooser.suppressed
        for channel in shown
        if forbidden_by(chooser.person, channel, MessageClass.TRANSACTIONAL) is None
        for address in chooser.addresses(channel, shop)
    )
