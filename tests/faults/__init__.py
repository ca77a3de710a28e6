"""Experiments in what dies, breaks and comes back; what came of them is in docs/reliability.md."""
