"""Headsup: what the services share. It knows no business rule."""
