"""Every address of the service with what it demands; the documentation and the security tests walk this."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from huasuan.app.http.access import Needs, own_account
from huasuan.app.http.health import scraper_only
from huasuan.app.http.internal import owner_only
from huasuan.people import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One method of one path.

    rights: any one of them opens it. own: it belongs to whoever is signed in. command: for our own command line.
    scraper: for whoever gathers the counters, by a token or from this machine. Without any of the four it is open to
    everybody.
    """

    method: str
    path: str
    operation: str
    rights: tuple[Right, ...]
    own: bool
    command: bool
    scraper: bool

    @property
    def demand(self) -> str:
        """What it demands, in a word or two."""
        if self.rights:
            return " / ".join(self.rights)
        if self.scraper:
            return "token / this machine"
        return "own" if self.own else "open"


def addresses(app: FastAPI) -> Iterator[Address]:
    """All addresses of the application, in their order."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if not isinstance(context.original_route, APIRoute) or dependant is None:
            continue
        calls = list(_calls(dependant))
        rights = tuple(right for call in calls if isinstance(call, Needs) for right in call.rights)
        for method in sorted(context.methods or ()):
            yield Address(
                method=method,
                path=context.path or "",
                operation=context.unique_id,
                rights=rights,
                own=own_account in calls,
                command=owner_only in calls,
                scraper=scraper_only in calls,
            )


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        if inner.call is not None:
            yield inner.call
        yield from _calls(inner)
