"""Which hosts are this machine, and need no TLS; and what can be the name of one. Pure."""

from ipaddress import ip_address


def is_here(host: str) -> bool:
    """Whether a host is this machine by its name alone: `localhost`, a loopback address, or the
    directory of a Unix socket."""
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def can_be_host(name: str) -> bool:
    """Whether the system can be asked for it: no part is empty, or of 64 letters."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
