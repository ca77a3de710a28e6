"""Are customers told? The dashboard to open first."""

from typing import Final

from deploy.dashboards import figures
from deploy.dashboards.board import Board, Row
from deploy.dashboards.panels import About, Ask, Limits, Look, counted, grown, lines, number, rows

_NEWS: Final = 'priority!="marketing"'
_TOLD: Final = "headsup_notifier_told_seconds"
_WHOSE: Final = (
    ("the customer's address", 'state="failed", reason=~"invalid_address|refused|blocked"'),
    ("the provider", 'state=~"planned|failed", reason=~"|gave_up"'),
    ("our account there", 'reason="bad_configuration"'),
    ("our texts", 'reason="cannot_render"'),
    ("nobody knows", 'state="unknown"'),
    ("too old when its turn came", 'state="expired"'),
)
"""Whose fault it is that an attempt brought no message out: docs/runbooks/HeadsupSendsFail.md."""
_BY_KIND: Final = counted(f"{_TOLD}_count{{{_NEWS}}}", "kind, channel", "1h")
_IN_TIME: Final = grown(f'{_TOLD}_bucket{{{_NEWS}, le="900.0"}}', "kind, channel", "1h")
_HOW_SOON_BY_KIND: Final = grown(f"{_TOLD}_bucket{{{_NEWS}}}", "kind, channel, le", "1h")
_AT_ONCE: Final = 1 - figures.NEWS_BURN_FAST * figures.NEWS_BUDGET
_SHARE: Final = Look(unit="percentunit", width=4, height=5, decimals=1)
_COUNT: Final = Look(unit="short", width=4, height=5, decimals=0)

_NOW: Final = Row(
    title="Now",
    panels=(
        number(
            About(
                title="Told in time, 1 h",
                normal="99 of 100 pieces of news within 15 minutes. What is never told by our "
                "fault or a provider's counts as late; what waits for the morning does not count.",
                do="look at what waits and what fails below, then at the services.",
                runbooks=("HeadsupNewsLate",),
            ),
            _SHARE.but(
                limits=Limits(warn=1 - figures.NEWS_BUDGET, bad=_AT_ONCE, few_are_bad=True),
                if_nothing="no news",
            ),
            Ask("1 - headsup:news_late:rate1h / (headsup:news:rate1h > 0)"),
        ),
        number(
            About(
                title="Budget left, 28 d",
                normal="above a quarter. One of 100 pieces of news may be late in 28 days: this "
                "is the share that is left of those.",
                do="at 0 the target of these 28 days is missed. Nobody is woken for that alone.",
                runbooks=("HeadsupNewsLate",),
            ),
            _SHARE.but(
                limits=Limits(warn=0.25, bad=0.005, few_are_bad=True),
                decimals=0,
                if_nothing="no news",
            ),
            Ask(
                "clamp_min(1 - sum_over_time(headsup:news_late:rate5m[28d]) "
                "/ (sum_over_time(headsup:news:rate5m[28d]) > 0) "
                f"/ {figures.NEWS_BUDGET:g}, 0)"
            ),
        ),
        number(
            About(
                title="Past their promise",
                normal="0: whoever was promised news by some moment has heard by then.",
                do="`headsup trace ORDER` says what is missing.",
                runbooks=("HeadsupCustomersPastPromise",),
            ),
            _COUNT.but(limits=Limits(bad=1)),
            Ask("sum(headsup_customers_past_promised_update)"),
        ),
        number(
            About(
                title="Promises kept, 1 h",
                normal="999 of 1000: they hear again by the moment that the last message named.",
                do="mostly news is late, too: begin there.",
                runbooks=("HeadsupPromisesBroken",),
            ),
            _SHARE.but(
                limits=Limits(
                    warn=1 - figures.PROMISES_BUDGET,
                    bad=1 - figures.PROMISES_FAST,
                    few_are_bad=True,
                ),
                if_nothing="none was due",
            ),
            Ask("1 - headsup:promises_broken:rate1h / (headsup:promises:rate1h > 0)"),
        ),
        number(
            About(
                title="Oldest that waits",
                normal="seconds. What waits for the morning does not count.",
                do="“What waits” below says on which channel.",
                runbooks=("HeadsupOldestWaits", "HeadsupNewsWaits"),
            ),
            _COUNT.but(
                unit="s", limits=Limits(warn=figures.NEWS_LATE, bad=figures.OLDEST), decimals=None
            ),
            Ask(f"max(headsup:waiting_oldest_seconds:max{{{_NEWS}}})"),
        ),
        number(
            About(
                title="Waits too long",
                normal="0. It could go out, and has waited for more than 15 minutes.",
                do="a channel is paused, or a service stands still: see the other dashboards.",
                runbooks=("HeadsupNewsWaits",),
            ),
            _COUNT.but(limits=Limits(warn=1, bad=figures.NEWS_WAITS)),
            Ask("sum(headsup:waiting_late:sum)"),
        ),
        rows(
            About(
                title="Alerts that fire",
                normal="none.",
                do="a click on a name opens its runbook. Several at once mostly have one cause: "
                "begin with a service that is absent, a line that stopped, or an outbox that is "
                "stuck.",
            ),
            Look(unit="short", width=10, if_nothing="none"),
            Ask(
                "max by (alertname, severity, service) "
                '(ALERTS{alertstate="firing", alertname=~"Headsup.+"})',
                "fires",
            ),
            columns={"alertname": Look(unit="string", link="${runbooks}/${__value.raw}.md")},
            hidden=("fires",),
            first="severity",
        ),
        lines(
            About(
                title="How fast what may be late is used up",
                normal="below 1: at 1 the target is just met. Somebody is woken where both a long "
                f"time and a short one are above {figures.NEWS_BURN_SLOW:g} (6 hours) or "
                f"{figures.NEWS_BURN_FAST:g} (1 hour).",
                do="a short line that falls says that it is over; the long ones follow.",
                runbooks=("HeadsupNewsLate",),
            ),
            Look(
                unit="x",
                width=14,
                limits=Limits(warn=figures.NEWS_BURN_SLOW, bad=figures.NEWS_BURN_FAST),
            ),
            *(
                Ask(
                    f"headsup:news_late:rate{window} / (headsup:news:rate{window} > 0) "
                    f"/ {figures.NEWS_BUDGET:g}",
                    f"of {words}",
                )
                for window, words in (
                    ("5m", "5 minutes"),
                    ("1h", "1 hour"),
                    ("6h", "6 hours"),
                    ("3d", "3 days"),
                )
            ),
        ),
    ),
)

