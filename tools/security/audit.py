"""pip-audit, which also takes an index's word about the newest version of a package.

It asks for the advisories about name/version. A mirror may keep only what is said of a package as a
whole, which is what is said of its newest version: for a pin that is the newest, the same answer.
For an older one it is none, and pip-audit says that it was skipped.

Run with the interpreter of the environment of tools/security/requirements.txt, which pins what is
reached into here.
"""

from typing import Any

import requests
from packaging.version import Version
from pip_audit import _cli
from pip_audit._service import pypi

_session_of = pypi.caching_session


def _session(*arguments: Any, **named: Any) -> requests.Session:
    session = _session_of(*arguments, **named)
    plain = session.get

    def get(url: str, **how: Any) -> requests.Response:
        answer = plain(url, **how)
        if answer.status_code != requests.codes.not_found:
            return answer
        package, version, document = url.rsplit("/", 2)
        whole = plain(f"{package}/{document}", **how)
        newest = whole.ok and Version(whole.json()["info"]["version"]) == Version(version)
        return whole if newest else answer

    session.get = get
    return session


if __name__ == "__main__":
    pypi.caching_session = _session
    _cli.audit()
