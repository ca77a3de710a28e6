"""The shops that we speak for: who they are, and what they promise."""
