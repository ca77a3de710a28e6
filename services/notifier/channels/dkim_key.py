"""The keys that mail is signed with, once they were read.

Nothing of dkimpy is in here: it brings a resolver that a start waits for, and who signs no mail, or
has a relay do it, needs none of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


class CannotSignError(Exception):
    """A key that is none. Its words are the name of dkimpy's error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A private key, and the name under which DNS has the public one:
    `<selector>._domainkey.<domain>`."""

    domain: str
    """In small letters, in ASCII."""
    selector: str
    pem: bytes = field(repr=False)
    """RSA, PKCS#1 or PKCS#8, with LF line ends."""


@dataclass(frozen=True, slots=True)
class DkimKeys:
    """The key that signs for each domain."""

    by_domain: Mapping[str, DkimKey] = field(default_factory=dict)

    def of(self, from_domain: str) -> DkimKey | None:
        """The key for mail from this domain: its own, or that of the nearest domain above, which
        DMARC takes as well unless it was told to be strict (RFC 7489 section 3.1.1)."""
        name = from_domain.lower()
        while name:
            if key := self.by_domain.get(name):
                return key
            name = name.partition(".")[2]
        return None
