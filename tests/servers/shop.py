"""A site with one pool, and pages that ask for numbers."""

import secrets
from dataclasses import dataclass

from huasuan.numbers import Asker, Asking, Desk, Pool, Shown, Site, SiteSettings, add_number, create_pool, create_site
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store

ORIGIN = "https://shop.example"
PAGE_NUMBER = "400-800-1234"
SWAPPED = "4008001234"
OVERFLOW = "+862100000000"
BROWSER = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A site with its pool."""

    store: Store
    workspace: int
    site: Site
    pool: Pool

    def page(self, **said: object) -> Asking:
        """A page that has just been opened by somebody new."""
        told = {"site_key": self.site.key, "visit": secrets.token_hex(16), "visitor": secrets.token_hex(16)} | said
        return Asking(**told)  # type: ignore[arg-type]

    def ask(self, desk: Desk, page: Asking, address: str | None = None, **asker: str) -> Shown:
        """What the page is told."""
        told = {"origin": ORIGIN, "program": BROWSER} | asker
        return desk.ask(page, Asker(address=address or secrets.token_hex(4), **told)).result(timeout=60)


def shop(store: Store, *, numbers: int, hold: int = 150, quiet: int = 600, new_visits: int = 30) -> Shop:
    with store.write() as connection:
        workspace = create_workspace(connection, name=secrets.token_hex(4), settings=WorkspaceSettings()).id
        site = create_site(
            connection,
            workspace=workspace,
            name="shop",
            settings=SiteSettings(origins=(ORIGIN,), overflow=OVERFLOW, new_visits=new_visits),
        )
        pool = create_pool(
            connection,
            workspace=workspace,
            site=site.id,
            name="main",
            replaces=PAGE_NUMBER,
            hold_seconds=hold,
            quiet_seconds=quiet,
        )
        for number in range(numbers):
            add_number(connection, workspace=workspace, number=f"+8610620000{number:02d}", kind="pool", pool=pool.id)
    return Shop(store=store, workspace=workspace, site=site, pool=pool)
