"""What docs/operating/install.md has an operator copy is right as it stands there."""

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from deploy.check.manifests import K8S, KUSTOMIZE, build, parse
from deploy.check.rules import RULES
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


def test_the_lines_for_an_overlay_fit_into_it(tmp_path: Path) -> None:
    is_there = KUSTOMIZE.exists() or shutil.which("kubectl")
    if not is_there and not os.environ.get("CI"):
        pytest.skip("there is neither kubectl nor `make kustomize` here")
    shutil.copytree(K8S, tmp_path / "k8s")
    shutil.copytree(K8S.parent / "dashboards", tmp_path / "dashboards")  # of a component
    file = tmp_path / "k8s/overlays/prod/kustomization.yaml"
    file.write_text(file.read_text("utf-8") + block("yaml"))
    manifests = parse(build(file.parent))
    assert [problem for rule in RULES for problem in rule(manifests)] == []
    (notifier,) = (each_ for each_ in manifests if str(each_) == "Deployment notifier")
    (container,) = (each_ for each_ in notifier.containers() if each_.runs_on)
    told = {each_["name"]: each_.get("value") for each_ in container.body["env"]}
    assert told["HEADSUP_PUBLIC_URL"] == "https://notify.shop.example"
    assert told["HEADSUP_TRUSTED_PROXIES"] == "1"


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
