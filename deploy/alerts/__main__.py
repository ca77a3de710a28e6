"""The rules as Prometheus' operator takes them, made from the files of this folder.

python -m deploy.alerts            writes deploy/k8s/components/monitoring/rules.yaml
python -m deploy.alerts --check    exits 1 where it should have been written
"""

import sys

from deploy.alerts.component import RULE, rule


def main(arguments: list[str]) -> int:
    """Writes the file, or with `--check` only compares; the exit code."""
    if arguments == ["--check"]:
        if RULE.exists() and RULE.read_text("utf-8") == rule():
            return 0
        sys.stderr.write(f"{RULE.name} is out of date: python -m deploy.alerts\n")
        return 1
    RULE.write_text(rule(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
