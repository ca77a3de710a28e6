"""Kafka and PostgreSQL on this machine, with nothing to install or to clean up."""
