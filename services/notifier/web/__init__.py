"""What the world may call: one file per provider."""
