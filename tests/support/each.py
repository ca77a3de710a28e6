"""Many cases in one test: every case is tried, and every one that fails is named."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

import pytest

Test = Callable[..., None]
Failure = tuple[str, BaseException]


class CasesFailedError(AssertionError):
    """What failed, by the names of the cases."""

    def __init__(self, failures: list[Failure]) -> None:
        said = "\n".join(f"{name}: {_in_words(error)}" for name, error in failures)
        super().__init__(f"of these cases, {len(failures)} failed:\n{said}")
        self.failures = failures


def each(names: str | tuple[str, ...], values: Iterable[Any]) -> Callable[[Test], Test]:
    """Like `pytest.mark.parametrize`, and may stand above or below it, but one test tries all
    values: a product of kinds, languages, channels and shops is thousands of tests, and each of
    them costs more than what it checks. What one value does to a fixture, the next one sees."""
    named = (names,) if isinstance(names, str) else names
    rows = [(value,) if isinstance(names, str) else tuple(value) for value in values]
    cases = [dict(zip(named, row, strict=True)) for row in rows]
    if not cases:
        raise ValueError(f"no value of {names} would be tried")

    def decorate(test: Test) -> Test:
        @wraps(test)
        def try_each(**given: Any) -> None:
            if failures := list(_failures(test, cases, given)):
                raise CasesFailedError(failures) from failures[0][1]

        signature = inspect.signature(test)
        left = [p for p in signature.parameters.values() if p.name not in named]
        vars(try_each)["__signature__"] = signature.replace(parameters=left)
        return try_each

    return decorate


def _failures(
    test: Test, cases: Iterable[Mapping[str, Any]], given: Mapping[str, Any]
) -> Iterator[Failure]:
    for case in cases:
        name = "-".join(map(_name_of, case.values()))
        try:
            test(**given, **case)
        except CasesFailedError as inner:
            yield from ((f"{name}-{below}", error) for below, error in inner.failures)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 raised with the others
            yield name, error


def _name_of(value: object) -> str:
    name = value if isinstance(value, str) else getattr(value, "__name__", None)
    return str(name or getattr(value, "name", value))


def _in_words(error: BaseException) -> str:
    is_assertion = isinstance(error, AssertionError | pytest.fail.Exception)
    return str(error) if is_assertion else f"{type(error).__name__}: {error}"
