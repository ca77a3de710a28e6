"""Stand-ins for the outside world, for the demo and the tests. Never part of production."""
