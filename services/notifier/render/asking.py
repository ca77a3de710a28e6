"""A question and its answers: links in a mail, buttons in Telegram, words to reply to an SMS."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from headsup.contracts.replies import ANSWERS, Answer, Question
from services.notifier.render.clean import clean_url
from services.notifier.render.transliteration import TRANSLITERATED, latin
from services.notifier.rendered import Button

Links = Mapping[Answer, str]
"""Where each answer is given. The same mapping for every channel of a message: an SMS shows no
link, but its being there says that somebody listens to replies."""

ONE_ROW: Final = 20
"""Characters of labels that a phone shows side by side without cutting one."""

_NOT_A_WORD: Final = re.compile(r"[\W_]+")


def answer_buttons(
    question: Question | None,
    links: Links | None,
    labels: Mapping[Question, Mapping[Answer, str]],
    presses: Links | None = None,
) -> tuple[Button, ...]:
    """What one can click or press, in the order of ANSWERS. All or nothing: a question of which one
    answer cannot be given is a trap."""
    if question is None or links is None:
        return ()
    urls = [clean_url(links.get(answer, "")) for answer in ANSWERS[question]]
    return tuple(
        Button(label=labels[question][answer], url=url, press=(presses or {}).get(answer))
        for answer, url in zip(ANSWERS[question], urls, strict=True)
        if url is not None and None not in urls
    )


def in_rows(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Short answers side by side, longer ones below each other."""
    if buttons and sum(len(button.label) for button in buttons) <= ONE_ROW:
        return (tuple(buttons),)
    return tuple((button,) for button in buttons)


def answer_of(
    text: str, question: Question, replies: Iterable[Mapping[Answer, Sequence[str]]]
) -> Answer | None:
    """What somebody who was asked `question` answers with `text`, in any of the languages of
    `replies`, or in Latin letters, as a transliterated message names the words. None when it is
    more or less than one word that we named or know: "not wait" is not "wait", so a person reads
    everything else."""
    known = {
        spelt.casefold(): answer
        for language in replies
        for answer in ANSWERS[question]
        for word in language[answer]
        for spelt in (word, *(latin(word, table) for table in sorted(TRANSLITERATED)))
    }
    return known.get(_NOT_A_WORD.sub(" ", text).strip().casefold())
