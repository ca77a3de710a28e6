"""What operators run Headsup with, and what checks it."""
