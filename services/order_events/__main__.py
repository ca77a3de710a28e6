"""Starts order_events: `python -m services.order_events`."""

import gc

if __name__ == "__main__":
    gc.disable()  # all that is imported stays; `service.run` goes on from here

    from headsup import service
    from services.order_events.batch import SERVICE
    from services.order_events.wiring import main

    service.run(SERVICE, main)
