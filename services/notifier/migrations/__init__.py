"""Versioned migrations of this service's schema, applied by `headsup db migrate`."""
