"""What code looks like: short, with few parameters, documented, and told the time."""

import ast
from collections.abc import Iterator, Sequence

from tests.architecture.source import Function, Module, is_in

MOST_LINES_OF_A_FUNCTION = 45
MOST_LINES_OF_A_FILE = 400
MOST_PARAMETERS = 6
CLOCK = "headsup.clock"
_LOOKS_AT_THE_CLOCK = {
    *(("datetime", name) for name in ("now", "utcnow", "today")),
    ("date", "today"),
    *(("time", name) for name in ("time", "time_ns")),
}


def long_functions(modules: Sequence[Module]) -> list[str]:
    """Functions that do not fit a screen, or whose parameters do not fit a head.

    A signature that somebody else prescribes says so to ruff (noqa: PLR0913), and to us.
    """
    found = []
    for module in modules:
        for function in module.functions():
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > MOST_LINES_OF_A_FUNCTION:
                found.append(module.at(function, f"{function.name} has {lines} lines"))
            prescribed = "PLR0913" in module.line(function.lineno)
            if (count := _parameters(function)) > MOST_PARAMETERS and not prescribed:
                found.append(module.at(function, f"{function.name} has {count} parameters"))
    return found


def _parameters(function: Function) -> int:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    several = [arguments.vararg, arguments.kwarg]
    names = [argument.arg for argument in named + [one for one in several if one]]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def long_files(modules: Sequence[Module]) -> list[str]:
    """Files that are too long to be about one thing."""
    counts = [(module, len(module.path.read_text().splitlines())) for module in modules]
    return [f"{m.path} has {lines} lines" for m, lines in counts if lines > MOST_LINES_OF_A_FILE]


def undocumented(modules: Sequence[Module]) -> list[str]:
    """Public functions and classes of a module without a docstring."""
    return [
        module.at(node, f"{node.name} has no docstring")
        for module in modules
        for node in module.tree.body
        if isinstance(node, Function | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]


def untouched_metrics(modules: Sequence[Module]) -> list[str]:
    """Metrics that are declared and never set: verbs of a class of metrics that nobody in their
    package uses, and metrics that no verb uses."""
    found = []
    for metrics in (module for module in modules if module.name.endswith("metrics")):
        package = metrics.name.rpartition(".")[0]
        used = {name for m in modules if m.name.startswith(package) for name in _verbs_used(m)}
        found += [
            metrics.at(verb, f"{verb.name} is never called")
            for verb in metrics.functions()
            if not verb.name.startswith("_") and verb.name not in used and _is_method(verb)
        ]
        found += _unused_attributes(metrics)
    return found


def _verbs_used(module: Module) -> Iterator[str]:
    """The methods that it calls, or hands to somebody who calls them."""
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=name)):
                yield name
            case (
                ast.keyword(value=ast.Attribute(attr=name))
                | ast.Assign(value=ast.Attribute(attr=name))
            ):
                yield name


def _is_method(function: Function) -> bool:
    return [argument.arg for argument in function.args.args[:1]] == ["self"]


def _unused_attributes(module: Module) -> Iterator[str]:
    attributes = [node for node in module.nodes if isinstance(node, ast.Attribute)]
    used = {node.attr for node in attributes if isinstance(node.ctx, ast.Load)}
    for node in attributes:
        if isinstance(node.ctx, ast.Store) and node.attr not in used:
            yield module.at(node, f"{node.attr} is never used")


def clock_readings(modules: Sequence[Module]) -> list[str]:
    """Where the wall clock is read, outside of the one module that may."""
    return [
        module.at(node, f"reads the clock: {ast.unparse(node)}")
        for module in modules
        if not is_in(module.name, [CLOCK])
        for node in _readings(module.tree)
    ]


def _readings(tree: ast.Module) -> Iterator[ast.expr]:
    """`datetime.now`, `datetime.datetime.now`, `time.time` and so on, called or passed on; and
    `time` alone when it was imported from `time`.
    """
    bare = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
        if ("time", alias.name) in _LOOKS_AT_THE_CLOCK
    }
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=name):
                if (_last(value), name) in _LOOKS_AT_THE_CLOCK:
                    yield node
            case ast.Name(id=name, ctx=ast.Load()) if name in bare:
                yield node


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
