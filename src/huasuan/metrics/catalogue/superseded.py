"""Definitions that were replaced by others. What was once reported can be asked again as ``key@version``.

A definition that changes leaves its old form here. A change of how star tables are derived cannot be kept so: it gives
every definition another version, and facts are derived in one way only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.calls import CONNECTED, CONVERSATIONS
from huasuan.metrics.language import Base, Metric, Ratio
from huasuan.metrics.versions import version_of

_30_SECONDS = Text(
    zh="真人接通且通话不少于30秒，并非错号、秒拒或语音信箱（此后改为按设置的秒数）。",
    en="Connected calls of at least 30 s of talk that were no wrong number, instant refusal or voicemail (since then "
    "the seconds are a setting).",
)
_SPOKE = "(disposition IS NULL OR disposition NOT IN ('wrong_number', 'instant_refusal', 'voicemail'))"
_CONVERSATIONS = replace(
    CONVERSATIONS,
    about=replace(CONVERSATIONS.about, meaning=_30_SECONDS),
    where=(*CONNECTED.where, "talk_seconds >= 30", _SPOKE),
)


def superseded(known: Mapping[str, Metric]) -> Iterator[Metric]:
    """Every earlier definition, under the name it is asked by."""
    yield _renamed(_CONVERSATIONS)
    rate = known["conversation_rate"]
    if isinstance(rate, Ratio):
        yield _renamed(replace(rate, numerator=_CONVERSATIONS))


def _renamed(metric: Base | Ratio) -> Metric:
    about = metric.about
    return replace(metric, about=replace(about, key=f"{about.key}@{version_of(metric)}", canon=about.row))


class Catalogue(dict[str, Metric]):
    """Metrics by key; beside them, not listed with them, each by ``key@version``, earlier definitions too."""

    def __init__(self, present: Mapping[str, Metric]) -> None:
        super().__init__(present)
        self._earlier = {metric.about.key: metric for metric in superseded(present)}

    def __missing__(self, key: str) -> Metric:
        name, _, version = key.partition("@")
        present = self.get(name)
        if present is not None and version == version_of(present):
            return replace(present, about=replace(present.about, key=key, canon=present.about.row))
        return self._earlier[key]

    def __contains__(self, key: object) -> bool:
        if super().__contains__(key) or key in self._earlier:
            return True
        name, at, version = str(key).partition("@")
        return bool(at) and super().__contains__(name) and version == version_of(super().__getitem__(name))

    def versions(self, key: str) -> Sequence[str]:
        """The versions of a metric that can be asked, the present one first; none if there is no such metric."""
        if not super().__contains__(key):
            return ()
        earlier = (name.partition("@") for name in self._earlier)
        return (version_of(self[key]), *(version for name, _, version in earlier if name == key))
