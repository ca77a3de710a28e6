"""What docs/operating/install.md has an operator copy is right as it stands there."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from deploy.check.manifests import K8S
from deploy.check.references import SECRETS
from headsup.contracts.explain import Severity, explain
from headsup.contracts.settings import settings_of
from tests.support.each import each

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/operating/install.md").read_text("utf-8")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def first_event() -> str:
    said = block("sh").partition("<<END\n")[2].removesuffix("END\n")
    return said.replace("$(date -u +%Y-%m-%dT%H:%M:%SZ)", NOW.isoformat())


def refusals(text: str) -> list[str]:
    found = explain(text.encode(), NOW).findings
    return [each_.sentence for each_ in found if each_.severity is Severity.ERROR]


def test_the_first_event_is_one_that_is_taken() -> None:
    assert refusals(first_event()) == []
    assert refusals(first_event().replace('"paid"', '"perhaps"')) != []


def test_so_is_the_one_that_takes_it_back() -> None:
    found = re.search(r'`"type":\s+"([\w.]+)"` and, as data, `(\{.*?\})`', PAGE, re.DOTALL)
    assert found
    event = json.loads(first_event()) | {"type": found[1], "data": json.loads(found[2])}
    assert refusals(json.dumps(event)) == []


def test_the_files_that_it_names_are_there() -> None:
    overlay = K8S / "overlays/prod"
    table = PAGE.partition("In `deploy/k8s/overlays/prod`:")[2].partition("\n\n`deploy")[0]
    rows = (row.split("|")[1] for row in table.splitlines() if row.startswith("| `"))
    named = {name for row in rows for name in re.findall(r"`([\w.-]+)`", row)}
    written = {"kustomization.yaml", "namespace.yaml", "where.yaml"}
    assert named - {"kustomization.yaml"} == {
        file.name for file in overlay.iterdir() if file.name not in written
    }


def test_what_it_says_of_the_notifiers_file_stands_in_it() -> None:
    told = (K8S / "overlays/prod/notifier.env").read_text("utf-8")
    assert "HEADSUP_PUBLIC_URL=https://notify.shop.example\n" in told
    assert "HEADSUP_TRUSTED_PROXIES=1\n" in told


def test_the_secret_of_the_database_has_a_key_for_each_user() -> None:
    written = set(re.findall(r"^\| `database/([\w.-]+)`", PAGE, re.MULTILINE))
    assert written | {"ca.crt"} == SECRETS["headsup-database"]


def test_the_secrets_of_the_page_are_those_that_the_notifier_is_given() -> None:
    text = (K8S / "base/notifier/deployment.yaml").read_text("utf-8")
    container = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"][0]
    given = {
        each_["name"]: each_["valueFrom"]["secretKeyRef"]
        for each_ in container["env"]
        if each_.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == "headsup-providers"
    }
    written = re.findall(r"^    ([A-Z_]+)=", PAGE.partition("`providers.env`")[2], re.MULTILINE)
    needed = {name for name, reference in given.items() if not reference.get("optional")}
    assert set(written[:5]) == needed
    assert set(written) <= given.keys()
    assert set(written) <= settings_of("notifier").keys()


@each("target", ["order-events", "notifier", "cart-recovery", "tools"])
def test_every_image_is_built(target: str) -> None:
    (line,) = (each_ for each_ in PAGE.splitlines() if each_.strip().startswith("for target in"))
    assert target in line.removesuffix("; do").split()


WRITES = ("addresses", "db recall", "dlq", "emit", "erase")
"""Commands that need rights on Kafka or in the database which people have and services have not."""


@each("page", sorted((ROOT / "docs").rglob("*.md")))
def test_what_people_may_is_run_in_the_toolbox(page: Path) -> None:
    run = re.findall(
        r"exec[^\n]*?deploy(?:ment)?/(\S+) -- headsup ([^\n]*)", page.read_text("utf-8")
    )
    wrong = [words for where, words in run if where != "toolbox" and words.startswith(WRITES)]
    assert wrong == []
