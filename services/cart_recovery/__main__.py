"""Starts cart_recovery: `python -m services.cart_recovery`."""

import gc

if __name__ == "__main__":
    gc.disable()  # all that is imported stays; `service.run` goes on from here

    from headsup import service
    from services.cart_recovery.reading import SERVICE
    from services.cart_recovery.wiring import main

    service.run(SERVICE, main)
