"""What happens to orders: the world draws it, and shops and carriers report it as they do."""
