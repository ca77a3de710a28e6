"""This tree keeps its own rules. That each check can fail is shown in `test_checks.py`."""

import itertools
import subprocess
from pathlib import Path

import pytest

from tests.architecture import arrows, contents, shape
from tests.architecture.source import Module, files_of_the_repository, is_in, modules
from tests.fixtures.missing import missing

ROOT = Path(__file__).parents[2]


def none_of(findings: list[str]) -> None:
    """Fail with all findings, one a line, relative to the tree."""
    if findings:
        pytest.fail("\n".join(["", *findings]).replace(f"{ROOT}/", ""), pytrace=False)


@pytest.fixture(scope="module")
def files() -> list[Path]:
    try:
        return files_of_the_repository(ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        missing(f"this is no git repository, or there is no git: {error}")


@pytest.fixture(scope="module")
def everything(files: list[Path]) -> list[Module]:
    return modules(ROOT, files)


@pytest.fixture(scope="module")
def production(everything: list[Module]) -> list[Module]:
    return [module for module in everything if is_in(module.name, ["headsup", "services"])]


def test_the_tree_was_found(production: list[Module]) -> None:
    assert {"headsup.contracts.base", "services.notifier"} <= {m.name for m in production}


def test_imports_point_one_way(everything: list[Module]) -> None:
    none_of(arrows.forbidden_imports(everything))


def test_the_list_of_pure_modules_is_true(everything: list[Module]) -> None:
    none_of(arrows.pure_modules_that_are_missing(everything))


def test_no_modules_import_each_other_in_a_circle(everything: list[Module]) -> None:
    none_of(arrows.cycles(everything))


def test_the_time_is_passed_in(production: list[Module]) -> None:
    none_of(shape.clock_readings(production))


def test_nothing_is_left_in_a_session_of_the_database(production: list[Module]) -> None:
    none_of(contents.left_in_a_session(production))


def test_a_pooled_connection_sees_every_statement(production: list[Module]) -> None:
    none_of(contents.unseen_statements(production))


def test_functions_fit_a_screen(everything: list[Module]) -> None:
    none_of(shape.long_functions(everything))


def test_files_are_about_one_thing(everything: list[Module]) -> None:
    none_of(shape.long_files(everything))


def test_every_metric_is_set_somewhere(production: list[Module]) -> None:
    none_of(shape.untouched_metrics(production))


def test_what_is_public_says_what_it_is(production: list[Module]) -> None:
    none_of(shape.undocumented(production))


@pytest.mark.parametrize("name", ["production.txt", "dev.txt"])
def test_every_dependency_is_pinned_with_hashes_and_no_address(name: str) -> None:
    none_of(contents.unlocked(ROOT / "requirements" / name))


def test_locks_carry_no_address(files: list[Path]) -> None:
    locks = [file for file in files if file.name in ("package-lock.json", "requirements.txt")]
    assert {"axe", "dashboards", "sbom"} <= {file.parent.name for file in locks}
    none_of(contents.addresses([ROOT / file for file in locks]))


def test_nothing_names_a_path_of_one_machine(files: list[Path]) -> None:
    none_of(contents.machine_paths([ROOT / file for file in files]))


def test_nothing_names_a_package_registry(files: list[Path]) -> None:
    none_of(contents.registries([ROOT / file for file in files]))


def test_migrations_of_a_service_are_one_line() -> None:
    """Two that were begun at the same time bear one number, and PostgreSQL is never asked."""
    for folder in sorted((ROOT / "services").glob("*/migrations")):
        files = sorted(folder.glob("[0-9]*.py"))
        assert [file.name[:4] for file in files] == [f"{n:04}" for n in range(1, len(files) + 1)]
        for before, after in itertools.pairwise(files):
            named = f'down_revision = "{folder.parent.name}_{before.name[:4]}"'
            assert named in after.read_text("utf-8"), after
