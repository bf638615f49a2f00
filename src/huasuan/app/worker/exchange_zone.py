"""Which time zone an Asterisk exchange writes its logs in, found from the logs themselves."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from huasuan.kernel.time import zone

# A channel's id holds the seconds since 1970 at which it began; its line says the same moment on the local clock.
_ID = re.compile(rb"(?<![\d.])(1\d{9})\.\d+")
_STAMP = re.compile(rb"(20\d\d)-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)")
_LINES = 500
_QUARTER = 900


def zone_of_logs(paths: Sequence[Path], *, usual: str) -> str:
    """The zone in which most lines agree with their channel ids; ``usual`` where it fits, or nothing can be told."""
    votes: Counter[int] = Counter()
    at = datetime.now(UTC)
    for path in paths:
        with path.open("rb") as file:
            for line in islice(file, _LINES):
                began, stamp = _ID.search(line), _STAMP.search(line)
                if began is None or stamp is None:
                    continue
                year, month, day, hour, minute, second = map(int, stamp.groups())
                try:
                    shown = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
                except ValueError:
                    continue
                at = datetime.fromtimestamp(int(began[1]), UTC)
                votes[round((shown - at).total_seconds() / _QUARTER)] += 1
    if not votes:
        return usual
    ahead = votes.most_common(1)[0][0] * _QUARTER
    offset = zone(usual).utcoffset(at)
    if offset is not None and offset.total_seconds() == ahead:
        return usual
    hours, rest = divmod(ahead, 3600)
    if rest or not -12 <= hours <= 14:
        return usual
    # POSIX counts the other way round: Etc/GMT-8 is eight hours ahead of UTC.
    return "UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"
