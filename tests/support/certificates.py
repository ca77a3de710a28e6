"""Certificates for tests: an authority that nobody else knows, and what it vouches for."""

import shutil
import subprocess
from pathlib import Path

from tests.fixtures.missing import missing

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """Vouches for others. Its own certificate is `certificate`; everything lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        openssl = shutil.which("openssl")
        if openssl is None:
            missing("openssl, which makes certificates for the test, is not installed")
        self._openssl = openssl or ""
        self._folder = folder
        self.certificate = folder / "authority.pem"
        self._key = folder / "authority.key"
        subject = ("-subj", "/CN=an authority of a test", "-addext", "keyUsage=keyCertSign")
        ends = ("-days", "2", "-keyout", str(self._key), "-out", str(self.certificate))
        self._run("req", "-x509", *_KEY, *subject, *ends)

    def vouch(self, name: str, of: str = "IP:127.0.0.1") -> "Pair":
        """A certificate for somebody of this name; `of` is where they are found."""
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, more = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        more.write_text(f"subjectAltName={of}\n")
        asked = ("-subj", f"/CN={name}", "-keyout", str(pair.key), "-out", str(request))
        self._run("req", "-new", *_KEY, *asked)
        signed = ("-CA", str(self.certificate), "-CAkey", str(self._key), "-CAcreateserial")
        written = ("-days", "2", "-extfile", str(more), "-out", str(pair.certificate))
        self._run("x509", "-req", "-in", str(request), *signed, *written)
        return pair

    def locked(self, pair: "Pair", password: str) -> Path:
        """The pair's key, for which a password is needed."""
        locked = pair.key.with_suffix(".locked")
        self._run(
            *("pkey", "-in", str(pair.key), "-aes256", "-passout", f"pass:{password}"),
            *("-out", str(locked)),
        )
        return locked

    def _run(self, *words: str) -> None:
        subprocess.run([self._openssl, *words], check=True, capture_output=True)


class Pair:
    """A certificate and its key, in PEM."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.certificate = certificate
        self.key = key

    def in_one(self) -> Path:
        """Both in one file, as Kafka wants them."""
        both = self.key.with_suffix(".both")
        both.write_text(self.key.read_text() + self.certificate.read_text())
        return both
