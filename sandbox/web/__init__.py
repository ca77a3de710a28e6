"""The demo's page: a shop's events on the left, its customers' phones on the right."""
