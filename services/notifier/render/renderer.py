"""Turns a request into a message: texts compiled once, values cleaned once, escaped once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from jinja2.exceptions import UndefinedError
from jinja2.runtime import Context

from headsup.contracts.catalogue import Audience
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.contracts.replies import Answer, Question
from services.notifier.languages import first_spoken, language_in
from services.notifier.render.asking import answer_buttons, answer_of, in_rows
from services.notifier.render.carts import as_shown, is_of_cart, listed, put_cart
from services.notifier.render.clean import clean, shorten
from services.notifier.render.draft import CannotRenderError, Draft
from services.notifier.render.formats import Formats
from services.notifier.render.ladder import OPTIONAL, ladder_of, most_segments
from services.notifier.render.layout import Layouts, load_layouts, readable_on
from services.notifier.render.lines import line_of
from services.notifier.render.segments import count_segments, plain
from services.notifier.render.shapes import ACTION_URL, CODES, SHAPES, Action, Shape
from services.notifier.render.short_links import shortened
from services.notifier.render.speaker import contacts_of, shortest_contact
from services.notifier.render.texts import KindTexts, LanguageTexts, load_texts, with_texts
from services.notifier.render.values import Frame, Gap, moment
from services.notifier.render.view import (
    BARE_LIMITS,
    LIMITS,
    NAME_LIMIT,
    Values,
    put_part,
    put_speaker,
    values_of,
)
from services.notifier.rendered import (
    Button,
    Rendered,
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
)

_NOTHING: Final[dict[str, Any]] = {"items": [], "more": "", "total": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fact in the table beside the text."""

    label: str
    value: str
    is_code: bool


