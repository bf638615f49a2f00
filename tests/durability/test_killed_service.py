"""kill -9 of the running service: no acknowledged fact is lost, none doubled, the warehouse equals a rebuild."""

import http.client
import json
import threading
import urllib.request
from pathlib import Path

from durability.killing import ROUNDS, differences_from_rebuild, kill, moments, new_home, start
from huasuan.people import create_api_key
from huasuan.store import Store

BATCH = 40


class Client:
    """Sends batches to a service until it dies, and remembers what was acknowledged."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._sent = 0
        self.acknowledged: set[str] = set()
        self.unsure: list[dict[str, object]] = []

    def send_until_it_dies(self, address: str) -> None:
        """Batches of new calls and of corrections, first of all the one whose answer never came."""
        while True:
            batch = self.unsure or self._next()
            self.unsure = batch
            try:
                answers = self._post(address, batch)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                # Killed before, while or after it answered.
                return
            assert all(answer["status"] != "refused" for answer in answers), answers
            self.acknowledged |= {str(record["key"]) for record in batch}
            self.unsure = []

    def _next(self) -> list[dict[str, object]]:
        first = self._sent
        self._sent += BATCH
        return [
            {
                "key": f"call-{number}",
                "direction": "out",
                "dialed_at": f"2026-0{1 + number % 9}-10T02:{number % 60:02d}:00Z",
                "called": f"139{number % 5000:08d}",
                "result": "human",
                "talk_seconds": 30 + number % 90,
                "agent": f"A{number % 7}",
            }
            for number in range(first, first + BATCH)
        ]

    def _post(self, address: str, batch: list[dict[str, object]]) -> list[dict[str, object]]:
        request = urllib.request.Request(  # noqa: S310
            f"{address}/api/v1/facts/call",
            data=json.dumps(batch).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            found: list[dict[str, object]] = json.loads(response.read())["items"]
        return found


def _stored(store: Store) -> dict[str, int]:
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT source_key, count(*) FROM fact_call GROUP BY source_key").fetchall()
    return {str(key): int(number) for key, number in rows}


def test_no_acknowledged_fact_is_lost_or_doubled(tmp_path: Path, sqlite_template: Path) -> None:
    home, store, workspace = new_home(tmp_path, sqlite_template)
    with store.write() as connection:
        key = create_api_key(connection, workspace=workspace.id, name="test")
    client = Client(key)
    random = moments("service")
    for _ in range(ROUNDS):
        before = len(client.acknowledged)
        process = start(["-m", "huasuan.app.cli", "serve"], {"HUASUAN_HOME": str(home), "HUASUAN_PORT": "0"})
        assert process.stdout is not None
        said = ""
        while "http://" not in said:
            said = process.stdout.readline()
            assert said, "the service ended before it answered"
        address = "http://" + said.split("http://")[1].split()[0].rstrip("/，。")
        sender = threading.Thread(target=client.send_until_it_dies, args=(address,))
        sender.start()
        sender.join(timeout=random.uniform(0.3, 3.0))
        kill(process)
        sender.join(timeout=60)
        assert not sender.is_alive()
        stored = _stored(store)
        assert client.acknowledged <= set(stored)
        assert set(stored.values()) <= {1}
        assert len(client.acknowledged) >= before
    assert client.acknowledged
    assert differences_from_rebuild(home / "warehouse" / f"{workspace.id}.duckdb", store) == []
    store.close()
