"""Why somebody got a message: what it told, by which right, by which way, and how to change that.
It says nothing that its reader was not told, and nothing of anybody else."""

from collections.abc import Iterator

from starlette.responses import HTMLResponse

from headsup.contracts.catalogue import CATALOGUE, Audience
from headsup.contracts.channels import MessageClass
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import Consent
from services.notifier.page_links import PageLinks
from services.notifier.people import forbidden_by, last_word, masked
from services.notifier.plan import PassedOver
from services.notifier.render.clean import clean
from services.notifier.render.order_words import OTHER, OrderWords
from services.notifier.render.speaker import contacts_of
from services.notifier.rendered import Button
from services.notifier.said import Opened, Said
from services.notifier.stopping import StopLinks, is_marketing
from services.notifier.voices import Voices
from services.notifier.web.order_page import OK, STYLES, Readers, Visit
from services.notifier.web.order_sheet import Reading, sentence, when
from services.notifier.web.page import Paper
from services.notifier.web.told_sheet import Telling, state_of, title_of
from services.notifier.web.why_words import WHAT_HAPPENED

_LONGEST = 300


class WhyPages(Readers):
    """Writes them."""

    def __init__(self, voices: Voices, links: PageLinks, *, stops: StopLinks | None = None) -> None:
        super().__init__(voices, links)
        self._stops = stops
        self._paper = Paper("why", STYLES)

    def why(self, visit: Visit) -> HTMLResponse:
        """Why this message came."""
        reading, reader = self.reading(visit)
        telling = Telling(
            renderer=self._renderer(visit), reader=reader, links=self._links, now=visit.now
        )
        title = title_of(visit.opened.said, reading, telling)
        return self._paper.response(
            OK,
            visit.shop,
            language=reading.language,
            title=reading.words.why.title,
            paragraphs=tuple(reasons(visit.opened, title, reading)),
            words=reading.words,
            human=reading.texts.answer_page.human,
            contacts=contacts_of(visit.shop, reading.language),
            languages=self.languages(visit),
            links=self._ways(visit, reading),
        )

    def _ways(self, visit: Visit, reading: Reading) -> tuple[Button, ...]:
        """What can be changed, and where all is seen."""
        said, words = visit.opened.said, reading.words.why
        has_order = said.request.order_id is not None
        ways = self._links.of(said.number, said.planned_at, has_order=has_order)
        found = [Button(label=words.preferences, url=ways.preferences)]
        if self._stops and is_marketing(said.request.kind):
            found.insert(0, Button(label=words.stop, url=self._stops.of(said.number)))
        if ways.order:
            found.append(Button(label=words.order, url=ways.order))
        return tuple(found)


def reasons(opened: Opened, title: str, reading: Reading) -> Iterator[str]:
    """The paragraphs, in the order in which one would ask."""
    said, words = opened.said, reading.words
    channel = words.channels[said.address.channel]
    yield words.why.what.format(
        shop=reading.shop.name,
        at=when(said.at, reading).text,
        channel=channel,
        address=masked(said.address),
    )
    number = said.request.content.order_number
    if number is None or said.audience is Audience.RECIPIENT:  # who did not order knows no number
        yield words.why.what_it.format(title=title)
    else:
        yield words.why.what_of.format(title=title, number=clean(number, _LONGEST))
    if said.request.cart is not None:
        yield words.why.because_cart
    else:
        yield _because(said, reading)
    yield from _by_which_right(opened, reading)
    yield from _by_which_way(opened, channel, reading)
    if said.held_for in words.why.held:
        yield words.why.held[said.held_for]
    yield words.why.outcome.format(state=state_of(said, reading))


def _because(said: Said, reading: Reading) -> str:
    """What happened, where the timeline of the order has a word for it."""
    words, at = reading.words, when(said.request.happened_at, reading).text
    step = WHAT_HAPPENED.get(said.request.kind)
    if step is None:
        return words.why.because.format(at=at)
    return words.why.because_of.format(what=words.steps[step], at=at)


def _by_which_right(opened: Opened, reading: Reading) -> Iterator[str]:
    """Marketing by consent (Directive 2002/58, Article 13), all else as part of the contract (GDPR,
    Article 6(1)(b)), or because a law asks for it."""
    said, words = opened.said, reading.words.why
    kind = said.request.kind
    if is_marketing(kind):
        yield from _by_consent(opened, reading)
        return
    if said.audience is Audience.RECIPIENT:
        yield words.recipient.format(shop=reading.shop.name)
        return
    if CATALOGUE[kind].is_legal:
        yield words.legal
    yield words.contract


def _by_consent(opened: Opened, reading: Reading) -> Iterator[str]:
    words, consent = reading.words.why, _consent(opened)
    if consent is None:
        yield words.marketing_unknown
        return
    yield words.marketing.format(shop=reading.shop.name, at=when(consent.at, reading).text)
    yield words.marketing_where.format(where=clean(consent.source, _LONGEST))
    if consent.text:
        yield words.marketing_text.format(text=clean(consent.text, _LONGEST))


def _consent(opened: Opened) -> Consent | None:
    """What they agreed to; None where that does not count any more."""
    channel, marketing = opened.said.address.channel, MessageClass.MARKETING
    if forbidden_by(opened.person, channel, marketing) is not None:
        return None
    return last_word(
        consent
        for consent in opened.person.consents
        if consent.channel is channel and consent.message_class is marketing
    )


def _by_which_way(opened: Opened, channel: str, reading: Reading) -> Iterator[str]:
    """Why by this channel: those before it could not be used, or did not bring
    it, or it comes first."""
    words, said = reading.words, opened.said
    passed_over = [passed for passed in opened.passed_over if passed.route == said.route]
    before = [*passed_over, *opened.failed]
    for passed in before:
        reason = _reason(passed, words)
        name = words.channels[passed.channel]
        yield sentence(words.why.passed_over.format(channel=name, reason=reason))
    if not before:
        yield words.why.channel.format(channel=channel)
    if opened.person.chosen and opened.person.chosen.channel_order:
        yield words.why.chosen


def _reason(passed: PassedOver, words: OrderWords) -> str:
    if passed.reason is Reason.NO_ADDRESS:
        return words.no_address[passed.channel]
    return words.reasons.get(passed.reason, words.reasons[OTHER])
