"""What Headsup costs beside bare loops of the same libraries, on real parts, in one run."""
