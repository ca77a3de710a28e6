"""The source tree as the checks see it: modules, what they import, and files."""

import ast
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file."""

    name: str
    """As it is imported: services.notifier.plan."""
    path: Path
    is_package: bool

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.path.read_text(), str(self.path))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All of it, walked once for all checks."""
        return list(ast.walk(self.tree))

    def line(self, number: int) -> str:
        """One line of it, counted from 1."""
        return self.path.read_text().splitlines()[number - 1]

    def at(self, node: ast.stmt | ast.expr, what: str) -> str:
        """A finding, with the place where it is."""
        return f"{self.path}:{node.lineno}: {what}"

    def functions(self) -> Iterator[Function]:
        """All functions and methods, nested ones too."""
        for node in self.nodes:
            if isinstance(node, Function):
                yield node


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    target: str
    """A module of ours if there is one of this name, otherwise what the statement says."""
    where: str


def is_in(name: str, packages: Sequence[str]) -> bool:
    """Whether a module is one of these or lies in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def modules(root: Path, files: Sequence[Path]) -> list[Module]:
    """The Python files among `files`, which are relative to `root`."""
    found = []
    for file in files:
        if file.suffix == ".py":
            parts = file.with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            found.append(Module(name, root / file, is_package))
    return found


def imports(module: Module, known: set[str]) -> Iterator[Import]:
    """What a module imports, wherever in the file. `known` are the names of all our modules."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, module.at(node, f"imports {alias.name}"))
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                target = inner if inner in known else base
                yield Import(target, module.at(node, f"imports {inner}"))


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    package = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*package, *([node.module] if node.module else [])])


def files_of_the_repository(root: Path) -> list[Path]:
    """What is committed or about to be, relative to `root`. Raises OSError or CalledProcessError
    where there is no git or no repository.
    """
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True).stdout
    names = sorted(set(filter(None, listed.split("\0"))))
    return [Path(name) for name in names if (root / name).is_file()]
