"""The only service that talks to people."""
