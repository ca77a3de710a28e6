"""`make messages`: every text that we can send, written, checked, and shown on one page."""
