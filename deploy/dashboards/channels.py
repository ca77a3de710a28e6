"""Channels and providers: which way out works, what it costs, and what is not said at all."""

from typing import Final

from deploy.dashboards import figures
from deploy.dashboards.board import Board, Choice, Row
from deploy.dashboards.panels import (
    BAD,
    GOOD,
    About,
    Ask,
    Limits,
    Look,
    counted,
    grown,
    lines,
    number,
    rows,
)

_ON: Final = 'channel=~"$channel"'
_ATTEMPTS: Final = "headsup_notifier_attempts_total"
_STATE: Final = Look(unit="short", height=5)

_WHICH_WORK: Final = Row(
    title="Which way out works",
    panels=(
        number(
            About(
                title="Does anything go out?",
                normal="yes, on every channel that your shops use.",
                do="“paused” on a channel that you use: nothing goes out by it. A channel that is "
                "not set up never pauses.",
                runbooks=("HeadsupChannelPaused",),
            ),
            _STATE.but(words={0: ("yes", GOOD), 1: ("paused", BAD)}),
            Ask(f"min by (channel) (headsup_notifier_channel_paused{{{_ON}}})", "{{channel}}"),
        ),
        number(
            About(
                title="Which senders are used?",
                normal="all of them. One that fails is left alone for a while, then tried again.",
                do="for longer than ten minutes: its provider has trouble, or does not want us.",
                runbooks=("HeadsupSenderRests", "HeadsupAccountRefused"),
            ),
            _STATE.but(words={1: ("used", GOOD), 0: ("left alone", BAD)}),
            Ask(
                "max by (channel, sender) "
                f'(headsup_notifier_sender_state{{{_ON}, state="closed"}})',
                "{{channel}}, {{sender}}",
            ),
        ),
        lines(
            About(
                title="Attempts a minute, by how they ended",
                normal="nearly all `sent`. `planned`: to be tried again.",
                do="the table to the right says why.",
                runbooks=("HeadsupSendsFail",),
            ),
            Look(unit="short"),
            Ask(
                f'sum by (state) (rate({_ATTEMPTS}{{{_ON}, sender!=""}}[5m])) * 60',
                "{{state}}",
            ),
            stacked=True,
        ),
        rows(
            About(
                title="How attempts ended, last hour",
                normal="nearly all `sent`, without a reason.",
                do="whose fault a reason is says the runbook.",
                runbooks=("HeadsupSendsFail",),
            ),
            Look(unit="short", decimals=0),
            Ask(
                counted(f"{_ATTEMPTS}{{{_ON}}}", "channel, sender, state, reason", "1h"),
                "attempts",
            ),
        ),
    ),
)

_PROVIDERS: Final = Row(
    title="What providers do",
    panels=(
        lines(
            About(
                title="Share of calls that bring nothing out",
                normal="a few of 100. The dashed line is where the alert begins.",
                do="one channel: its provider's own status page first.",
                runbooks=("HeadsupSendsFail",),
            ),
            Look(unit="percentunit", width=8, limits=Limits(bad=figures.SENDS_FAIL), greatest=1),
            Ask(
                "sum by (channel) (rate("
                f'{_ATTEMPTS}{{{_ON}, state=~"planned|failed|unknown", sender!=""}}[15m])) '
                f'/ (sum by (channel) (rate({_ATTEMPTS}{{{_ON}, sender!=""}}[15m])) > 0)',
                "{{channel}}",
            ),
        ),
        lines(
            About(
                title="How long a provider takes to answer",
                normal="95 of 100 calls within a second or two.",
                do="slow calls hold places: what waits grows behind them.",
                runbooks=("HeadsupNewsWaits",),
            ),
            Look(unit="s", width=8, by_powers=True),
            Ask(
                "histogram_quantile(0.95, sum by (channel, le) "
                f"(rate(headsup_notifier_send_seconds_bucket{{{_ON}}}[5m])))",
                "{{channel}}",
            ),
        ),
        lines(
            About(
                title="Tried again, or by the next channel, a minute",
                normal="near 0.",
                do="many: a provider fails. By the next channel: no receipt came, or an address "
                "is bad.",
                runbooks=("HeadsupSendsFail", "HeadsupCallbacksLost"),
            ),
            Look(unit="short", width=8),
            Ask(
                f'sum by (channel) (rate({_ATTEMPTS}{{{_ON}, state="planned"}}[5m])) * 60',
                "{{channel}}, once more",
            ),
            Ask(
                f"sum by (channel) (rate(headsup_notifier_fallbacks_total{{{_ON}}}[5m])) * 60",
                "{{channel}}, given to the next",
            ),
        ),
        lines(
            About(
                title="What providers say of messages, a minute",
                normal="`delivered` follows `sent` in the same number, where there are receipts.",
                do="none while messages go out: callbacks do not reach us.",
                runbooks=("HeadsupNoReceipts", "HeadsupCallbacksLost"),
            ),
            Look(unit="short"),
            Ask(
                "sum by (channel, status) (rate(headsup_notifier_receipts_total"
                f'{{{_ON}, result=~"moved|noted"}}[5m])) * 60',
                "{{channel}}, {{status}}",
            ),
        ),
        lines(
            About(
                title="Parts of text messages a day, by kind",
                normal="this is what SMS costs: a message of 160 plain letters is one part, in "
                "Cyrillic one of 70.",
                do="a kind that grew: its text got longer, or has letters of another alphabet.",
            ),
            Look(unit="short"),
            Ask(
                grown("headsup_notifier_sms_segments_total", "kind", "1d"),
                "{{kind}}",
            ),
            stacked=True,
        ),
    ),
)

_UNSAID: Final = Row(
    title="What is not said, and what cannot be read",
    panels=(
        rows(
            About(
                title="Not sent on purpose, last hour",
                normal="mostly `superseded`, `capped`, and people who want less.",
                do="`no_address` grows: the shop's address book. `unknown_shop`: a profile is "
                "missing.",
            ),
            Look(unit="short", width=8, decimals=0),
            Ask(
                counted('headsup_notifier_decided_total{decision!="planned"}', "reason", "1h"),
                "notifications",
            ),
        ),
        rows(
            About(
                title="Not even asked for, last hour",
                normal="what order_events judged as old news, or as overtaken.",
                do="one kind that is never said: look at an order with `headsup trace`.",
            ),
            Look(unit="short", width=8, decimals=0),
            Ask(
                counted("headsup_order_events_unsaid_total", "reason", "1h"),
                "statements",
            ),
        ),
        rows(
            About(
                title="Records set aside since the services started",
                normal="none.",
                do="`headsup dlq list` shows them. They can be replayed once they are mended.",
                runbooks=("HeadsupDeadLetters",),
            ),
            Look(unit="short", width=8, decimals=0, if_nothing="none"),
            Ask(
                "sum by (topic, reason) (headsup_order_events_dead_lettered_total) "
                "or sum by (topic, reason) (headsup_notifier_dead_lettered_total) "
                "or sum by (topic, reason) (headsup_cart_recovery_dead_lettered_total)",
                "records",
            ),
        ),
    ),
)

BOARD: Final = Board(
    name="channels",
    title="Channels and providers",
    about="Which way out works, what providers say, what it costs, and what is not said.",
    rows=(_WHICH_WORK, _PROVIDERS, _UNSAID),
    choices=(Choice(label="channel", of="headsup_notifier_channel_paused"),),
)
