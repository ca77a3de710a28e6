"""Every architecture check finds what it is there to find."""

from pathlib import Path

import pytest

from tests.architecture import arrows, contents, shape
from tests.architecture.source import Module, modules


def _tree(root: Path, **sources: str) -> list[Module]:
    """Modules of these names (`__` for the dot) and contents, in `root`."""
    files = []
    for name, source in sources.items():
        file = Path(*name.split("__")).with_suffix(".py")
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(source)
        files.append(file)
    return modules(root, files)


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("headsup.http", "services.notifier.plan"),
        ("headsup.http", "sandbox.parts"),
        ("services.notifier.plan", "services.order_events.facts"),
        ("services.notifier.consumer", "services.order_events.facts"),
        ("services.notifier.consumer", "sandbox.parts"),
        ("services.notifier.plan", "asyncpg"),
        ("services.notifier.plan", "starlette.requests"),
        ("services.order_events.rules.orders", "asyncio"),
        ("services.order_events.fold", "headsup.kafka.consumer"),
        ("services.order_events.fold", "services.order_events.store"),
        ("headsup.contracts.base", "headsup.clock"),
        ("services.notifier.web", "services.notifier.__main__"),
        ("sandbox.demo", "services.notifier.plan"),
        ("headsup.cli.main", "tests.fixtures"),
    ],
)
def test_an_import_the_wrong_way_is_refused(module: str, target: str) -> None:
    assert not arrows.may_import(module, target)


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("services.notifier.__main__", "services.notifier.consumer"),
        ("services.notifier.consumer", "services.notifier.plan"),
        ("services.notifier.consumer", "asyncpg"),
        ("services.notifier.plan", "headsup.contracts.base"),
        ("services.notifier.plan", "datetime"),
        ("services.order_events.rules.orders", "services.order_events.facts"),
        ("sandbox.web.app", "headsup.contracts.base"),
        ("sandbox.web.app", "starlette.requests"),
        ("tests.unit.test_x", "services.notifier.plan"),
    ],
)
def test_an_import_the_right_way_is_fine(module: str, target: str) -> None:
    assert arrows.may_import(module, target)


@pytest.mark.parametrize(
    "line",
    [
        "import services.notifier.plan",
        "import services.notifier.plan as p",
        "from services.notifier.plan import plan",
        "from services.notifier import plan",
        "from services import notifier",
        "from ..services.notifier import plan",
        "def f():\n    from services.notifier import plan",
    ],
)
def test_however_an_import_is_written_it_is_seen(line: str, tmp_path: Path) -> None:
    tree = _tree(tmp_path, headsup__http=line, services__notifier__plan="")
    assert len(arrows.forbidden_imports(tree)) == 1


def test_a_circle_is_found_through_relative_imports_too(tmp_path: Path) -> None:
    tree = _tree(
        tmp_path,
        headsup__a="from headsup import b",
        headsup__b="from .c import x",
        headsup__c="import headsup.a",
    )
    assert arrows.cycles(tree) == ["headsup.a -> headsup.b -> headsup.c -> headsup.a"]


def test_two_ways_to_the_same_module_are_no_circle(tmp_path: Path) -> None:
    tree = _tree(
        tmp_path,
        headsup__a="from headsup import b, c",
        headsup__b="from headsup import d",
        headsup__c="from headsup import d",
        headsup__d="",
    )
    assert arrows.cycles(tree) == []


def test_a_pure_module_that_was_renamed_is_missed(tmp_path: Path) -> None:
    tree = _tree(tmp_path, services__notifier__planning="")
    assert "services.notifier.plan" in arrows.pure_modules_that_are_missing(tree)


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.datetime.now(datetime.UTC)",
        "from datetime import datetime\nx = datetime.utcnow()",
        "from datetime import date\nx = date.today()",
        "import time\nx = time.time()",
        "from time import time\nx = time()",
        "from time import time_ns as t\nx = t()",
        "from dataclasses import field\nimport time\nx = field(default_factory=time.time)",
    ],
)
def test_reading_the_clock_is_found(source: str, tmp_path: Path) -> None:
    assert len(shape.clock_readings(_tree(tmp_path, services__notifier__plan=source))) == 1
    assert shape.clock_readings(_tree(tmp_path, headsup__clock=source)) == []


def test_measuring_how_long_something_took_is_fine(tmp_path: Path) -> None:
    tree = _tree(tmp_path, headsup__http="import time\nx = time.monotonic()\ny = x.time")
    assert shape.clock_readings(tree) == []


def test_a_function_of_46_lines_is_found_and_one_of_45_is_not(tmp_path: Path) -> None:
    short = "def short():\n" + "    x = 1\n" * 44
    long = "class A:\n    async def long(self):\n" + "        x = 1\n" * 45
    [found] = shape.long_functions(_tree(tmp_path, headsup__a=short + long))
    assert found.endswith("a.py:47: long has 46 lines")


def test_a_function_with_seven_parameters_is_found(tmp_path: Path) -> None:
    six = "class A:\n    def six(self, a, b, /, c, d, *, e, f): ...\n"
    seven = "def seven(a, b, c, d, e, *f, **g): ...\n"
    prescribed = "def their(a, b, c, d, e, f, g): ...  # noqa: PLR0913  their signature\n"
    [found] = shape.long_functions(_tree(tmp_path, headsup__a=six + seven + prescribed))
    assert found.endswith("a.py:3: seven has 7 parameters")


