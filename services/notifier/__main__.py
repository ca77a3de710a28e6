"""Starts the notifier: `python -m services.notifier`."""

import gc

if __name__ == "__main__":
    gc.disable()  # all that is imported stays; `service.run` goes on from here

    from headsup import service
    from services.notifier.batch import SERVICE
    from services.notifier.wiring import main

    service.run(SERVICE, main)
