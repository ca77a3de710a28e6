"""What a provider's code says, in words for a person who helps customers. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from headsup.contracts.channels import Channel

TWILIO: Final[Mapping[int, str]] = {
    20003: "Twilio does not know our password",
    20429: "we asked Twilio too often",
    21211: "this is no phone number",
    21212: "our sender is no valid one",
    21408: "our account may not write to this country",
    21601: "our sender cannot send text messages",
    21606: "our sender cannot send text messages to there",
    21608: "our trial account writes to verified numbers only",
    21610: "they answered STOP",
    21611: "too much waits at our sender already",
    21612: "there is no way from our sender to this number",
    21614: "this number cannot get text messages",
    21617: "it is too long for a text message",
    21635: "this number is a landline",
    21655: "Twilio does not know the approved text",
    21656: "the approved text takes other variables",
    21659: "our sender is none of our account's",
    30001: "too much waits at our sender",
    30002: "our account is suspended",
    30003: "the phone is off, or out of reach",
    30004: "the carrier blocked it",
    30005: "nobody has this number",
    30006: "the number is a landline, or its carrier cannot be reached",
    30007: "the carrier took it for spam",
    30008: "the carrier does not say why",
    30024: "our sender is not ready to send",
    30032: "our toll-free number is not verified",
    30034: "our number is not registered with the carriers",
    30500: "something broke at Twilio",
    63001: "WhatsApp does not know our account",
    63003: "nobody has WhatsApp under this number",
    63005: "WhatsApp does not accept what it says",
    63007: "our sender is none of WhatsApp's",
    63013: "it is against WhatsApp's rules",
    63014: "they blocked us on WhatsApp",
    63015: "they have not joined Twilio's sandbox",
    63016: "they last wrote more than 24 hours ago, and it was no approved text",
    63018: "we wrote too often",
    63020: "our account at WhatsApp is not paid for",
    63021: "it is too long for WhatsApp",
    63024: "WhatsApp cannot write to this number",
    63027: "there is no approved text in this language",
    63028: "the approved text takes another number of variables",
    63032: "an experiment of WhatsApp's leaves them out",
    63040: "WhatsApp rejected the approved text",
    63041: "WhatsApp paused the approved text",
    63042: "WhatsApp switched the approved text off",
    63049: "WhatsApp thinks that they get enough marketing",
}
MAIL: Final[Mapping[str, str]] = {
    # RFC 3463 and the IANA registry of enhanced status codes
    "5.1.1": "there is no such mailbox",
    "5.1.2": "there is no such mail domain",
    "5.1.3": "the mail address is malformed",
    "5.1.6": "the mailbox has moved",
    "5.1.7": "our sender's address is malformed",
    "5.1.8": "our sender's domain is not accepted",
    "5.1.10": "the domain takes no mail",
    "5.2.1": "the mailbox is switched off",
    "5.2.2": "the mailbox is full",
    "4.2.2": "the mailbox is full",
    "5.2.3": "it is too long for the mailbox",
    "5.7.0": "our mail server may not send it",
    "5.7.1": "the mail server does not allow it",
    "5.7.8": "our password at the mail server is wrong",
    "5.7.9": "our mail server wants another way to log in",
    "5.7.26": "the shop's domain does not vouch for this mail (SPF, DKIM)",
    "5.7.515": "the shop's domain does not vouch for this mail (SPF, DKIM)",
    "4.7.28": "we sent too much mail",
    "4.7.1": "the mail server asks to try again later",
}
_SUBJECTS: Final[Mapping[str, str]] = {
    # RFC 3463 section 3
    "1": "something is wrong with the mail address",
    "2": "something is wrong with the mailbox",
    "3": "something is wrong with their mail server",
    "4": "the mail did not get through the network",
    "5": "the mail servers did not understand each other",
    "6": "something is wrong with what the mail holds",
    "7": "the mail server does not allow it",
}
REPLIES: Final[Mapping[int, str]] = {
    # RFC 5321 section 4.2.3 and RFC 4954 section 6
    421: "the mail server closed the connection",
    450: "the mailbox is busy",
    451: "the mail server asks to try again later",
    452: "the mail server or the mailbox is full",
    530: "our mail server wants us to log in",
    534: "our mail server wants another way to log in",
    535: "our password at the mail server is wrong",
    538: "our mail server wants an encrypted connection",
    550: "the mailbox does not take it",
    552: "the mailbox is full, or the mail too long",
    553: "the mail address is not accepted",
    554: "the mail server does not take it",
}
TELEGRAM: Final[Mapping[str, str]] = {
    "Forbidden": "they blocked the bot, or never started it",
    "InvalidToken": "Telegram does not know our bot",
    "Conflict": "somebody else runs our bot",
    "ChatMigrated": "the chat has moved",
    "BadRequest": "Telegram does not accept it, or does not know the chat",
    "TimedOut": "Telegram did not answer in time",
    "NetworkError": "the connection to Telegram broke",
    "429": "we wrote to Telegram too often",
    "401": "Telegram does not know our bot",
}
_ENHANCED: Final = re.compile(r"\b[245]\.(\d{1,3})\.\d{1,3}\b")
_REPLY: Final = re.compile(r"\b[245]\d\d\b")


def code_in_words(channel: str, code: str | None) -> str | None:
    """What a code of the channel's provider means; None where we have no words for it."""
    if not code:
        return None
    if channel in {Channel.SMS, Channel.WHATSAPP}:
        return TWILIO.get(int(code)) if code.isascii() and code.isdecimal() else None
    return _of_mail(code) if channel == Channel.EMAIL else TELEGRAM.get(code)


def _of_mail(code: str) -> str | None:
    """By the finest of what stands in it: "550 5.1.1"."""
    enhanced, reply = _ENHANCED.search(code), _REPLY.match(code)
    if enhanced is not None and enhanced[0] in MAIL:
        return MAIL[enhanced[0]]
    if reply is not None and int(reply[0]) in REPLIES:
        return REPLIES[int(reply[0])]
    return _SUBJECTS.get(enhanced[1]) if enhanced is not None else None
