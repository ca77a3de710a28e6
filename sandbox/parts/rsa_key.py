"""RSA keys for signing mail, made without a tool: for the demo and for tests. Real ones are made by
OpenSSL, see `docs/mail.md`."""

import random
from base64 import b64encode
from itertools import count
from math import gcd
from typing import Final

_EXPONENT: Final = 65_537
_INTEGER: Final = 0x02
_SEQUENCE: Final = 0x30
_ROUNDS: Final = 24
_SHORT: Final = 0x80
_SMALL: Final = tuple(n for n in range(3, 2000) if all(n % d for d in range(2, int(n**0.5) + 1)))


def rsa_key(bits: int = 2048, *, seed: int | None = None) -> tuple[bytes, bytes]:
    """A private key in PEM (PKCS#1), and the value of the DNS record that belongs to it (RFC 6376
    section 3.6.1). The same with the same seed, and then no secret."""
    chance = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
    p, q = _prime(bits // 2, chance), _prime(bits - bits // 2, chance)
    p, q = max(p, q), min(p, q)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, _EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    body = b64encode(_der(numbers)).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    pem = f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----\n"
    public = b64encode(_der((p * q, _EXPONENT)))
    return pem.encode(), b"v=DKIM1; k=rsa; p=" + public


def _prime(bits: int, chance: random.Random) -> int:
    for _ in count():
        # The two highest bits are set, so that the product of two has all its bits.
        found = chance.getrandbits(bits) | (0b11 << (bits - 2)) | 1
        if gcd(found - 1, _EXPONENT) == 1 and _is_prime(found, chance):
            return found
    raise AssertionError("there is always another prime")


def _is_prime(number: int, chance: random.Random) -> bool:
    """Miller and Rabin's test; wrong once in 4**24 times at most."""
    if any(number % small == 0 for small in _SMALL):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, odd, twos, chance) for _ in range(_ROUNDS))


def _passes(number: int, odd: int, twos: int, chance: random.Random) -> bool:
    x = pow(chance.randrange(2, number - 1), odd, number)
    for _ in range(twos):
        if x in {1, number - 1}:
            return True
        x = x * x % number
        if x == number - 1:
            return True
    return False


def _der(numbers: tuple[int, ...]) -> bytes:
    parts = (_value(_INTEGER, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers)
    return _value(_SEQUENCE, b"".join(parts))


def _value(tag: int, data: bytes) -> bytes:
    size = len(data)
    if size < _SHORT:
        return bytes((tag, size)) + data
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT | len(octets))) + octets + data
