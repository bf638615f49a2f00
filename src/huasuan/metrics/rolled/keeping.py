"""Making, bringing up to date and dropping roll-ups; which ones is decided by what is asked."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from huasuan.metrics.rolled.cost_shapes import CostShape, rolled_costs
from huasuan.metrics.rolled.moved import MoveLog, log_of
from huasuan.metrics.rolled.seen import AnyRoll, AnyShape, Seen
from huasuan.metrics.rolled.shapes import Shape, rolled
from huasuan.warehouse import Cursor, DuckFile, first_row

# The first asking of a shape is answered from the star table: most questions are asked once.
_ASKED_BEFORE = 2
# A roll-up has at most so many rows, and so many times fewer than the table it stands for.
_MOST_CELLS, _FEWER, _SMALL_TABLE = 1_000_000, 4, 20_000
# Fewer rows are read as quickly as a roll-up of them is kept.
_LEAST_ROWS = 1_000_000
# Reading this many rows that moved takes some milliseconds; more are laid into the roll-ups first.
_MOST_MOVED, _AT_ONCE = 10_000, 3
_MOST_ROLLS = 200
# A roll-up gets rows for what moves; from here on they are put together again.
_GROWN, _SMALL = 2, 5_000
_IDLE_SECONDS = 900.0
_REMEMBERED = 2_000


class Rolls:
    """The roll-ups of one warehouse file.

    They hold no fact of their own: a new process starts without any. Rounds write only how far they came and what
    moved; ``tend`` makes and mends roll-ups in transactions beside them; every reader finds in its own snapshot which
    of them are true there.
    """

    def __init__(self, file: DuckFile) -> None:
        self._file = file
        self._log = MoveLog(file.writer)
        self._lock = threading.Lock()
        self._asked: OrderedDict[AnyShape, int] = OrderedDict()
        self._wanted: OrderedDict[AnyShape, bool] = OrderedDict()
        self._refused: set[AnyShape] = set()
        self._rolls: dict[int, AnyRoll] = {}
        self._cells: dict[int, tuple[int, int]] = {}
        self._used: dict[int, float] = {}
        self._made = 0
        self._round = 0
        self._prepare()

    def _prepare(self) -> None:
        writer = self._file.writer
        left = "SELECT table_name FROM duckdb_tables() WHERE regexp_matches(table_name, '^(roll_|moved_)') "
        for (table,) in writer.execute(f"{left} AND NOT temporary").fetchall():
            writer.execute(f'DROP TABLE "{table}"')
        writer.execute("CREATE TABLE roll_state AS SELECT 0::BIGINT AS round, 0::BIGINT AS epoch")
        writer.execute("CREATE TABLE roll_made (number BIGINT, upto BIGINT, epoch BIGINT, cells BIGINT)")

    # What a round does.

    def watched(self) -> Cursor:
        """The writer a round of touched rows derives with."""
        return self._log.watched()

    def close_round(self, *, everything: bool) -> int:
        """Write down, in the round's transaction, that it was and what it moved; its number."""
        number = self._round + 1
        epoch = f", epoch = {number}" if everything else ""
        self._file.writer.execute(f"UPDATE roll_state SET round = {number}{epoch}")
        if not everything:
            self._log.close_round(number)
        return number

    def committed(self, number: int) -> None:
        """The round's transaction is through."""
        self._round = number

    @property
    def round(self) -> int:
        """The last round that is through."""
        return self._round

    # What a question does.

    def seen(self, reader: Cursor) -> Seen:
        """What the snapshot of a reader holds."""
        rows = reader.execute(
            "SELECT s.round, m.number, m.upto FROM roll_state s LEFT JOIN roll_made m ON m.epoch = s.epoch"
        ).fetchall()
        upto = {number: upto for _, number, upto in rows if number is not None}
        return Seen(round=rows[0][0], upto=upto, choose=self._choose)

    def _choose(self, shape: AnyShape, there: frozenset[int]) -> AnyRoll | None:
        with self._lock:
            serving = [number for number in there if number in self._rolls and _serves(self._rolls[number], shape)]
            if not serving:
                self._note(shape)
                return None
            best = min(serving, key=lambda number: self._cells[number][1])
            self._used[best] = time.monotonic()
            return self._rolls[best]

    def _note(self, shape: AnyShape) -> None:
        if shape in self._refused:
            return
        self._asked[shape] = self._asked.pop(shape, 0) + 1
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        if self._asked[shape] >= _ASKED_BEFORE:
            self._wanted.setdefault(shape, False)

    def want(self, shape: AnyShape) -> None:
        """Make this one next, asked for or not, however small its star table is."""
        with self._lock:
            self._wanted[shape] = True

    # What is done between rounds.

    def tend(self, quiet: AbstractContextManager[object] | None = None) -> bool:
        """Make one roll-up that is wanted, or mend what needs it; whether there was anything to do.

        ``quiet`` keeps rounds away while it is entered; that is only for the moment rows begin to be caught.
        """
        quiet = nullcontext() if quiet is None else quiet
        if self._revive():
            return True
        if sum(self._log.rows.values()) > _MOST_MOVED:
            # A few at a time: all at once would hold up the questions of that second.
            self.catch_up(_AT_ONCE)
            return True
        if self._drop(quiet):
            return True
        with self._lock:
            if not self._wanted:
                return False
            shape, told = self._wanted.popitem(last=False)
            alike = [roll for roll in self._rolls.values() if _same_cuts(roll.shape, shape)]
            if any(_serves(roll, shape) for roll in alike):
                return True
            shape = _together(shape, alike)
        if told or self._is_large(shape.star):
            self._make(shape, alike, quiet)
        return True

    def _is_large(self, star: str) -> bool:
        with self._beside() as cursor:
            (rows,) = first_row(cursor, f"SELECT count(*) FROM {star}") or (0,)
        return int(rows) >= _LEAST_ROWS

    def _make(self, shape: AnyShape, alike: list[AnyRoll], quiet: AbstractContextManager[object]) -> None:
        """A new roll-up; those of the same cuts, whose sums it has as well, make room for it."""
        roll = self._numbered(shape)
        with quiet:
            for star in roll.stars:
                self._log.keep(star)
        with self._beside() as cursor:
            cells, rows = first_row(cursor, roll.cells()) or (0, 0)
            if cells > _MOST_CELLS or cells * _FEWER > max(rows, _SMALL_TABLE):
                with self._lock:
                    if len(self._refused) >= _REMEMBERED:
                        self._refused.clear()
                    self._refused.add(shape)
                return
            roll.make(cursor)
            self._enter(cursor, roll)
            for old in alike:
                self._leave(cursor, old)
        self._forget(alike)

    def _numbered(self, shape: AnyShape) -> AnyRoll:
        self._made += 1
        return rolled(self._made, shape) if isinstance(shape, Shape) else rolled_costs(self._made, shape)

    @contextmanager
    def _beside(self) -> Iterator[Cursor]:
        """A transaction beside the rounds."""
        cursor = self._file.reader()
        cursor.begin()
        try:
            yield cursor
            cursor.commit()
        finally:
            cursor.close()

    def _enter(self, cursor: Cursor, roll: AnyRoll) -> None:
        (cells,) = first_row(cursor, f"SELECT count(*) FROM {roll.table}") or (0,)
        with self._lock:
            # Before the commit: whoever sees its number there must find it here.
            self._rolls[roll.number] = roll
            self._cells[roll.number] = (cells, cells)
            self._used.setdefault(roll.number, time.monotonic())
        cursor.execute(f"INSERT INTO roll_made SELECT {roll.number}, round, epoch, {cells} FROM roll_state")

    def _leave(self, cursor: Cursor, roll: AnyRoll) -> None:
        cursor.execute(f"DELETE FROM roll_made WHERE number = {roll.number}")
        cursor.execute(f"DROP TABLE IF EXISTS {roll.table}")

    def _revive(self) -> bool:
        """After everything was derived anew, what was in use is wanted again; whether that was so."""
        with self._beside() as cursor:
            (epoch,) = first_row(cursor, "SELECT epoch FROM roll_state") or (0,)
            dead = cursor.execute(f"SELECT number FROM roll_made WHERE epoch <> {epoch}").fetchall()
            for (number,) in dead:
                self._leave(cursor, self._rolls[number])
        if not dead:
            return False
        gone = [self._rolls[number] for (number,) in dead]
        self._forget(gone)
        with self._lock:
            self._refused.clear()
            self._wanted.update((roll.shape, True) for roll in gone)
        return True

    def _forget(self, rolls: list[AnyRoll]) -> None:
        """Readers of older snapshots that still see them read the star tables."""
        with self._lock:
            for roll in rolls:
                for known in (self._rolls, self._used, self._cells):
                    known.pop(roll.number, None)

    def catch_up(self, most: int = _MOST_ROLLS) -> None:
        """Lay what moved into the roll-ups that are furthest behind, and take off the log what all of them have."""
        packed: list[AnyRoll] = []
        with self._beside() as cursor:
            (now, epoch) = first_row(cursor, "SELECT round, epoch FROM roll_state") or (0, 0)
            behind = cursor.execute(
                f"SELECT number, upto FROM roll_made WHERE epoch = {epoch} AND upto < {now} ORDER BY upto LIMIT {most}"
            ).fetchall()
            for number, upto in behind:
                roll = self._rolls[number]
                roll.catch_up(cursor, upto, now)
                cursor.execute(f"UPDATE roll_made SET upto = {now} WHERE number = {number}")
                if self._pack(cursor, roll):
                    packed.append(roll)
            (least,) = first_row(cursor, f"SELECT coalesce(min(upto), {now}) FROM roll_made WHERE epoch = {epoch}") or (
                0,
            )
            left = {}
            for star in self._log.kept:
                cursor.execute(f"DELETE FROM {log_of(star)} WHERE round <= {least}")
                (left[star],) = first_row(cursor, f"SELECT count(*) FROM {log_of(star)}") or (0,)
        self._forget(packed)
        # Rounds go on meanwhile: a few rows more or less only shift the moment of the next time.
        self._log.rows.update(left)

    def _pack(self, cursor: Cursor, roll: AnyRoll) -> bool:
        """One row a cell again, in a new table, once there are twice as many; whether that was so."""
        first, _ = self._cells[roll.number]
        (cells,) = first_row(cursor, f"SELECT count(*) FROM {roll.table}") or (0,)
        if cells <= _GROWN * first + _SMALL:
            with self._lock:
                self._cells[roll.number] = (first, cells)
            return False
        packed = self._numbered(roll.shape)
        roll.pack(cursor, packed.table)
        self._enter(cursor, packed)
        self._leave(cursor, roll)
        with self._lock:
            self._used[packed.number] = self._used[roll.number]
        return True

    def _drop(self, quiet: AbstractContextManager[object]) -> bool:
        """Let go of what nobody asked for in a while, and of more than there may be."""
        with self._lock:
            oldest = sorted(self._rolls, key=lambda number: self._used[number])
            too_many = len(oldest) - _MOST_ROLLS
            idle = time.monotonic() - _IDLE_SECONDS
            dropped = [number for at, number in enumerate(oldest) if at < too_many or self._used[number] < idle]
            gone = [self._rolls[number] for number in dropped]
        if not gone:
            return False
        with self._beside() as cursor:
            for roll in gone:
                self._leave(cursor, roll)
        self._forget(gone)
        needed = {star for roll in self._rolls.values() for star in roll.stars}
        with quiet:
            for star in self._log.kept - needed:
                self._log.forget(star)
        return True


def _serves(roll: AnyRoll, shape: AnyShape) -> bool:
    if isinstance(shape, Shape):
        return isinstance(roll.shape, Shape) and roll.shape.serves(shape)
    return isinstance(roll.shape, CostShape) and roll.shape.serves(shape)


def _same_cuts(one: AnyShape, other: AnyShape) -> bool:
    return type(one) is type(other) and one.cuts == other.cuts


def _together(shape: AnyShape, alike: list[AnyRoll]) -> AnyShape:
    """The same cuts with all that is kept of them already."""
    if isinstance(shape, Shape):
        return shape.with_sums(sum_ for roll in alike if isinstance(roll.shape, Shape) for sum_ in roll.shape.sums)
    return shape.with_costs(cost for roll in alike if isinstance(roll.shape, CostShape) for cost in roll.shape.costs)
