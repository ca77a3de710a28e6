"""Text in the letters of an SMS that holds 153 of them instead of 67: GSM 03.38. Pure.

Ukrainian by the Cabinet of Ministers' resolution 55 of 27 January 2010, Russian by ICAO Doc 9303,
part 3, section 6, with the hard sign left out, as GOST R 52535.1-2006 has it: nobody reads
"podieezd". A letter that the table of one language lacks is taken from the other's: a Russian
message may name a Ukrainian shop. Links and mail addresses stay as they are, and what is not known
here stays too, so nothing is ever lost unseen: whoever asks looks whether all of it became GSM.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from services.notifier.render.alphabet import GSM


def _read(table: str) -> dict[str, str]:
    """ "а=a б=b ь=" """
    return {own: said for own, _, said in (pair.partition("=") for pair in table.split())}


_UKRAINIAN: Final = _read(
    "а=a б=b в=v г=h ґ=g д=d е=e є=ie ж=zh з=z и=y і=i ї=i й=i к=k л=l м=m н=n о=o п=p р=r "
    "с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch ь= ю=iu я=ia"
)
_UKRAINIAN_FIRST: Final = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
"""At the beginning of a word."""
_RUSSIAN: Final = _read(
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f "
    "х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=iu я=ia"
)
_ELSEWHERE: Final = _read(
    "ў=u ђ=dj ѓ=g ѕ=dz ј=j љ=lj њ=nj ћ=c ќ=k џ=dz ѐ=e ѝ=i ѣ=ie ә=a ғ=g қ=k ң=n ө=o ұ=u ү=u һ=h"
)
"""ICAO Doc 9303 for the letters of other languages in Cyrillic; the last ones are Kazakh."""
_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "uk": {**_ELSEWHERE, **_RUSSIAN, **_UKRAINIAN},
    "ru": {**_ELSEWHERE, **_UKRAINIAN, **_RUSSIAN},
}
_FIRST: Final[Mapping[str, Mapping[str, str]]] = {
    "uk": _UKRAINIAN_FIRST,
    "ru": {"є": "ye", "ї": "yi"},
}
TRANSLITERATED: Final = frozenset(_TABLES)
"""Languages with a table of their own."""

_LOOK_ALIKES: Final = {
    **dict.fromkeys("’‘ʼʹ`´′‚‛‹›", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("–—−‐‑‒―•‣◦·¬", "-"),
    **_read(
        "…=... №=No. ×=x ÷=: ±=+/- ≤=<= ≥=>= ≈=~ ≠=<> →=-> ←=<- ⇒==> ®=(R) ©=(C) ™=TM µ=u μ=u "
        "⁄=/ ∕=/ ‰=o/oo ¦=| ✓=+ ✔=+ ★=* ☆=* ⭐=* ¢=c ł=l Ł=L đ=d Đ=D ð=d Ð=D þ=th Þ=Th "
        "œ=oe Œ=Oe ı=i ħ=h Ħ=H ŧ=t Ŧ=T ŋ=ng"
    ),
    "°": " deg",
    "\t": " ",
}
_CURRENCIES: Final = _read(
    "₴=UAH ₽=RUB ₸=KZT ₺=TRY ₹=INR ₪=ILS ₩=KRW ₫=VND ฿=THB ₾=GEL ₼=AZN ₦=NGN ₱=PHP ₿=BTC"
)
_NATIVE: Final[Mapping[str, Mapping[str, str]]] = {
    "uk": {"₴": "грн", "₽": "руб."},
    "ru": {"₴": "грн", "₽": "руб."},
}
"""How one writes a currency without its sign where it is at home."""
_KINDRED: Final = {"Pd": "-", "Ps": "(", "Pe": ")", "Pi": '"', "Pf": '"', "Pc": "_", "Zs": " "}
"""What stands for the rest of a kind of characters (Unicode's general categories)."""
_SPACES: Final = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_NOTHING: Final = frozenset({"So", "Sk", "Mn", "Me", "Cf", "Cc", "Co", "Cs", "Cn"})
"""Pictures, marks upon letters, and what nobody sees: a sentence says the same without them."""
_UNTOUCHED: Final = re.compile(r"https?://[^\s«»“”„…<>\"]+|[^\s«»“”„…<>\"@]+@[^\s«»“”„…<>\"@]+")
_APOSTROPHES: Final = frozenset("'’‘ʼ`´ʹ")
_GAPS: Final = re.compile(r" {2,}")
_BEFORE_A_MARK: Final = re.compile(r" +(?=[,.;:!?])")


def latin(text: str, language: str, other: str = "uk") -> str:
    """`text` in the letters of GSM 03.38, as far as it can be. `language` says by which table, and
    `other` where there is none for it: such as the shop's. One that has a table gets by."""
    table = next((each for each in (language, other) if each in _TABLES), "uk")
    pieces, at = list[str](), 0
    for link in _UNTOUCHED.finditer(text):
        pieces += (_latin(text[at : link.start()], table, language), link[0])
        at = link.end()
    said = "".join((*pieces, _latin(text[at:], table, language)))
    return said if text[:1].isspace() or text[-1:].isspace() else said.strip()


def plain(text: str) -> str:
    """`text` with typographic characters made plain where that is enough to make it GSM 03.38;
    otherwise only its spaces, since nothing would be won. Pictures stay: they are the writer's."""
    if GSM.issuperset(text):
        return text
    if not text.isprintable():
        text = text.translate(_SPACES)
    foreign = set(text) - GSM
    if not foreign or not foreign <= _PLAIN:
        return text
    return "".join(_LOOK_ALIKES.get(c, c) for c in _named(text, "en"))


def _named(text: str, language: str) -> str:
    """Currencies by their word, with a space between it and the number."""
    if text.isascii() or not (set(text) & _CURRENCIES.keys()):
        return text
    words = {**_CURRENCIES, **_NATIVE.get(language, {})}
    said = [words.get(c, c) for c in text]
    for at, sign in enumerate(text):
        if sign in _CURRENCIES:
            before, after = text[at - 1 : at], text[at + 1 : at + 2]
            said[at] = (
                f"{' ' if before.isalnum() else ''}{said[at]}{' ' if after.isalnum() else ''}"
            )
    return "".join(said)


_PLAIN: Final = frozenset(c for c in _LOOK_ALIKES if not c.isalpha()) | _CURRENCIES.keys()


def _latin(text: str, table: str, language: str) -> str:
    if GSM.issuperset(text):
        return text
    text = _named(unicodedata.normalize("NFC", text), language)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Mn", "Me", "Cf"})
    letters = [_letter(text, at, table) for at in range(len(text))]
    said = "".join(letters)
    if any(not c.isalpha() for c, new in zip(text, letters, strict=True) if not new):
        # What was dropped leaves a gap where it stood.
        said = _BEFORE_A_MARK.sub("", _GAPS.sub(" ", said))
    return said


def _letter(text: str, at: int, table: str) -> str:
    character = text[at]
    small = character.lower()
    if small in _TABLES[table]:
        said = _cyrillic(text, at, small, table)
        return _cased(said, text, at) if character != small else said
    if character in _APOSTROPHES and _is_between_cyrillic(text, at):
        return ""
    return character if character in GSM else _like(character)


def _cyrillic(text: str, at: int, small: str, table: str) -> str:
    if table == "uk" and small == "г" and text[at - 1 : at].lower() == "з":
        return "gh"  # "zh" is another letter: resolution 55, note 1
    if _is_first(text, at):
        return _FIRST[table].get(small, _TABLES[table][small])
    return _TABLES[table][small]


def _is_first(text: str, at: int) -> bool:
    """Whether a word begins there. An apostrophe stands inside of a word."""
    before = text[at - 1] if at else " "
    if before in _APOSTROPHES:
        before = text[at - 2] if at > 1 else " "
    return not before.isalpha()


def _is_between_cyrillic(text: str, at: int) -> bool:
    before, after = text[at - 1 : at].lower(), text[at + 1 : at + 2].lower()
    return before in _TABLES["uk"] and after in _TABLES["uk"] and bool(before and after)


def _cased(said: str, text: str, at: int) -> str:
    """ЩО is SHCHO, Що is Shcho: the next letter of the word decides, at its end the one before."""
    after = text[at + 1 : at + 2]
    if after in _APOSTROPHES:
        after = text[at + 2 : at + 3]
    beside = after if after.isalpha() else text[at - 1 : at] if at else ""
    return said.upper() if beside.isupper() else said.capitalize()


def _like(character: str) -> str:
    if character in _LOOK_ALIKES:
        return _LOOK_ALIKES[character]
    category = unicodedata.category(character)
    if category in _KINDRED:
        return _KINDRED[category]
    if category in _NOTHING:
        return ""
    apart = unicodedata.normalize("NFKD", character)
    bare = "".join(_LOOK_ALIKES.get(c, c) for c in apart if unicodedata.category(c) != "Mn")
    if GSM.issuperset(bare) and bare:
        return bare
    digit = unicodedata.digit(character, None)
    return character if digit is None else str(digit)
