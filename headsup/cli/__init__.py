"""The command line, `headsup`."""
