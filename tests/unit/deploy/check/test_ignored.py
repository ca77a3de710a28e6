"""A .dockerignore is understood as Docker understands it."""

from deploy.check.ignored import Ignored
from tests.support.each import each

CASES = [
    ("*", "anything", True),
    ("*", "a/b/c", True),
    ("*\n!a", "a/b/c", False),
    ("*\n!a", "b/a", True),
    ("*\n!a/b", "a/b/c", False),
    ("*\n!a/b", "a/c", True),
    ("*\n!a\na/*.pyc", "a/b.pyc", True),
    ("*\n!a\na/*.pyc", "a/b/c.pyc", False),
    ("*\n!a\n**/*.pyc", "a/b/c.pyc", True),
    ("**/__pycache__", "a/__pycache__/b.pyc", True),
    ("**/__pycache__", "__pycache__/b.pyc", True),
    ("a?c", "abc", True),
    ("a?c", "a/c", False),
    ("# a\n\n", "a", False),
    ("a\n!a\na", "a", True),
    ("/a/", "a/b", True),
    ("a.c", "abc", False),
]


@each(("text", "path", "is_left_out"), CASES)
def test_the_last_pattern_that_fits_decides(text: str, path: str, is_left_out: bool) -> None:
    assert Ignored(text).leaves_out(path) is is_left_out
