"""What holds of deploy/Dockerfile, and of what is sent to whoever builds it."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.venv import python_with
from deploy.check.ignored import Ignored

DOCKERFILE: Final = Path("deploy/Dockerfile")
IGNORE: Final = Path(".dockerignore")
TARGETS: Final = ("order-events", "notifier", "cart-recovery", "tools", "sandbox")
"""That deploy/k8s and deploy/compose.yaml run."""
_TOOL: Final = Path("tools/deploy/requirements.txt")
_FIRST_OF_NOBODY: Final = 10_000
"""Ids below belong to somebody on most machines."""
_NEVER: Final = (
    ".git/HEAD",
    ".venv/bin/python",
    "build/anything",
    "deploy/.env",
    "tests/conftest.py",
    "headsup/__pycache__/anything.pyc",
)
"""Places that hold what is nobody's business, or is large."""
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    name: str
    base: str
    """An image, or the name of another stage."""
    steps: tuple[Step, ...]


def problems(text: str, ignore: str, files: Iterable[str]) -> Iterator[str]:
    """What is wrong with a Dockerfile, and with a .dockerignore beside it, given all files of the
    repository."""
    stages = {stage.name: stage for stage in parsed(text)}
    yield from _unpinned(stages)
    for target in TARGETS:
        if target not in stages:
            yield f"there is no target {target}"
        else:
            yield from _of_target(stages[target], stages)
    yield from _astray(stages.values(), Ignored(ignore), files)


def linted(dockerfile: Path = DOCKERFILE) -> Iterator[str]:
    """What hadolint finds."""
    hadolint = python_with("deploy", _TOOL).with_name("hadolint")
    words = ("--no-color", "--failure-threshold", "info", str(dockerfile))
    found = subprocess.run([hadolint, *words], capture_output=True, text=True, check=False)
    if found.returncode:
        yield from (found.stdout + found.stderr).splitlines()


def parsed(text: str) -> list[Stage]:
    """The stages, with the variables of their FROM filled in by their defaults."""
    stages: list[Stage] = []
    defaults: dict[str, str] = {}
    for step in _steps(text):
        if step.name == "FROM":
            base, _, name = step.words.partition(" AS ")
            filled = _VARIABLE.sub(lambda found: defaults.get(found[1], ""), base)
            stages.append(Stage(name or filled, filled, ()))
        elif not stages:
            name, _, value = step.words.partition("=")
            defaults[name] = value
        else:
            last = stages.pop()
            stages.append(Stage(last.name, last.base, (*last.steps, step)))
    return stages


def _steps(text: str) -> Iterator[Step]:
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in kept.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, words = line.strip().partition(" ")
            yield Step(name.upper(), " ".join(words.split()))


def _unpinned(stages: Mapping[str, Stage]) -> Iterator[str]:
    for stage in stages.values():
        if stage.base in stages or stage.base == "scratch" or "@sha256:" in stage.base:
            continue
        if stage.base.rpartition("/")[2].partition(":")[2] in ("", "latest"):
            yield f"stage {stage.name} is built from {stage.base or 'nothing'}, which is no version"


def _of_target(target: Stage, stages: Mapping[str, Stage]) -> Iterator[str]:
    steps = list(_with_what_is_below(target, stages))
    user = next((step.words for step in steps if step.name == "USER"), "0")
    ids = [int(each) if each.isdecimal() else 0 for each in f"{user}:{user}".split(":")[:2]]
    if min(ids) < _FIRST_OF_NOBODY:
        yield f"target {target.name} runs as {user}, which is no high id"
    if not any(step.name == "ENTRYPOINT" and step.words.startswith("[") for step in steps):
        yield f"target {target.name} has no ENTRYPOINT of words: SIGTERM would end at a shell"


def _with_what_is_below(stage: Stage, stages: Mapping[str, Stage]) -> Iterator[Step]:
    """Its steps, the last first, and those of the stages that it is built from."""
    yield from reversed(stage.steps)
    if stage.base in stages:
        yield from _with_what_is_below(stages[stage.base], stages)


def _astray(stages: Iterable[Stage], ignored: Ignored, files: Iterable[str]) -> Iterator[str]:
    """What is sent and not copied, and what is copied and not sent."""
    sources = {source for stage in stages for source in _copied(stage)}
    for path in (*files, *_NEVER):
        is_wanted = any(path == each or path.startswith(f"{each}/") for each in sources)
        if path in _NEVER:
            is_wanted = False
        if is_wanted == ignored.leaves_out(path):
            yield (
                f".dockerignore leaves out {path}, which is copied"
                if is_wanted
                else f".dockerignore lets in {path}, which nothing copies"
            )


def _copied(stage: Stage) -> Iterator[str]:
    for step in stage.steps:
        if step.name in ("COPY", "ADD") and "--from=" not in step.words:
            words = [word for word in step.words.split() if not word.startswith("--")]
            yield from (word.removeprefix("./").rstrip("/") for word in words[:-1])
