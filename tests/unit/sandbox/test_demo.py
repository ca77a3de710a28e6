"""What the demo writes for a second terminal."""

import subprocess
from pathlib import Path

from sandbox.demo import shell_lines


def test_a_shell_reads_every_value_as_it_was_whatever_stands_in_it() -> None:
    nasty = 'it\'s "$HOME" `id` \\ ; a=b&c'
    script = shell_lines({"VALUE": nasty}, Path("/a place/bin")) + 'printf "%s|%s" "$VALUE" "$PATH"'

    run = ["/bin/sh", "-c", script]
    read = subprocess.run(run, env={"PATH": "/bin"}, capture_output=True, text=True, check=True)

    assert read.stdout == f"{nasty}|/a place/bin:/bin"
