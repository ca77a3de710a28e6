"""The variables of a text, read as a text reads them: through a shop's own sentence."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content, Standing
from services.notifier.render import CannotRenderError, Renderer
from services.notifier.rendered import RenderedEmail
from tests.unit.services.notifier.render.contents import CONTENTS
from tests.unit.services.notifier.render.samples import draft
from tests.unit.services.notifier.render.variations import variations

TEA = Item(name="Green tea", quantity=2)
POT = Item(name="Teapot")


def _title(renderer: Renderer, folder: Path, sentence: str, **changes: object) -> str:
    """The subject of a mail whose text is `sentence`."""
    (folder / "en").mkdir()
    (folder / "en" / "order.note.toml").write_text(f"subject = '''{sentence}'''")
    content = msgspec.structs.replace(Content(order_number="A-1", note="-"), **changes)
    wanted = draft(Kind.ORDER_NOTE, Channel.EMAIL, "en", content)
    mail = renderer.with_texts(folder).render(wanted)
    assert isinstance(mail, RenderedEmail)
    return mail.subject.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("sentence", "changes", "said"),
    [
        ("{{ item }}", {"item": TEA}, "2 × Green tea"),
        ("{{ substitute }}", {"substitute": POT}, "Teapot"),
        ("{{ first_item }} and {{ other_items }}", {"items": (POT, TEA, TEA)}, "Teapot and 2"),
        ("{{ act_by.by }}", {"act_by": datetime(2026, 11, 25, 10, 0, tzinfo=UTC)}, None),
        ("{{ until.by }}", {"until": datetime(2026, 11, 25, 10, 0, tzinfo=UTC)}, None),
        ("{{ answer_by.by }}", {"answer_by": datetime(2026, 11, 25, 10, 0, tzinfo=UTC)}, None),
        (
            "{{ seen_at.on }}",
            {"seen_at": datetime(2026, 11, 20, 10, 0, tzinfo=UTC)},
            "on Friday, 20 November",
        ),
        ("{{ repair_by.on }}", {"repair_by": date(2026, 11, 25)}, "on Wednesday, 25 November"),
        ("{{ return_until.date }}", {"return_until": date(2026, 11, 25)}, "25 November"),
        (
            "{{ parcels }} {{ parcels|plural(one='parcel', other='parcels') }}",
            {"parcels": 3},
            "3 parcels",
        ),
        ("{% set n = parcels %}{{ n }} of them", {"parcels": 3}, "3 of them"),
        ("{% if parcels_left %}more{% else %}all{% endif %}", {"parcels_left": 0}, "all"),
        ("{{ standing }}", {"standing": Standing.AT_CUSTOMS}, "the parcel is at customs"),
        (
            "{% if audience.code == 'recipient' %}a gift{% endif %}",
            {"audience": Audience.RECIPIENT},
            "a gift",
        ),
        ("It left\n{% if note %}, at last{% endif %}.", {}, "It left, at last."),
        ("It left\n{% if note %}\nat last{% endif %}\n.", {}, "It left at last."),
    ],
)
def test_a_field_of_a_request_is_a_variable(
    renderer: Renderer,
    tmp_path: Path,
    sentence: str,
    changes: dict[str, object],
    said: str | None,
) -> None:
    expected = said or "by 12:00 on Wednesday, 25 November"
    assert _title(renderer, tmp_path, sentence, **changes) == expected


@pytest.mark.parametrize("sentence", ["{{ audience }}", "{{ can_answer }}", "{{ estimate }}"])
def test_what_is_no_word_does_not_get_into_a_sentence(
    renderer: Renderer, tmp_path: Path, sentence: str
) -> None:
    estimate = CONTENTS[Kind.SHIPMENT_SHIPPED].estimate
    with pytest.raises(CannotRenderError, match="where words were expected"):
        _title(renderer, tmp_path, sentence, estimate=estimate)


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_a_recipient_gets_no_order_number_and_is_told_why_they_are_written_to(
    renderer: Renderer, language: str
) -> None:
    content = variations(Kind.SHIPMENT_SHIPPED)["to the recipient"]
    mail = renderer.render(draft(Kind.SHIPMENT_SHIPPED, Channel.EMAIL, language, content))
    assert isinstance(mail, RenderedEmail)
    why = {"en": "somebody sent you a parcel", "uk": "вам надіслали", "ru": "вам отправили"}
    assert why[language] in mail.text
    assert "A-1042" not in mail.text + mail.subject + mail.html
    assert "20450123456789" in mail.text
    assert "₴" not in mail.text
    assert "UAH" not in mail.text


def test_a_recipient_of_a_parcel_without_a_number_can_name_the_order(renderer: Renderer) -> None:
    content = variations(Kind.SHIPMENT_SHIPPED)["bare, to the recipient"]
    mail = renderer.render(draft(Kind.SHIPMENT_SHIPPED, Channel.EMAIL, "en", content))
    assert isinstance(mail, RenderedEmail)
    assert "A-1042" in mail.text