_HOW_SOON: Final = Row(
    title="Who hears how soon",
    panels=(
        rows(
            About(
                title="By kind and channel, last hour",
                normal="99 % and more in time.",
                do="one kind: its text or its rule. One channel: its provider. All: us, or a shop "
                "that tells us late.",
                runbooks=("HeadsupNewsLate",),
            ),
            Look(unit="short", width=12, height=9, if_nothing="no news"),
            Ask(_BY_KIND, "told"),
            Ask(f"({_IN_TIME}) / ({_BY_KIND})", "in time"),
            Ask(f"histogram_quantile(0.95, {_HOW_SOON_BY_KIND}) > 0", "95 of 100 within"),
            columns={
                "told": Look(unit="short", decimals=0),
                "in time": Look(
                    unit="percentunit",
                    decimals=1,
                    limits=Limits(warn=1 - figures.NEWS_BUDGET, bad=_AT_ONCE, few_are_bad=True),
                ),
                "95 of 100 within": Look(unit="s", limits=Limits(warn=figures.NEWS_LATE)),
            },
        ),
        lines(
            About(
                title="From what happened at the shop until a provider took the message",
                normal="95 of 100 within minutes. Some kinds settle for a few "
                "minutes first. The dashed line is 15 minutes.",
                do="all channels high: the services, or a shop that tells us late. "
                "One channel: its provider.",
                runbooks=("HeadsupNewsLate",),
            ),
            Look(unit="s", height=9, limits=Limits(bad=figures.NEWS_LATE), by_powers=True),
            Ask(
                "histogram_quantile(0.95, sum by (channel, le) "
                f"(rate({_TOLD}_bucket{{{_NEWS}}}[5m])))",
                "{{channel}}, 95 of 100 within",
            ),
        ),
    ),
)

_NOT_OUT: Final = Row(
    title="What does not get out, and why",
    panels=(
        lines(
            About(
                title="News a minute",
                normal="what your shop does at this hour, and nothing late.",
                do="none at an hour that has some: do the shop's events come? See the services.",
                runbooks=("HeadsupNewsLate", "HeadsupServiceAbsent"),
            ),
            Look(unit="short"),
            Ask("headsup:news:rate5m * 60", "due"),
            Ask("headsup:news_late:rate5m * 60", "late, or never told"),
        ),
        lines(
            About(
                title="What waits",
                normal="little that changes. At night more: what waits for the morning is in it.",
                do="one channel grows: its provider. All grow: the notifier.",
                runbooks=("HeadsupNewsWaits",),
            ),
            Look(unit="short"),
            Ask(
                "sum by (channel) (max by (channel, priority) "
                f"(headsup_notifier_waiting_notifications{{{_NEWS}}}))",
                "{{channel}}",
            ),
            Ask("headsup:waiting_late:sum", "{{channel}}, for too long"),
            stacked=False,
        ),
        lines(
            About(
                title="What fails in 5 minutes, by whose fault it is",
                normal="a few addresses that nobody has, and now and then a provider.",
                do="the runbook has what to do for each. “nobody knows”: the call ended without an "
                "answer, and the provider is asked.",
                runbooks=("HeadsupSendsFail", "HeadsupAccountRefused", "HeadsupCannotWrite"),
            ),
            Look(unit="short"),
            *(
                Ask(grown(f"headsup_notifier_attempts_total{{{which}}}", "", "5m"), whose)
                for whose, which in _WHOSE
            ),
            stacked=True,
        ),
        rows(
            About(
                title="What fails, last hour",
                normal="a few.",
                do="`planned` is tried again; the rest has ended.",
                runbooks=("HeadsupSendsFail", "HeadsupDoubtfulSends"),
            ),
            Look(unit="short", decimals=0, if_nothing="nothing"),
            Ask(
                counted(
                    'headsup_notifier_attempts_total{state!="sent"}',
                    "channel, sender, state, reason",
                    "1h",
                ),
                "attempts",
            ),
        ),
    ),
)

BOARD: Final = Board(
    name="told",
    title="Are customers told?",
    about="Whether customers hear what happens to their orders, in time. Begin at the top left: "
    "green means yes.",
    rows=(_NOW, _HOW_SOON, _NOT_OUT),
)
