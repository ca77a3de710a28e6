"""What a person on call is told, and when: rules for Prometheus, with their tests."""