class Renderer:
    """Writes messages in every language that it has texts for. May be shared by threads."""

    def __init__(
        self, texts: Mapping[str, LanguageTexts], layouts: Layouts, *overrides: Path
    ) -> None:
        self._texts = texts
        self._overrides = overrides
        self._layouts = layouts
        self._formats = lru_cache(256)(self._new_formats)
        self._zone = lru_cache(1024)(_zone_or_none)

    @classmethod
    def load(cls, override_dir: Path | None = None) -> Self:
        """Reads and compiles all texts; files in `override_dir` (laid out as
        `<language>/<kind>.toml`) go before ours, key by key. Raises TextsError."""
        overrides = () if override_dir is None else (override_dir,)
        return cls(load_texts(*overrides), load_layouts(), *overrides)

    def with_texts(self, own: Path) -> Self:
        """One that writes in a shop's own words: the files of its folder go before all others, key
        by key. Raises TextsError."""
        texts = with_texts(self._texts, own, *self._overrides)
        return type(self)(texts, self._layouts, *self._overrides, own)

    @property
    def languages(self) -> frozenset[str]:
        """The languages that there are texts for."""
        return frozenset(self._texts)

    def render(self, draft: Draft) -> Rendered:
        """The finished message. Raises CannotRenderError."""
        language, texts = self.texts_in(draft.recipient.language, draft.shop.language)
        content = as_shown(draft.request.kind, draft.request.content)
        writing = _Writing(draft, content, language, texts, self._layouts)
        is_sms = draft.channel is Channel.SMS
        formats = self._formats(language, draft.recipient.language or "", is_short=is_sms)
        frame = self._frame(draft, formats)
        try:
            if draft.channel is Channel.EMAIL:
                return writing.email(frame)
            return writing.sms(frame) if is_sms else writing.telegram(frame)
        except UndefinedError as error:
            what = error.message or "a variable"
            raise CannotRenderError(draft.request.kind, language, what) from None

    def texts_in(self, *tags: str | None) -> tuple[str, LanguageTexts]:
        """The first language of these tags that there are texts in, and its texts."""
        language = language_in(first_spoken(tags, self._texts))
        return language, self._texts[language]

    def answer_of(self, text: str, question: Question) -> Answer | None:
        """What a reply to an SMS says, in whichever of our languages; None when a person has to
        read it."""
        return answer_of(text, question, (texts.replies for texts in self._texts.values()))

    def _frame(self, draft: Draft, formats: Formats) -> Frame:
        wanted = draft.recipient.time_zone
        zone = (self._zone(wanted) if wanted else None) or ZoneInfo(draft.shop.time_zone)
        return Frame(formats, zone, draft.now.astimezone(zone).date())

    def _new_formats(self, language: str, tag: str, *, is_short: bool) -> Formats:
        """The customer's region decides how dates look, where Babel knows it: en-US, en-GB."""
        texts = self._texts[language]
        locale = _locale_or_none(tag) if "-" in tag else None
        if locale is None or locale.language != texts.locale.language:
            locale = texts.locale
        words = texts.days_short if is_short else texts.days
        return Formats(locale, words, is_short=is_short)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One message on its way."""

    draft: Draft
    content: Content
    language: str
    texts: LanguageTexts
    layouts: Layouts

    @property
    def _kind(self) -> KindTexts:
        return self.texts.kinds[self.draft.request.kind]

    @property
    def _shape(self) -> Shape:
        return SHAPES[self.draft.request.kind]

    @property
    def _question(self) -> Question | None:
        return self.content.question

    def email(self, frame: Frame) -> RenderedEmail:
        draft, shop = self.draft, self.draft.shop
        values = self._values(frame)
        page = self._page(values)
        page.update(self._items(values, frame))
        page["subject"] = self._kind.subject(self._context(values))
        page["preheader"] = self._kind.preheader(self._context(values))
        page["action"] = next(iter(self._actions(values)), None)
        page["on_brand"] = readable_on(shop.brand_colour)
        name = draft.recipient.name
        return RenderedEmail(
            notification_id=draft.notification_id,
            to=draft.address,
            to_name=clean(name, NAME_LIMIT) or None if name else None,
            from_address=shop.mail_from,
            from_name=shop.name,
            reply_to=shop.reply_to,
            subject=page["subject"],
            text=self.layouts.text.render(page),
            html=self.layouts.html.render(page),
            language=self.language,
            date=draft.dated or draft.now,
            stop_url=draft.stop.url if draft.stop else None,
        )

    def telegram(self, frame: Frame) -> RenderedTelegram:
        values = self._values(frame)
        page = self._page(values)
        page.update(self._items(values, frame) if self._shape.is_listed_in_chats else _NOTHING)
        try:
            chat_id = int(self.draft.address)
        except ValueError:
            raise UndefinedError("the address is no number of a chat") from None
        return RenderedTelegram(
            notification_id=self.draft.notification_id,
            chat_id=chat_id,
            html=self.layouts.telegram.render(page).strip(),
            buttons=(
                *in_rows(page["answers"]),
                *((button,) for button in self._actions(values, with_human=True)),
                *((button,) for button in [page["stop"]] if button),
            ),
        )

    def sms(self, frame: Frame) -> RenderedSms:
        draft = self.draft
        text, segments = self.fitting(frame)
        kind = draft.request.kind
        if segments > most_segments(kind) and draft.short_url is not None:
            content = shortened(kind, self.content, draft.short_url)
            shorter = replace(self, content=content).fitting(frame)
            text, segments = min((text, segments), shorter, key=itemgetter(1))
        return RenderedSms(
            notification_id=draft.notification_id,
            to=draft.address,
            text=text,
            segments=segments,
            valid_for=max((draft.request.expires_at - draft.now).total_seconds(), 0.0),
        )

    def fitting(self, frame: Frame) -> tuple[str, int]:
        """The text on the first rung of the ladder that fits, and its segments."""
        text, segments = "", 0
        written: dict[int, dict[str, str]] = {}
        for kept, limits, most in ladder_of(self.draft.request.kind):
            pieces = written.get(id(limits))
            if pieces is None:
                pieces = written[id(limits)] = self._sms_pieces(frame, limits)
            said = (t for name, t in pieces.items() if t and (name not in OPTIONAL or name in kept))
            text = plain(" ".join(said))
            segments = count_segments(text)
            if segments <= most:
                break
        return text, segments

    def _sms_pieces(self, frame: Frame, limits: Mapping[str, int]) -> dict[str, str]:
        """What an SMS is made of, in the order in which it is read."""
        question, can_answer = self._question, self.draft.answers is not None
        values = self._values(frame, limits)
        values["can_answer"] = question is not None and can_answer
        kind, context = self._kind, self._context(values)
        leads_there = question is not None and not can_answer
        human = self.texts.sms_human_asked if leads_there else self.texts.sms_human
        return {
            "speaker": shorten(self.draft.shop.name, limits["shop_name"]) + ":",
            "happened": kind.sms_happened(context),
            "next": kind.sms_next(context),
            "reply": self.texts.reply_lines[question] if question and can_answer else "",
            "place": kind.sms_place(context),
            "link": kind.sms_link(context),
            "again": kind.sms_again(context),
            "human": values["support"] if limits is BARE_LIMITS else human(context),
            "stop": self.texts.stop.in_sms(self.draft.stop.url) if self.draft.stop else "",
        }

    def _values(self, frame: Frame, limits: Mapping[str, int] = LIMITS) -> Values:
        draft, support = self.draft, self.draft.shop.support
        values = values_of(self.content, frame, self.texts.words, limits)
        values["happened_at"] = moment(frame, draft.request.happened_at)
        put_speaker(values, draft.shop.name, shortest_contact(support), support.url)
        if draft.recipient.name and (name := clean(draft.recipient.name, NAME_LIMIT)):
            values["name"] = name
        put_part(values, self.content, limits, self._which)
        if is_of_cart(draft.request.kind):
            put_cart(values, self.content, draft.shop.policy.return_days, limits, self._left)
        return values

    def _which(self, values: Values) -> str:
        """Which of several parcels it is about."""
        is_sms = self.draft.channel is Channel.SMS
        part = self.texts.sms_part if is_sms else self.texts.part
        return part(self._context(values))

    def _left(self, left: int | None) -> str:
        """What is said of a line of which few are left, or none."""
        return "" if left is None else self.texts.left(self._context({"left": left}))

    def _context(self, values: Values) -> Context:
        return Context(self.texts.environment, values, None, {})

    def _page(self, values: Values) -> dict[str, Any]:
        """What the layouts of mail and Telegram have in common."""
        kind, shop, question = self._kind, self.draft.shop, self._question
        answers = answer_buttons(
            question, self.draft.answers, self.texts.answers, self.draft.presses
        )
        values["can_answer"] = bool(answers)
        context = self._context(values)
        human = self.texts.human_asked if question and not answers else self.texts.human
        return {
            "language": self.language,
            "shop": shop,
            "title": kind.title(context),
            "greeting": self.texts.greeting(context),
            "happened": kind.happened(context),
            "next": kind.next(context),
            "again": kind.again(context),
            "answers": answers,
            "asked": values["question"] if answers else "",
            "human": human(context),
            "why": (kind.why or self.texts.why)(context),
            "contacts": contacts_of(shop, self.language),
            "labels": self.texts.labels,
            "rows": self._rows(values),
            "stop": self._stop(),
        }

    def _stop(self) -> Button | None:
        stop = self.draft.stop
        return self.texts.stop.button(stop.url, stop.press) if stop else None

    def _rows(self, values: Values) -> list[Row]:
        rows = []
        for name in self._shape.rows:
            value = values[name]
            if not (isinstance(value, Gap) or self._is_not_theirs(name, values)):
                text = str(value) if isinstance(value, str | int) else value.plain
                rows.append(Row(label=self._kind.labels[name], value=text, is_code=name in CODES))
        return rows

    def _is_not_theirs(self, name: str, values: Values) -> bool:
        """Who did not order knows no order number, and asks about the parcel by its own."""
        is_recipient = self.content.audience is Audience.RECIPIENT
        return is_recipient and name == "order_number" and bool(values["tracking_number"])

    def _items(self, values: Values, frame: Frame) -> dict[str, Any]:
        if not self._shape.has_items:
            return _NOTHING
        lines = listed(self.content, self._shape.most_items)
        values["hidden_items"] = hidden = self.content.item_count - len(lines)
        return {
            "items": [line_of(item, frame, self._left(left)) for item, left in lines],
            "more": self.texts.more_items(self._context(values)) if hidden > 0 else "",
            "total": values["total"] or "" if self._shape.has_total else "",
        }

    def _actions(self, values: Values, *, with_human: bool = False) -> list[Button]:
        actions = self._shape.actions
        if with_human:
            actions = (*actions, Action.CONTACT)
        return [
            Button(label=self._kind.buttons[action], url=url)
            for action in actions
            if (url := values[ACTION_URL[action]])
        ]


def _zone_or_none(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the database is an OSError
        return None


def _locale_or_none(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