def test_a_file_of_401_lines_is_found(tmp_path: Path) -> None:
    tree = _tree(tmp_path, headsup__a="\n" * 400, headsup__b="\n" * 401)
    [found] = shape.long_files(tree)
    assert found.endswith("b.py has 401 lines")


def test_a_metric_that_is_never_set_is_found(tmp_path: Path) -> None:
    metrics = """
class Metrics:
    def __init__(self, make):
        self._read, self._lost = make("read"), make("lost")
        self._kept = make("kept")

    def read(self):
        self._read.inc()

    def kept(self):
        self._kept.inc()
"""
    tree = _tree(tmp_path, metrics=metrics, loop="metrics.read()")
    found = [finding.rpartition(": ")[2] for finding in shape.untouched_metrics(tree)]
    assert found == ["kept is never called", "_lost is never used"]


def test_public_functions_and_classes_without_docstring_are_found(tmp_path: Path) -> None:
    source = (
        'def a(): ...\nclass B: ...\nasync def c(): ...\ndef _d(): ...\ndef e():\n    """E."""\n'
    )
    found = shape.undocumented(_tree(tmp_path, headsup__a=source))
    assert [line.partition(": ")[2] for line in found] == [
        "a has no docstring",
        "B has no docstring",
        "c has no docstring",
    ]


_HASH = f"    --hash=sha256:{'0' * 64}"


@pytest.mark.parametrize(
    "lock",
    [
        "thing==1.0",
        f"thing==1.0 \\\n\nother==2 \\\n{_HASH}",
        f"thing>=1.0 \\\n{_HASH}",
        f"thing==1.0 \\\nother==2 \\\n{_HASH}",
        f"--index-url example\nthing==1.0 \\\n{_HASH}",
        f"thing @ https://shop.example/thing.whl \\\n{_HASH}",
        f"# from https://shop.example\nthing==1.0 \\\n{_HASH}",
    ],
)
def test_a_lock_with_a_gap_or_an_address_is_refused(lock: str, tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text(lock)
    assert contents.unlocked(tmp_path / "lock.txt") != []


def test_a_lock_with_hashes_alone_is_fine(tmp_path: Path) -> None:
    marker = "other[extra]==2 ; python_full_version < '3.12' \\"
    (tmp_path / "lock.txt").write_text(f"thing==1.0 \\\n{_HASH} \\\n{_HASH}\n{marker}\n{_HASH}\n")
    assert contents.unlocked(tmp_path / "lock.txt") == []


@pytest.mark.parametrize("folder", ["work", "root", "home", "Users", "tmp"])
def test_a_path_of_one_machine_is_found(folder: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text(f"fine\nsee `/{folder}/anna/notes`\n")
    assert contents.machine_paths([file]) == [
        f"{file}:2: names a path of one machine: /{folder}/a",
    ]


@pytest.mark.parametrize(
    "line",
    ["https://shop.example/home/sale", "src/" + "work/plan.py", "/", "a/" + "root/b", "/rooted/b"],
)
def test_addresses_and_relative_paths_are_no_machine_paths(line: str, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(line)
    assert contents.machine_paths([tmp_path / "notes.md"]) == []


@pytest.mark.parametrize("host", [("pypi", "org"), ("files.pythonhosted", "org")])
def test_a_package_registry_is_found(host: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(f"get it from https://{'.'.join(host)}/simple")
    assert len(contents.registries([tmp_path / "notes.md"])) == 1


def test_a_picture_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    assert contents.registries([tmp_path / "picture.png"]) == []


@pytest.mark.parametrize(
    ("statement", "is_left"),
    [
        ("SELECT pg_advisory_lock(1)", True),
        ("SELECT pg_try_advisory_lock(1)", True),
        ("SELECT pg_advisory_xact_lock(1)", False),
        ("LISTEN orders", True),
        ("SET lock_timeout = '1s'", True),
        ("SET LOCAL lock_timeout = '1s'", False),
        ("SET SESSION lock_timeout = '1s'", True),
        ("SELECT set_config('lock_timeout', '1s', false)", True),
        ("SELECT set_config('lock_timeout', $1, $2)", True),
        ("SELECT SET_CONFIG('a.b', lower($1), false), set_config('c.d', 'x', true)", True),
        ("SELECT set_config('a.b', lower($1), true), pg_catalog.set_config('c', '', TRUE )", False),
        ("UPDATE t SET state = 'x'", False),
        ("CREATE TEMP TABLE t ()", True),
        ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", True),
    ],
)
def test_what_stays_in_a_session_is_found(tmp_path: Path, statement: str, is_left: bool) -> None:
    tree = _tree(tmp_path, headsup__rows=f'ASKED = """\n    {statement}\n"""')
    assert bool(contents.left_in_a_session(tree)) == is_left


@pytest.mark.parametrize(("call", "is_seen"), [("fetchrow", True), ("executemany", False)])
def test_a_statement_that_no_pooled_connection_sees_is_found(
    tmp_path: Path, call: str, is_seen: bool
) -> None:
    text = f"async def write(connection):\n    await connection.{call}('SELECT 1')"
    assert (contents.unseen_statements(_tree(tmp_path, headsup__rows=text)) == []) is is_seen


def test_what_migrates_may_leave_something_in_its_session(tmp_path: Path) -> None:
    tree = _tree(tmp_path, headsup__migrations__online='LOCK = "SELECT pg_advisory_lock(1)"')
    assert contents.left_in_a_session(tree) == []
