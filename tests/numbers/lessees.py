"""A process that leases numbers one after another and says which; killed or not, what it said must be true."""

import secrets
import sys

from huasuan.numbers import Asker, Asking, Desk
from huasuan.store import Store

BROWSER = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36"


def main(url: str, site_key: str, origin: str, count: int) -> None:
    store = Store(url)
    desk = Desk(store)
    sys.stdin.readline()
    for _ in range(count):
        page = Asking(site_key=site_key, visit=secrets.token_hex(16), visitor=secrets.token_hex(16))
        asker = Asker(address=secrets.token_hex(4), origin=origin, program=BROWSER)
        shown = desk.ask(page, asker).result(timeout=60)
        sys.stdout.write(f"{page.visitor} {next(iter(shown.swaps.values()))}\n")
        sys.stdout.flush()
    desk.close()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
