"""Keeps the truth of every order and what its customer was told; asks for the difference."""
