"""What a running service holds."""

from dataclasses import dataclass, field

from huasuan.app.arrivals import Arrivals
from huasuan.app.desks import Desks
from huasuan.app.gauges import Gauges
from huasuan.app.settings import Settings
from huasuan.app.worker.warehouses import Warehouses
from huasuan.people import Vault
from huasuan.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The opened parts of one service process.

    ``owner_token`` is what the command line of the same user shows to be let in; it lives as long as the process.
    """

    settings: Settings
    store: Store
    answers: Warehouses
    gauges: Gauges
    arrivals: Arrivals = field(default_factory=Arrivals)
    desks: Desks = field(default_factory=Desks)
    owner_token: str | None = None

    @property
    def vault(self) -> Vault:
        """Where secrets are kept that the store must not tell."""
        return Vault(self.settings.key_file)
