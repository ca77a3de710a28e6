"""How long a customer may wonder before it is a fault: one table, with reasons.

The time runs from the moment at which the reports that had arrived allowed to know it. Wherever it
is two hours, that is for a provider that is away for three quarters of an hour and a second channel
that takes as long; nobody has asked the shop by then.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_H: Final = timedelta(hours=1)
_D: Final = timedelta(days=1)
_USUAL: Final = 2 * _H


@dataclass(frozen=True, slots=True)
class Fair:
    """What somebody wonders, how long they may, and how old news may be that is still told."""

    within: timedelta
    question: str
    because: str
    news_for: timedelta = 1000 * _D


FAIR: Final[dict[str, Fair]] = {
    "taken": Fair(_USUAL, "Has my order been taken?", "money may be gone; nobody waits longer before a second try", 2 * _D),
    "accepted": Fair(_USUAL, "I was asked to pay, and did. Is it in order now?", "the last word that I have says the money is missing", 3 * _D),
    "ended": Fair(_USUAL, "Does my order come at all?", "I may have to buy it elsewhere today", 3 * _D),
    "reinstated": Fair(_USUAL, "You said that it does not come. Does it?", "I am about to buy it elsewhere", 3 * _D),
    "held": Fair(_USUAL, "Why does nothing happen?", "five minutes to settle, then as any news", 2 * _D),
    "released": Fair(_USUAL, "You held it back. Does it go on?", "as any news", 2 * _D),
    "edited": Fair(_USUAL, "Is my change in it?", "I changed it just now, and look for it", 2 * _D),
    "split": Fair(_USUAL, "Is this all?", "before the first parcel surprises me", 2 * _D),
    "asked": Fair(_USUAL, "How do I pay?", "I sit before the page, or in my bank's", 12 * _H),
    "failed": Fair(_USUAL, "Did my payment go through?", "two minutes to settle, then as any news", 2 * _D),
    "pay_soon": Fair(1.7 * _H, "How much longer have I got to pay?", "the last reminder comes two hours before the end"),
    "thing": Fair(_USUAL, "Is there news of what I sent back, asked, have to do?", "as any news", 2 * _D),
    "question": Fair(_USUAL, "Has anybody got my question?", "as any news", _D),
    "act_soon": Fair(_USUAL, "Was there not something that I had to do?", "there is still time to do it"),
    "late_dispatch": Fair(_USUAL, "It should have left by now. Has it?", "the date was promised to the minute"),
    "on_its_way": Fair(_USUAL, "Is it on its way?", "as any news", 3 * _D),
    "set_out": Fair(_USUAL, "Is anything of it on its way?", "ten minutes to settle, then as any news"),
    "all_left": Fair(_USUAL, "Is all of it on its way?", "as any news"),
    "how_far": Fair(_USUAL, "How far is the rest of it?", "one word in the evening of a working day is enough"),
    "at_the_door": Fair(_USUAL, "Is the courier coming today?", "I have to be at home", 12 * _H),
    "in_vain": Fair(_USUAL, "Nobody came, or I missed them. What now?", "the next attempt may be tomorrow morning", _D),
    "to_fetch": Fair(_USUAL, "Where can I fetch it?", "it is not held for ever", 2 * _D),
    "is_there": Fair(_USUAL, "Where is it? They say that it was delivered", "it may stand in the rain", 2 * _D),
    "gone_wrong": Fair(_USUAL, "What happened to my parcel, and what do you do about it?", "as any news", 2 * _D),
    "not_there": Fair(_USUAL, "You said that it was delivered. It is not", "somebody is searching the stairs", 3 * _D),
    "found": Fair(_USUAL, "Is it still lost?", "as any news", 3 * _D),
    "moved_date": Fair(_USUAL, "Does it still come on the day that you told me?", "I stay at home for it; at most one change a day is told, so it counts from the last one", 2 * _D),
    "overdue": Fair(_USUAL, "It should have come today", "that evening, before I lie awake"),
    "stalled": Fair(1.2 * _D, "It has not moved for days. Is it lost?", "the day in which the shop's working days are over"),
    "unscanned": Fair(6 * _H, "You printed a label, and then?", "hours do not matter after two days"),
    "renumbered": Fair(_USUAL, "The number that I have finds nothing", "five minutes to settle, then as any news", 2 * _D),
    "duty": Fair(_USUAL, "Why does customs keep it?", "as any news; there is a last day to pay", 2 * _D),
    "hours": Fair(_USUAL, "When exactly does the courier come?", "while it is still to come", 12 * _H),
    "half_time": Fair(8 * _H, "Was there not a parcel to fetch?", "that day, while the counter is open"),
    "last_day": Fair(5 * _H, "Until when can I fetch it?", "before noon of the last day"),
    "really_there": Fair(8 * _H, "It is said to lie somewhere, and nobody asks whether it does", "the day after"),
    "complete": Fair(_USUAL, "Was this the last parcel?", "as any news", 2 * _D),
    "money_late": Fair(10 * _H, "Where is my money?", "the day after it should have been sent"),
    "decision_late": Fair(10 * _H, "Has anybody looked at what I sent back?", "the day after they should have"),
    "repair_late": Fair(10 * _H, "Is it still not repaired?", "the day after it should be"),
    "send_soon": Fair(10 * _H, "Until when did I have to send it back?", "that day, while a counter is open"),
    "trouble": Fair(_USUAL, "Does this trouble concern my parcel?", "as any news", _D),
    "solved": Fair(_USUAL, "Is the trouble over?", "as any news", 0.9 * _D),
    "heeded": Fair(_USUAL, "I told you that something is wrong. Does nobody care?", "you said that you would write; the next working day is over"),
    "promise": Fair(_H / 6, "You said that I would hear from you by now", "no grace: minutes, for a clock that differs"),
    "written": Fair(timedelta(0), "What is this?", "a message that cannot be written answers nothing"),
}  # fmt: skip
"""By the name of what is wondered."""
