"""What holds of deploy/compose.yaml."""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bench.venv import python_with
from deploy.check.settings import SERVICES, Given, disagreements

COMPOSE: Final = Path("deploy/compose.yaml")
_TOOL: Final = Path("tools/deploy/requirements.txt")
_OURS: Final = "headsup-"
"""How our images begin."""
_SANDBOX: Final = "sandbox"
"""What it is told is the other side of what the notifier is told: test_beside.py."""
_DATABASE: Final = "DATABASE_URL"
_OWNER: Final = "headsup"
"""Of the database, as docs/operating/install.md names it; the others are named after it."""
_COMES: Final = re.compile(r"postgresql://(\w+):(\$\{[^}]*\})@")
"""As whom, and with which password."""
_MIGRATES: Final = "migrations"
_MAKES_USERS: Final = "users"
_MEET_ADDRESSES: Final = frozenset({"order-events", "notifier", "toolbox"})
_KEYS_OF: Final = "HEADSUP_ADDRESS_KEYS"
_KEYS_GIVEN: Final = "${ADDRESS_KEYS:-}"
"""None where nobody wants any: docs/operating/encryption.md."""
_LIVES_AT: Final = "service:"
_NEVER_ENDS: Final = ["sleep", "infinity"]
_KEYS: Final = re.compile(r"PASSWORD|TOKEN|SECRET|_KEY$")

_EXACT: Final = re.compile(r":v?\d+\.\d+|@sha256:")
"""`postgres:17` is another one every few months."""

Tree = dict[str, Any]
Rule = Callable[[str, Tree, Tree], Iterable[str]]
"""A service's name, the service, and all of the file."""


def problems(text: str) -> Iterator[str]:
    """What is wrong with a compose file, by our own rules."""
    file: Tree = yaml.safe_load(text)
    for name, service in file["services"].items():
        for rule in RULES:
            yield from rule(name, service, file)


def invalid(text: str) -> Iterator[str]:
    """What the compose specification's own schema finds wrong."""
    check = python_with("deploy", _TOOL).with_name("check-jsonschema")
    words = ("--builtin-schema", "vendor.compose-spec", "--default-filetype", "yaml", "-")
    found = subprocess.run([check, *words], input=text, capture_output=True, text=True, check=False)
    if found.returncode:
        yield from (line for line in (found.stdout + found.stderr).splitlines() if line.strip())


def _is_ours(service: Tree) -> bool:
    return str(service.get("image", "")).startswith(_OURS)


def settings_agree(name: str, service: Tree, _file: Tree) -> Iterator[str]:
    """The same as in Kubernetes: deploy.check.settings."""
    if _is_ours(service) and name != _SANDBOX:
        told: Mapping[str, str] = service.get("environment", {})
        given = {
            each: Given(is_by_reference=_holds_nothing(value), is_certain=not _may_be_empty(value))
            for each, value in told.items()
        }
        yield from disagreements(f"service {name}", name, given)


def _holds_nothing(value: str) -> bool:
    """No password: it comes from elsewhere, or it is an address without a user."""
    return "${" in value or ("://" in value and "@" not in value)


def _may_be_empty(value: str) -> bool:
    return bool(re.search(r"\$\{\w+(?!\w|:\?)", value))


def passwords_are_made(name: str, service: Tree, _file: Tree) -> Iterator[str]:
    """None stands in the file, and none is empty because nobody made one."""
    for each, value in service.get("environment", {}).items():
        is_made = re.search(r"\$\{\w+:\?", str(value)) and not _may_be_empty(str(value))
        if _KEYS.search(each) and not is_made:
            yield f"service {name} is told {each} as it stands in the file"


def each_comes_as_itself(name: str, service: Tree, file: Tree) -> Iterator[str]:
    """To the database: a service as its own user, the migrations as the owner, people and the
    sandbox as the user of the tools; each with a password of its own that is given to whoever makes
    the users."""
    if _DATABASE not in service.get("environment", {}):
        return
    found = _COMES.match(service["environment"][_DATABASE])
    user, password = found.groups() if found else ("somebody", "")
    of_service = SERVICES.get(name, "tools")
    wanted = _OWNER if name == _MIGRATES else f"{_OWNER}_{of_service}"
    if user != wanted:
        yield f"service {name} comes to the database as {user}, and not as {wanted}"
    variable = "PGPASSWORD" if name == _MIGRATES else f"{of_service.upper()}_PASSWORD"
    made = file["services"].get(_MAKES_USERS, {}).get("environment", {})
    if made.get(variable) != password:
        yield f"service {name} comes to the database with another password than {variable}"


