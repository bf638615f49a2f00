"""Origins that asked for the numbers of a site and are not its own: kept for the installation check, a few a site."""

from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

from sqlalchemy import Connection, delete, select

from huasuan.kernel.time import now, to_micros
from huasuan.numbers.tables import TURNED_AWAY
from huasuan.store import placeholder

# How many of a site are kept, and so how many are written in a minute at most: a flood of forged ones costs no more.
_KEPT, _MINUTE_SECONDS = 5, 60.0
_LONGEST = 200
_LATELY = timedelta(days=1)
_NOTE = (
    "INSERT INTO tracking_turned_away (site, origin, seen_at) VALUES (?, ?, ?) "
    "ON CONFLICT (site, origin) DO UPDATE SET seen_at = excluded.seen_at"
)


class TurnedAway:
    """Writes each origin down once a minute at most; which ones lately, is known in this process alone."""

    def __init__(self) -> None:
        # Of each site and origin: when it was written.
        self._written: dict[int, dict[str, float]] = {}

    def note(self, connection: Connection, *, site: int, origin: str) -> None:
        """An origin that is not the site's own has just asked; one without a name is no page of a browser."""
        named, moment = origin[:_LONGEST].replace("\0", ""), monotonic()
        mine = {one: at for one, at in self._written.get(site, {}).items() if at > moment - _MINUTE_SECONDS}
        if not named or named in mine or len(mine) >= _KEPT:
            return
        wall = to_micros(now())
        connection.exec_driver_sql(_NOTE.replace("?", placeholder(connection)), (site, named, wall))
        of_site = TURNED_AWAY.c.site == site
        latest = (
            select(TURNED_AWAY.c.origin)
            .where(of_site)
            .order_by(TURNED_AWAY.c.seen_at.desc(), TURNED_AWAY.c.origin)
            .limit(_KEPT)
        )
        connection.execute(delete(TURNED_AWAY).where(of_site, TURNED_AWAY.c.origin.not_in(latest)))
        self._written[site] = mine | {named: moment}


def turned_away(connection: Connection, *, site: int) -> Sequence[str]:
    """Origins that asked for the numbers of a site within the last day and are not its own; the latest first."""
    lately = TURNED_AWAY.c.seen_at >= to_micros(now() - _LATELY)
    query = select(TURNED_AWAY.c.origin).where(TURNED_AWAY.c.site == site, lately)
    return connection.execute(query.order_by(TURNED_AWAY.c.seen_at.desc(), TURNED_AWAY.c.origin)).scalars().all()
