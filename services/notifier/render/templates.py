"""What fills the gaps of a text that Meta approved: variables of our texts, by name. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import MessageClass
from headsup.shops.reach import Template, WhatsApp
from services.notifier.render.clean import shorten
from services.notifier.render.draft import Draft, NoTemplateError
from services.notifier.render.values import Gap
from services.notifier.render.view import VARIABLES
from services.notifier.rendered import FilledTemplate

SENTENCES: Final = frozenset({"title", "happened", "next", "again"})
"""Of the kind's own text: with them one template does for many kinds."""
STOP_URL: Final = "stop_url"
KNOWN: Final = VARIABLES | SENTENCES | {STOP_URL}
LONGEST: Final = 700
"""Characters of all variables together: with the text around them Meta takes 1024 (error 63021)."""


def problems(whatsapp: WhatsApp, is_spoken: Callable[[str], bool]) -> Iterator[str]:
    """What is wrong with a shop's templates, each with the field that it is about."""
    for kind, spoken in whatsapp.templates.items():
        for language, template in spoken.items():
            field = f"`whatsapp.templates.{kind}.{language}`"
            if not is_spoken(language):
                yield f"{field}: there are no texts in that language"
            for name in template.variables:
                if name not in KNOWN:
                    yield f"{field}: `{name}` is no variable of our texts"
            is_marketing = CATALOGUE[kind].message_class is MessageClass.MARKETING
            if is_marketing and STOP_URL not in template.variables:
                yield f"{field}: it needs `{STOP_URL}`: no marketing without a way to stop it"


def template_of(draft: Draft, language: str, values: Mapping[str, Any]) -> FilledTemplate:
    """What may be sent at any time. Raises NoTemplateError."""
    whatsapp = draft.shop.whatsapp
    template = whatsapp.template_for(draft.request.kind, draft.recipient.language or language)
    if template is None:
        raise NoTemplateError
    return filled(template, {**values, STOP_URL: draft.stop.url if draft.stop else ""})


def filled(template: Template, values: Mapping[str, Any]) -> FilledTemplate:
    """The template with its gaps filled. Raises NoTemplateError where this message lacks one: Meta
    takes none that is empty, or holds a line break (error 63021)."""
    room = LONGEST // max(len(template.variables), 1)
    texts = []
    for name in template.variables:
        value = values.get(name, "")
        text = "" if isinstance(value, Gap) else " ".join(_plain(value).split())
        if not text:
            raise NoTemplateError(name)
        texts.append(text if name.endswith("_url") else shorten(text, max(room, 60)))
    return FilledTemplate(template.content_sid, tuple(texts))


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else str(value.plain)
