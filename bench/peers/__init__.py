"""What a shop could pick instead of us, each written as a good engineer would with that tool."""
