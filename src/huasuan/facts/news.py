"""What rooms announce to one another: frozen, told upwards and sideways by the bus (``store.News``)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAsked:
    """Somebody asked on a page to be called back, and nothing is known that forbids it for good (S2-13).

    The lead itself comes as a fact a moment later, ``lead`` of source ``source_system`` under ``source_key`` with
    origin ``callback``: whoever hears this need make none, only see to it that it is called at ``due_at`` and not
    before. ``number`` is in E.164 form. Told within the transaction that wrote the request down, so once for each.
    """

    workspace: int
    source_system: str
    source_key: str
    number: str
    due_at: datetime
    in_hours: bool
