"""Writes what is made from the code.

python -m deploy            writes what has changed
python -m deploy --check    says what should have been written, and exits 1
"""

import sys

from deploy.made import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
