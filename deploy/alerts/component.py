"""The rules wrapped as a PrometheusRule."""

from typing import Final

import yaml

from deploy.alerts.rules import FOLDER, groups

RULE: Final = FOLDER.parent / "k8s/components/monitoring/rules.yaml"
_HEAD: Final = "# Made by `make schemas` from deploy/alerts.\n"


def rule() -> str:
    """The file."""
    body = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "headsup"},
        "spec": {"groups": groups()},
    }
    return _HEAD + yaml.safe_dump(body, sort_keys=False, width=100, allow_unicode=True)
