"""Every message there is: each kind, as it varies in real life, in each language and channel."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.contracts.replies import Answer
from headsup.shops.reach import Alphabet
from services.notifier.render import CannotRenderError, Draft, Renderer
from services.notifier.rendered import Lettering, Rendered, RenderedSms
from services.notifier.stopping import is_marketing
from tests.gallery.sources import LANGUAGES
from tests.unit.services.notifier.render.samples import STOP, draft
from tests.unit.services.notifier.render.variations import LINKS, lengthy, variations

COMPLETE: Final = "complete"
UNHEARD: Final = ", with nobody to hear the answer"
SHOWN: Final = (
    *("said 2 times", "said 3 times", "asking", "to the recipient", "bare"),
    *("nothing to refund", "refunded already", "cancelled"),
    *("the only one", "one line", "sold out", "of no currency", "lengthy"),
)
"""Beginnings of the names of variations that the page shows, where they read differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One message, or why it could not be written."""

    kind: Kind
    variation: str
    language: str
    channel: Channel
    content: Content
    rendered: Rendered | None
    cheaper: RenderedSms | None = None
    """The same for a shop that wants the cheapest letters, where those cost less."""
    problem: str = ""

    @property
    def where(self) -> str:
        """Where a finding points to."""
        return f"{self.kind} ({self.variation}), {self.language}, {self.channel}"


def every_message(renderer: Renderer, kinds: Iterable[Kind] = Kind) -> Iterator[Written]:
    """All of them, kind by kind, the complete one of each kind first."""
    for kind in kinds:
        for variation, content in {**variations(kind), "lengthy": lengthy(kind)}.items():
            for language in LANGUAGES:
                for channel in Channel:
                    at = (kind, variation, language, channel)
                    yield _write(renderer, at, content, LINKS)
                    if content.question is not None:
                        at = (kind, variation + UNHEARD, language, channel)
                        yield _write(renderer, at, content, None)


def _write(
    renderer: Renderer,
    at: tuple[Kind, str, str, Channel],
    content: Content,
    answers: Mapping[Answer, str] | None,
) -> Written:
    kind, variation, language, channel = at
    wanted = dataclasses.replace(
        draft(kind, channel, language, content),
        answers=answers,
        stop=STOP if is_marketing(kind) else None,
    )
    rendered, problem = None, ""
    try:
        rendered = renderer.render(wanted)
    except CannotRenderError as error:
        problem = error.variable
    cheaper = None
    if isinstance(rendered, RenderedSms) and rendered.lettering is Lettering.NATIONAL:
        cheaper = _cheaper(renderer, wanted)
    return Written(
        kind=kind,
        variation=variation,
        language=language,
        channel=channel,
        content=content,
        rendered=rendered,
        cheaper=cheaper,
        problem=problem,
    )


def _cheaper(renderer: Renderer, wanted: Draft) -> RenderedSms | None:
    shop = msgspec.structs.replace(wanted.shop, sms_alphabet=Alphabet.CHEAPEST)
    rendered = renderer.render(dataclasses.replace(wanted, shop=shop))
    if isinstance(rendered, RenderedSms) and rendered.lettering is Lettering.LATIN:
        return rendered
    return None
