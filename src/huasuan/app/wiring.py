"""Where everything is put together: the rooms that fill the store's tables, and how the parts are opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from huasuan import intake, people, reports
from huasuan.app.settings import Settings, require_home
from huasuan.facts.news import CallbackAsked
from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.leads import Way, heed_wish
from huasuan.store import METADATA, FactKind, News, Store, check_schema

# Importing the rooms fills METADATA; naming them here keeps that from looking like an accident.
KINDS: dict[str, FactKind] = intake.KINDS
# Who calls and is not known, or asks to be called back, becomes a lead: the room of leads listens to these tables.
LEADS_FROM: dict[Way, FactKind] = {"call": KINDS["call"], "callback_request": KINDS["callback_request"]}
TABLES = METADATA
REPORTS = reports.STANDARD
WORKSPACES = people.WORKSPACE
# A name of the door's face is loaded when it is used: the batches' own tables come with this one.
BATCHES = intake.list_batches
WRITTEN = reports.SAVED_VIEW
# Who hears what other rooms announce (``facts/news.py``): one line each.
NEWS = News()
NEWS.hear(CallbackAsked, heed_wish)


def make_home(settings: Settings) -> None:
    """Create the data folder, readable by its owner alone.

    Raises
    ------
    Broken
        ``home_not_writable``
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _not_writable(settings) from error
    if not os.access(settings.home, os.W_OK | os.X_OK):
        raise _not_writable(settings)


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """The store, if this program fits it; closed at the end of the block."""
    store = bare_store(settings)
    try:
        check_schema(store)
        yield store
    finally:
        store.close()


def bare_store(settings: Settings) -> Store:
    """The store whatever its schema, for migrations and the doctor."""
    require_home(settings)
    return Store(settings.url)


def _not_writable(settings: Settings) -> Broken:
    return Broken(
        "home_not_writable",
        Text(zh=f"无法写入数据目录 {settings.home}", en=f"cannot write to the data folder {settings.home}"),
        Text(
            zh="请检查权限，或用 HUASUAN_HOME 指定别的目录。",
            en="Check its permissions, or name another folder with HUASUAN_HOME.",
        ),
    )
