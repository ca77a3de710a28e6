"""Turns a request into a message: texts compiled once, values cleaned once, escaped once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from jinja2.exceptions import UndefinedError
from jinja2.runtime import Context

from headsup.contracts.catalogue import Audience
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.contracts.replies import Answer, Question
from headsup.shops.profile import ShopProfile
from services.notifier.languages import first_spoken, language_in
from services.notifier.render.asking import answer_buttons, answer_of, in_rows
from services.notifier.render.carts import as_shown, is_of_cart, listed, put_cart
from services.notifier.render.clean import clean, shorten_name
from services.notifier.render.draft import CannotRenderError, Draft, Recipient
from services.notifier.render.fitting import Fit, Words, fit
from services.notifier.render.formats import Formats
from services.notifier.render.ladder import most_segments
from services.notifier.render.layout import HUSH, Layouts, filled, load_layouts, readable_on
from services.notifier.render.lines import line_of
from services.notifier.render.markup import as_script, markup_of
from services.notifier.render.places import locale_or_none, zone_or_none
from services.notifier.render.shapes import ACTION_URL, CODES, SHAPES, Action, Shape
from services.notifier.render.short_links import shortened
from services.notifier.render.speaker import contacts_of, shortest_contact
from services.notifier.render.templates import template_of
from services.notifier.render.texts import KindTexts, LanguageTexts, load_texts, with_texts
from services.notifier.render.transliteration import latin
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
from services.notifier.render.ways import ways_of, with_link, with_page
from services.notifier.render.whatsapp import text_of
from services.notifier.rendered import (
    Button,
    Rendered,
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
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
        self._zone = lru_cache(1024)(zone_or_none)

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
        content = with_page(as_shown(draft.request.kind, draft.request.content), draft)
        writing = _Writing(draft, content, language, texts, self._layouts)
        is_sms = draft.channel is Channel.SMS
        formats = self._formats(language, draft.recipient.language or "", is_short=is_sms)
        frame = self._framed(draft.recipient, draft.shop, draft.now, formats)
        try:
            if draft.channel is Channel.EMAIL:
                return writing.email(frame)
            if draft.channel is Channel.WHATSAPP:
                return writing.whatsapp(frame)
            return writing.sms(frame) if is_sms else writing.telegram(frame)
        except UndefinedError as error:
            what = error.message or "a variable"
            raise CannotRenderError(draft.request.kind, language, what) from None

    def title(self, draft: Draft) -> str:
        """What its message is headed with. Raises CannotRenderError."""
        language, texts = self.texts_in(draft.recipient.language, draft.shop.language)
        content = as_shown(draft.request.kind, draft.request.content)
        writing = _Writing(draft, content, language, texts, self._layouts)
        try:
            return writing.title(self.frame(draft.recipient, draft.shop, draft.now))
        except UndefinedError as error:
            what = error.message or "a variable"
            raise CannotRenderError(draft.request.kind, language, what) from None

    def frame(self, reader: Recipient, shop: ShopProfile, now: datetime) -> Frame:
        """Where and when somebody is who reads more than a text message."""
        language, _ = self.texts_in(reader.language, shop.language)
        formats = self._formats(language, reader.language or "", is_short=False)
        return self._framed(reader, shop, now, formats)

    def texts_in(self, *tags: str | None) -> tuple[str, LanguageTexts]:
        """The first language of these tags that there are texts in, and its texts."""
        language = language_in(first_spoken(tags, self._texts))
        return language, self._texts[language]

    def answer_of(self, text: str, question: Question) -> Answer | None:
        """What a reply to an SMS says, in whichever of our languages; None when a person has to
        read it."""
        return answer_of(text, question, (texts.replies for texts in self._texts.values()))

    def _framed(
        self, reader: Recipient, shop: ShopProfile, now: datetime, formats: Formats
    ) -> Frame:
        zone = (self._zone(reader.time_zone) if reader.time_zone else None) or ZoneInfo(
            shop.time_zone
        )
        return Frame(formats, zone, now.astimezone(zone).date())

    def _new_formats(self, language: str, tag: str, *, is_short: bool) -> Formats:
        """The customer's region decides how dates look, where Babel knows it: en-US, en-GB."""
        texts = self._texts[language]
        locale = locale_or_none(tag) if "-" in tag else None
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

    def title(self, frame: Frame) -> str:
        return self._kind.title(self._context(self._values(frame)))

    def email(self, frame: Frame) -> RenderedEmail:
        draft, shop = self.draft, self.draft.shop
        values = self._values(frame)
        page = self._page(values)
        page.update(self._items(values, frame))
        page["subject"] = self._kind.subject(self._context(values))
        page["preheader"] = self._kind.preheader(self._context(values))
        page["action"] = action = next(iter(self._actions(values)), None)
        page.update(ways_of(draft, self.texts.order.links, action, self.texts.bot.link))
        page["on_brand"] = readable_on(shop.brand_colour)
        page["direction"] = self.texts.locale.text_direction
        page["hush"] = HUSH
        markup = markup_of(draft.request.kind, self.content, shop.name)
        page["markup"] = as_script(markup) if markup else None
        name = draft.recipient.name
        return RenderedEmail(
            notification_id=draft.notification_id,
            to=draft.address,
            to_name=clean(name, NAME_LIMIT) or None if name else None,
            from_address=shop.mail_from,
            from_name=shop.name,
            reply_to=shop.reply_to,
            subject=page["subject"],
            text=filled(self.layouts.text, page),
            html=filled(self.layouts.html, page),
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
            html=filled(self.layouts.telegram, page).strip(),
            buttons=(
                *in_rows(page["answers"]),
                *((button,) for button in self._actions(values, with_human=True)),
                *((button,) for button in [page["stop"]] if button),
            ),
        )

    def whatsapp(self, frame: Frame) -> RenderedWhatsApp:
        values = self._values(frame)
        page = self._page(values)
        page.update(self._items(values, frame) if self._shape.is_listed_in_chats else _NOTHING)
        draft = self.draft
        return RenderedWhatsApp(
            notification_id=draft.notification_id,
            to=draft.address,
            text=text_of(page, self._actions(values, with_human=True)),
            template=None if draft.may_talk else template_of(draft, self.language, values | page),
            valid_for=draft.valid_for,
        )

    def sms(self, frame: Frame) -> RenderedSms:
        draft = self.draft
        said = self.fitting(frame)
        kind = draft.request.kind
        if said.segments > most_segments(kind) and draft.short_url is not None:
            content = shortened(kind, self.content, draft.short_url)
            shorter = replace(self, content=content).fitting(frame)
            said = min((said, shorter), key=attrgetter("segments"))
        return RenderedSms(
            notification_id=draft.notification_id,
            to=draft.address,
            text=with_link(said.text, said.segments, draft),
            segments=said.segments,
            lettering=said.lettering,
            valid_for=max((draft.request.expires_at - draft.now).total_seconds(), 0.0),
        )

    def fitting(self, frame: Frame) -> Fit:
        """The text as short as it has to be, and what it costs."""
        shop = self.draft.shop
        to_latin = partial(latin, language=self.language, other=language_in(shop.language))
        words = Words(
            kind=self.draft.request.kind,
            speaker=f"{shop.name}:",
            pieces=partial(self._sms_pieces, frame),
            alphabet=shop.sms_alphabet,
            latin=to_latin,
            content=self.content,
        )
        return fit(words)

    def _sms_pieces(self, frame: Frame, limits: Mapping[str, int]) -> dict[str, str]:
        """What an SMS is made of, in the order in which it is read."""
        question, can_answer = self._question, self.draft.answers is not None
        values = self._values(frame, limits)
        values["can_answer"] = question is not None and can_answer
        kind, context = self._kind, self._context(values)
        leads_there = question is not None and not can_answer
        human = self.texts.sms_human_asked if leads_there else self.texts.sms_human
        return {
            "speaker": shorten_name(self.draft.shop.name, limits["shop_name"]) + ":",
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
        presses = {Action.CONTACT: self.draft.human}
        actions = (*self._shape.actions, *(presses if with_human else ()))
        return [
            Button(label=self._label(action), url=url or "", press=presses.get(action))
            for action in actions
            if (url := values[ACTION_URL[action]]) or presses.get(action)
        ]

    def _label(self, action: Action) -> str:
        """A recipient who did not order is led to a parcel, not to an order."""
        if action is Action.ORDER and self.content.audience is Audience.RECIPIENT:
            return self.texts.order.links.parcel
        return self._kind.buttons[action]
