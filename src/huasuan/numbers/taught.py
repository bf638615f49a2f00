"""How visitors of a business call, as learned from its own calls; kept so that every derivation goes by the same."""

from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.methods.call_matching import UNTAUGHT, MatchModel
from huasuan.numbers.tables import MATCH_MODEL

# Fewer calls than this tell less than what is true of most sites.
LEAST_CALLS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model with how many calls it was learned from, and when."""

    model: MatchModel
    calls: int
    learned_at: datetime


def learned(connection: Connection, *, workspace: int) -> Learned | None:
    """What a workspace has learned so far."""
    row = connection.execute(select(MATCH_MODEL).where(MATCH_MODEL.c.workspace == workspace)).first()
    if row is None:
        return None
    said = orjson.loads(row.model)
    regions = tuple((str(name), float(part)) for name, part in said["regions"])
    model = MatchModel(**said | {"rates": tuple(said["rates"]), "regions": regions})
    return Learned(model=model, calls=row.calls, learned_at=from_micros(row.learned_at))


def matching_of(connection: Connection, *, workspace: int) -> MatchModel:
    """By what calls of a workspace are matched."""
    found = learned(connection, workspace=workspace)
    return UNTAUGHT if found is None or len(found.model.rates) != len(UNTAUGHT.rates) else found.model


def keep_learned(connection: Connection, *, workspace: int, model: MatchModel, calls: int) -> None:
    """From now on calls are matched by this model; history follows with the next round."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"model": orjson.dumps(asdict(model)).decode(), "calls": calls, "learned_at": to_micros(now())}
    statement = dialect.insert(MATCH_MODEL).values(workspace=workspace, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["workspace"], set_=row))
