"""Finding whoever answers: the service that owns the warehouse, else this process."""

import time
from collections.abc import Callable
from typing import Any

from huasuan.app.settings import Settings, require_home
from huasuan.app.worker.asking_owner import NobodyThere, send
from huasuan.app.worker.owner import Ownership, read_card
from huasuan.kernel.errors import Broken

# As long as another command line may keep the warehouse to itself.
_WAIT_SECONDS = 60.0
_PAUSE_SECONDS = 0.2


def answered(settings: Settings, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to ``/ask``, ``/behind``, a rebuild or an export, from the owner or else from here."""
    path = f"/internal/{what}" if what in {"rebuild", "lake", "train"} else f"/api/v1/{what}"
    return from_owner(settings, path, body, otherwise=lambda: _here(settings, what, body))


def from_owner(
    settings: Settings, path: str, body: dict[str, Any], *, otherwise: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """What the owner answers at ``path``; ``otherwise`` runs with the ownership taken.

    Raises
    ------
    Broken
        ``warehouse_in_use`` if somebody who does not answer keeps it too long.
    """
    require_home(settings)
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        card = read_card(settings.home)
        if card is not None:
            try:
                answer: dict[str, Any] = send(card, path, body, workspace=settings.workspace)
            except NobodyThere:
                pass
            else:
                return answer
        try:
            with Ownership(settings.home):
                return otherwise()
        except Broken as error:
            if error.code != "warehouse_in_use" or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_SECONDS)


def _here(settings: Settings, what: str, body: dict[str, Any]) -> dict[str, Any]:
    from huasuan.app import wiring
    from huasuan.app.bodies import BehindBody, QuestionBody
    from huasuan.app.worker.learning import train, train_json
    from huasuan.app.worker.warehouses import Warehouses
    from huasuan.people import workspace_named

    with wiring.open_store(settings) as store:
        with store.read() as connection:
            workspace = workspace_named(connection, settings.workspace).id
        with Warehouses(store, settings) as warehouses:
            if what == "rebuild":
                return warehouses.rebuild(workspace)
            if what == "lake":
                return warehouses.export(workspace)
            if what == "train":
                return train_json(train(store, warehouses, workspace))
            if what == "behind":
                opened = BehindBody.model_validate(body)
                return warehouses.behind(workspace, opened.asked(), opened.opening())
            return warehouses.ask(workspace, QuestionBody.model_validate(body).asked())
