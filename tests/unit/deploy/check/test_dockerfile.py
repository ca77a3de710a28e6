"""What is wrong with a Dockerfile is found, and with what is sent to whoever builds it."""

from pathlib import Path

from deploy.check.dockerfile import DOCKERFILE, IGNORE, TARGETS, parsed, problems
from deploy.check.manifests import K8S
from tests.support.each import each

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / DOCKERFILE).read_text("utf-8")
IGNORED = (ROOT / IGNORE).read_text("utf-8")
FILES = (
    "README.md",
    "deploy/Dockerfile",
    "docs/architecture.md",
    "headsup/cli/main.py",
    "pyproject.toml",
    "requirements/dev.txt",
    "requirements/production.txt",
    "sandbox/front.py",
    "services/notifier/messages/en/_bot.toml",
    "tools/axe/package.json",
    "tools/image/requirements.in",
    "tools/image/requirements.txt",
    "tools/sbom/requirements.txt",
)
CHANGED = {
    "a base of no version": (
        "PYTHON_IMAGE=python:3.11-slim-bookworm\n",
        "PYTHON_IMAGE=python\n",
        "stage build is built from python, which is no version",
    ),
    "whichever is newest": (
        "PYTHON_IMAGE=python:3.11-slim-bookworm\n",
        "PYTHON_IMAGE=images.example:5000/python:latest\n",
        "stage ground is built from images.example:5000/python:latest, which is no version",
    ),
    "runs as root": (
        "USER 65532:65532",
        "USER root",
        "target notifier runs as root, which is no high id",
    ),
    "a group of somebody": (
        "USER 65532:65532",
        "USER 65532:100",
        "target tools runs as 65532:100, which is no high id",
    ),
    "nobody is named": ("USER 65532:65532\n", "", "target tools runs as 0, which is no high id"),
    "a shell in between": (
        'ENTRYPOINT ["headsup"]',
        "ENTRYPOINT headsup",
        "target tools has no ENTRYPOINT of words: SIGTERM would end at a shell",
    ),
    "a target that is gone": ("AS sandbox", "AS stage", "there is no target sandbox"),
    "a file that is not sent": (
        "COPY services services",
        "COPY services docs ./",
        ".dockerignore leaves out docs/architecture.md, which is copied",
    ),
    "a file that nobody needs": (
        "COPY sandbox /opt/sandbox/sandbox\n",
        "",
        ".dockerignore lets in sandbox/front.py, which nothing copies",
    ),
}
SENT = {
    "the history": ("*\n", "*\n!.git\n", ".dockerignore lets in .git/HEAD, which nothing copies"),
    "passwords": ("*\n", "*\n!deploy\n", ".dockerignore lets in deploy/.env, which nothing copies"),
    "tests": ("*\n", "*\n!tests\n", "lets in tests/conftest.py, which nothing copies"),
    "what was built": ("*\n", "*\n!build\n", "lets in build/anything, which nothing copies"),
    "bytecode": ("**/__pycache__\n", "", "lets in headsup/__pycache__/anything.pyc, which nothing"),
    "less than all": ("!services\n", "", "leaves out services/notifier/messages/en/_bot.toml"),
}


def test_ours_is_as_it_should_be() -> None:
    assert list(problems(TEXT, IGNORED, FILES)) == []


@each("what", CHANGED)
def test_what_is_wrong_is_said(what: str) -> None:
    right, wrong, sentence = CHANGED[what]
    assert right in TEXT
    assert sentence in list(problems(TEXT.replace(right, wrong), IGNORED, FILES))


@each("what", SENT)
def test_what_is_sent_for_nothing_is_said(what: str) -> None:
    right, wrong, sentence = SENT[what]
    assert right in IGNORED
    found = list(problems(TEXT, IGNORED.replace(right, wrong, 1), FILES))
    assert any(sentence in each_ for each_ in found)


def test_a_digest_is_a_version() -> None:
    text = TEXT.replace("python:3.11-slim-bookworm\n", "python@sha256:0123\n")
    assert list(problems(text, IGNORED, FILES)) == []


def test_there_is_a_target_for_every_image_of_the_manifests() -> None:
    bases = (K8S / "base").rglob("*.yaml")
    lines = [line.strip() for file in bases for line in file.read_text("utf-8").splitlines()]
    images = {line.removeprefix("image: headsup-") for line in lines if line.startswith("image: ")}
    assert images == set(TARGETS) - {"sandbox"}
    assert set(TARGETS) <= {stage.name for stage in parsed(TEXT)}
