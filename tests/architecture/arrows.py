"""Who may import whom: `__main__` -> shell -> pure -> contracts, and never back."""

from collections.abc import Iterable, Sequence

from tests.architecture.source import Module, imports, is_in

OURS = ("headsup", "services", "sandbox")

PURE = (
    "headsup.contracts",
    "services.cart_recovery.arrivals",
    "services.cart_recovery.asking",
    "services.cart_recovery.cart",
    "services.cart_recovery.dating",
    "services.cart_recovery.fold",
    "services.cart_recovery.lines",
    "services.cart_recovery.merging",
    "services.cart_recovery.recovery",
    "services.cart_recovery.sayings",
    "services.cart_recovery.schedule",
    "services.cart_recovery.settle",
    "services.cart_recovery.step",
    "services.cart_recovery.terms",
    "services.cart_recovery.told",
    "services.cart_recovery.visit",
    "services.notifier.answers",
    "services.notifier.bot.decide",
    "services.notifier.bot.known",
    "services.notifier.bot.links",
    "services.notifier.bot.meaning",
    "services.notifier.bot.saying",
    "services.notifier.bot.updates",
    "services.notifier.bounces",
    "services.notifier.choosing",
    "services.notifier.channels.code_words",
    "services.notifier.channels.dkim_key",
    "services.notifier.channels.dkim_signature",
    "services.notifier.channels.flowed",
    "services.notifier.consents",
    "services.notifier.identity",
    "services.notifier.languages",
    "services.notifier.page_links",
    "services.notifier.people",
    "services.notifier.plan",
    "services.notifier.priorities",
    "services.notifier.looks",
    "services.notifier.quiet",
    "services.notifier.render",
    "services.notifier.rendered",
    "services.notifier.return_path",
    "services.notifier.scoped_links",
    "services.notifier.short_links",
    "services.notifier.signed_numbers",
    "services.notifier.stopping",
    "services.notifier.texted",
    "headsup.address_names",
    "headsup.pace",
    "headsup.orders",
    "headsup.purchases",
    "headsup.shops",
    "services.order_events.facts",
    "services.order_events.fold",
    "services.order_events.audiences",
    "services.order_events.contradictions",
    "services.order_events.history",
    "services.order_events.order_steps",
    "services.order_events.order_views",
    "services.order_events.incidents",
    "services.order_events.promises",
    "services.order_events.purchases",
    "services.order_events.reconcile",
    "services.order_events.rules",
    "services.order_events.shop",
    "services.order_events.standing",
    "services.order_events.told",
    "services.order_events.trouble",
)
"""Decides, and touches nothing: everything it needs is passed in."""

IO_LIBRARIES = (
    *("aiokafka", "aiosmtplib", "alembic", "asyncio", "asyncpg", "httpx", "socket", "sqlalchemy"),
    *("starlette", "subprocess", "telegram", "threading", "twilio", "urllib.request", "uvicorn"),
)

DEVELOPMENT = ("sandbox", "tests", "bench")


def forbidden_imports(modules: Sequence[Module]) -> list[str]:
    """Every import that points the wrong way."""
    known = {module.name for module in modules}
    return [
        imported.where
        for module in modules
        for imported in imports(module, known)
        if not may_import(module.name, imported.target)
    ]


def may_import(module: str, target: str) -> bool:
    """Whether `module` may import `target`."""
    if target.endswith(".__main__"):
        return False
    if is_in(module, PURE) and not _fits_pure(target):
        return False
    if is_in(module, ["headsup"]):
        return not is_in(target, ["services", *DEVELOPMENT])
    if is_in(module, ["services"]):
        return not is_in(target, DEVELOPMENT) and not _is_another_service(module, target)
    if is_in(module, ["sandbox"]):
        return not is_in(target, ["services", "tests", "bench"])
    return True


def _fits_pure(target: str) -> bool:
    return is_in(target, PURE) if is_in(target, OURS) else not is_in(target, IO_LIBRARIES)


def _is_another_service(module: str, target: str) -> bool:
    return is_in(target, ["services"]) and target.split(".")[:2] != module.split(".")[:2]


def cycles(modules: Sequence[Module]) -> list[str]:
    """Modules that import each other in a circle, one finding per circle met."""
    known = {module.name for module in modules}
    graph = {
        module.name: {i.target for i in imports(module, known) if i.target in known} - {module.name}
        for module in modules
    }
    found: list[str] = []
    done: set[str] = set()
    for name in graph:
        _walk(name, graph, [], done, found)
    return found


def _walk(
    name: str,
    graph: dict[str, set[str]],
    path: list[str],
    done: set[str],
    found: list[str],
) -> None:
    """Depth first; coming back to a module of the present path closes a circle."""
    if name in path:
        found.append(" -> ".join([*path[path.index(name) :], name]))
        return
    if name in done:
        return
    for target in sorted(graph[name]):
        _walk(target, graph, [*path, name], done, found)
    done.add(name)


def pure_modules_that_are_missing(modules: Iterable[Module]) -> list[str]:
    """Names in PURE that no file has: a rename would switch the check off."""
    names = [module.name for module in modules]
    return [pure for pure in PURE if not any(is_in(name, [pure]) for name in names)]
