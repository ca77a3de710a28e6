"""The services. They never import each other; they meet on topics."""
