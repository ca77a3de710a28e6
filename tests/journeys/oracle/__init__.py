"""Judges a journey from the customer's chair.

Knows what was reported and what the customer got. It knows nothing of how the services decide: no
rule, no fact and no promise of theirs is imported here.
"""
