"""Dialling what was begun at the desk: once with its permit, or as if it had never been begun."""

from huasuan import leads
from huasuan.consent import place_call
from huasuan.kernel.errors import Conflict, HuasuanError
from huasuan.kernel.time import now
from huasuan.seams import Permit, Placed, Telephony
from huasuan.store import Store


class TelLink:
    """The plain telephony: the agent's own telephone program dials what a ``tel:`` link names."""

    def dial(self, permit: Permit) -> Placed:
        """Nothing is dialled here; the permit is used up and the browser opens the link."""
        return Placed(reference=f"tel-{permit.attempt}")


def dial_begun(store: Store, telephony: Telephony, permit: Permit, *, agent: str) -> Conflict | None:
    """Dial the call the agent has begun. What came up since the gate's answer is returned: then nothing was dialled.

    Whatever goes wrong, the agent is not left in a call that rings nowhere.
    """
    try:
        place_call(store, telephony, permit)
    except Exception as error:
        why = error.code if isinstance(error, HuasuanError) else "failed"
        with store.write() as connection:
            leads.not_dialled(connection, workspace=permit.workspace, agent=agent, why=why, at=now())
        if isinstance(error, Conflict):
            return error
        raise
    return None
