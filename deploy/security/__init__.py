"""What strangers could use: known holes in what we install, keys in our files, careless code."""