def whoever_meets_addresses_has_their_keys(name: str, service: Tree, _file: Tree) -> Iterator[str]:
    """All of them the same ones, of deploy/.env: what one has encrypted another reads."""
    if name in _MEET_ADDRESSES and service.get("environment", {}).get(_KEYS_OF) != _KEYS_GIVEN:
        yield f"service {name} has other keys for addresses than {_KEYS_GIVEN}"


def nobody_else_can_call(name: str, service: Tree, _file: Tree) -> Iterator[str]:
    """Ports are opened on this machine alone."""
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"service {name} opens {port} to the network"


def ours_are_restricted(name: str, service: Tree, _file: Tree) -> Iterator[str]:
    """Ours run as they do in Kubernetes."""
    wanted = {
        "read_only": True,
        "user": "65532:65532",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    for key, value in wanted.items():
        if _is_ours(service) and service.get(key) != value:
            yield f"service {name} lacks: {key} {value}"


def images_are_pinned(name: str, service: Tree, _file: Tree) -> Iterator[str]:
    """What is fetched is a version, and what is ours is built here."""
    image = str(service.get("image", ""))
    if not _is_ours(service) and not _EXACT.search(image.rpartition("/")[2]):
        yield f"service {name} runs {image or 'no image'}, which is no one version"
    if _is_ours(service) and not service.get("build"):
        yield f"service {name} is ours and is not built"


def each_builds_an_image_of_its_own(name: str, service: Tree, file: Tree) -> Iterator[str]:
    """Two that are built at once under one name: one of them may find that it is there already, and
    fail. What only comes when it is asked for is not built with the others."""
    image = _is_built(service) and service.get("image")
    for other, it in file["services"].items():
        if image and other < name and _is_built(it) and it.get("image") == image:
            yield f"service {name} builds {image}, and so does {other}"


def _is_built(service: Tree) -> bool:
    """With the others."""
    return bool(service.get("build")) and not service.get("profiles")


def nobody_is_cut_off(name: str, service: Tree, file: Tree) -> Iterator[str]:
    """Who lives at another's address has none when that one ends, and stays without when it begins
    anew; so it is that of one that does nothing and never ends."""
    mode = str(service.get("network_mode", ""))
    other = mode.removeprefix(_LIVES_AT)
    if other != mode and file["services"].get(other, {}).get("entrypoint") != _NEVER_ENDS:
        yield f"service {name} is cut off when {other} ends: it lives at its address"


def what_stays_says_that_it_is_well(name: str, service: Tree, _file: Tree) -> Iterator[str]:
    """`up --wait` comes back when all are well, and knows it of those that can be asked."""
    if service.get("restart") != "no" and not service.get("healthcheck", {}).get("test"):
        yield f"service {name} never says whether it is well: it has no healthcheck"


def what_is_awaited_happens(name: str, service: Tree, file: Tree) -> Iterator[str]:
    """Who waits for a service to be healthy, waits for one that says so; who waits for an end, for
    one that ends."""
    awaited: Mapping[str, Tree] = service.get("depends_on", {})
    for other, how in awaited.items():
        it = file["services"].get(other)
        match how["condition"]:
            case "service_healthy" if it and not it.get("healthcheck"):
                yield f"service {name} waits for {other}, which never says that it is well"
            case "service_completed_successfully" if it and it.get("restart") != "no":
                yield f"service {name} waits for the end of {other}, which begins anew"
        if it is None:
            yield f"service {name} waits for {other}, which is not there"


RULES: Final[tuple[Rule, ...]] = (
    settings_agree,
    passwords_are_made,
    each_comes_as_itself,
    whoever_meets_addresses_has_their_keys,
    nobody_else_can_call,
    ours_are_restricted,
    images_are_pinned,
    each_builds_an_image_of_its_own,
    nobody_is_cut_off,
    what_stays_says_that_it_is_well,
    what_is_awaited_happens,
)
