"""Print the OpenAPI description of the HTTP API; the types of the web application are made of it."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from huasuan.app.gauges import Gauges
from huasuan.app.http.application import create_app
from huasuan.app.runtime import Runtime
from huasuan.app.settings import Settings
from huasuan.app.worker.warehouses import Warehouses
from huasuan.store import Store


def description() -> dict[str, Any]:
    """The description of an application that holds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        store = Store.at(Path(folder) / "store.sqlite")
        answers = Warehouses(store, settings)
        try:
            runtime = Runtime(
                settings=settings, store=store, answers=answers, gauges=Gauges(answers.lag), owner_token=None
            )
            return create_app(runtime).openapi()
        finally:
            answers.close()
            store.close()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(description(), ensure_ascii=False, indent=1))
