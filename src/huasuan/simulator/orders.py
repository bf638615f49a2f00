"""Orders of the made-up business: what is bought, paid, received, changed, sent back and cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from huasuan.kernel.time import zone
from huasuan.simulator.business import CUSTOM_ITEM, ITEMS, PROMOTION, RETURN_REASONS, Item
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.persons import Persons
from huasuan.simulator.world import Record, World, yuan

_COMMISSION_PERCENT = 3
_TAX_PERCENT = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A lead on its way to a sale (``won``) or a refusal. ``returns`` is a factor on the chance that it comes back."""

    person: int
    lead: str
    origin_call: str | None
    agent: str | None
    opened_at: datetime
    decided_at: datetime
    won: bool
    returns: float
    b2b: bool
    promotion: str | None


class Orders:
    """Writes the dated events of each deal, and the commission that goes with it."""

    def __init__(self, world: World, persons: Persons, outbox: Outbox) -> None:
        self._world = world
        self._zone = zone(world.zone)
        self._persons = persons
        self._outbox = outbox
        self._rng = world.rng(7)
        self._serial = 0
        self.buyers: list[int] = []

    def place(self, order: Order) -> None:
        """All that will ever happen to this deal."""
        opened, kind, identity = self._rng.random(3).tolist()
        if not order.won and opened > 0.3:
            return
        self._serial += 1
        deal = f"D{self._serial}"
        named = self._naming(order, kind, identity)
        if opened < 0.4 or not order.won:
            self._event(deal, "opened", order.opened_at, named)
            self._event(deal, "stage", order.opened_at + timedelta(minutes=1), {"stage": "quote"})
        if not order.won:
            self._event(deal, "lost", order.decided_at, {"reason": RETURN_REASONS[2]})
            return
        self._win(deal, order, named)

    def _naming(self, order: Order, kind: float, identity: float) -> Record:
        """How the order system says where the sale came from: the call, the lead, or nothing at all."""
        named: Record = {}
        if kind < 0.95:
            named["lead"] = order.lead
            if order.agent:
                named["agent"] = order.agent
            if kind < 0.6 and order.origin_call:
                named["origin_call"] = order.origin_call
        if order.person in self._persons.known and identity < 0.6:
            return named | {"customer": self._persons.customer_key(order.person)}
        return named | {"phone": self._persons.phones[order.person]}

    def _win(self, deal: str, order: Order, named: Record) -> None:
        changed, unknown, cents = self._rng.random(3).tolist()
        stated = self._stated(order, unknown)
        won_at = order.decided_at
        self._event(deal, "won", won_at, {**named, **stated, "return_window_days": 0 if order.b2b else 7})
        if won_at < self._world.end:
            self.buyers.append(order.person)
        if changed < 0.05 and "lines" in stated:
            stated = {"lines": [_repriced(line, 90 + int(20 * cents)) for line in stated["lines"]]}
            self._event(deal, "changed", won_at + timedelta(hours=3), stated)
        value = sum(_fen(line["value"]) for line in stated.get("lines", ())) or _fen(stated.get("amount", "0.00"))
        commission = value * _COMMISSION_PERCENT // 100
        self._commission(f"COM-{deal}", deal, commission, won_at + timedelta(hours=4))
        self._after(deal, order, stated, commission)

    def _stated(self, order: Order, unknown: float) -> Record:
        """Lines, or a bare amount where nobody entered the goods."""
        share = self._world.unknown_cost_share
        if unknown < share / 2:
            value = self._price(CUSTOM_ITEM, 1)
            return {"amount": yuan(value), "tax": yuan(_tax(value))}
        count = 1 + int(self._rng.random() * self._rng.random() * 3)
        items = [item for item in ITEMS if item.b2b or not order.b2b][:: -1 if order.b2b else 1]
        first = int(self._rng.integers(0, len(items)))
        lines = [self._line(items[(first + step) % len(items)], order) for step in range(min(count, len(items)))]
        if unknown < share:
            lines.append(self._line(CUSTOM_ITEM, order))
        return {"lines": lines}

    def _price(self, item: Item, quantity: int) -> int:
        """Price with a discount of up to 12 %, to the fen."""
        return quantity * item.price - int(self._rng.random() * 0.12 * quantity * item.price)

    def _line(self, item: Item, order: Order) -> Record:
        quantity = 1 + int(self._rng.random() * (6 if order.b2b else 3))
        value = self._price(item, quantity)
        line: Record = {
            "product": item.product,
            "product_group": item.group,
            "quantity": quantity,
            "value": yuan(value),
            "tax": yuan(_tax(value)),
        }
        if item.margin is not None and self._rng.random() < 0.4:
            line["cost"] = yuan(int(value * (0.45 + 0.25 * self._rng.random())))
        if order.promotion:
            line["promotion"] = order.promotion
        return line

    def _after(self, deal: str, order: Order, stated: Record, commission: int) -> None:
        fate, days, part = self._rng.random(3).tolist()
        won_at = order.decided_at
        if fate < 0.04:
            cancelled = won_at + timedelta(days=1 + 3 * days)
            self._event(deal, "cancelled", cancelled, {"reason": RETURN_REASONS[2]})
            self._reverse(deal, commission, cancelled)
            return
        self._event(deal, "paid", won_at + timedelta(hours=20), {})
        self._event(deal, "received", won_at + timedelta(days=4), {})
        risk = 0.09 * order.returns * (2.0 if order.promotion == PROMOTION else 1.0)
        if fate < 0.04 + risk:
            back = won_at + timedelta(days=5 + 14 * days)
            if part < 0.55 and "lines" in stated:
                self._part_return(deal, stated["lines"], back)
                if part < 0.1:
                    self._full_return(deal, back + timedelta(days=3), commission)
            else:
                self._full_return(deal, back, commission)

    def _part_return(self, deal: str, lines: list[Record], at: datetime) -> None:
        """Part of the value: of one product, or of the whole without saying of what."""
        share, reason, stated = self._rng.random(3).tolist()
        extra: Record = {"reason": RETURN_REASONS[int(reason * 4)], "handling_cost": yuan(1500 + int(reason * 6000))}
        if stated < 0.5:
            line = lines[0]
            value = _fen(line["value"]) if share > 0.8 else int(_fen(line["value"]) * (0.1 + 0.7 * share))
            extra["lines"] = [{"product": line["product"], "value": yuan(value)}]
        else:
            extra["amount"] = yuan(int(sum(_fen(line["value"]) for line in lines) * (0.1 + 0.6 * share)))
        self._event(deal, "part_returned", at, extra)

    def _full_return(self, deal: str, at: datetime, commission: int) -> None:
        reason, lost = self._rng.random(2).tolist()
        extra: Record = {"reason": RETURN_REASONS[int(reason * 4)], "handling_cost": yuan(2000 + int(reason * 5000))}
        if lost < 0.15:
            extra["goods_lost"] = True
        self._event(deal, "returned", at, extra)
        self._reverse(deal, commission, at)

    def _reverse(self, deal: str, commission: int, at: datetime) -> None:
        """Most agents give back the commission of a sale that did not last."""
        if self._rng.random() < 0.6:
            self._event(deal, "commission_reversed", at + timedelta(minutes=5), {"commission": yuan(commission)})
            self._commission(f"COM-{deal}-R", deal, -commission, at + timedelta(minutes=5))

    def _commission(self, key: str, deal: str, fen: int, at: datetime) -> None:
        day = at.astimezone(self._zone).date()
        record = {
            "key": key,
            "known_at": at,
            "cost_kind": "commission",
            "service_from": day.isoformat(),
            "amount": yuan(fen),
            "deal": deal,
        }
        self._outbox.plan("cost", record, at)

    def _event(self, deal: str, kind: str, at: datetime, extra: Record) -> None:
        record = {"key": f"{deal}/{kind}", "known_at": at + timedelta(seconds=40), "deal": deal, "kind": kind, "at": at}
        self._outbox.plan("deal_event", record | extra, at + timedelta(seconds=40))
        if "handling_cost" in extra and self._rng.random() < 0.1:
            # The carrier's bill comes later and differs from the guess.
            later = at + timedelta(days=8)
            restated = record | extra | {"known_at": later, "handling_cost": yuan(_fen(extra["handling_cost"]) + 777)}
            self._outbox.plan("deal_event", restated, later)


def _tax(value: int) -> int:
    return round(value * _TAX_PERCENT / (100 + _TAX_PERCENT))


def _fen(text: str) -> int:
    return int(text.replace(".", ""))


def _repriced(line: Record, percent: int) -> Record:
    value = _fen(line["value"]) * percent // 100
    changed = line | {"value": yuan(value), "tax": yuan(_tax(value))}
    if "cost" in line:
        changed["cost"] = yuan(_fen(line["cost"]) * percent // 100)
    return changed
