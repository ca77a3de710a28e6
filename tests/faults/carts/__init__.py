"""Experiments with carts: who left which, what they must hear of it, and when no more."""
