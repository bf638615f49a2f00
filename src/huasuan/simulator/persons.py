"""The people who call and are called: their numbers, places, companies and what is known of them."""

from datetime import datetime
from functools import cache

import numpy as np

from huasuan.contacts import place_of
from huasuan.simulator.business import AGE_BANDS, INDUSTRIES, SEGMENTS
from huasuan.simulator.world import Record, World

_PROVINCE_LOAD = {
    "广东": 16,
    "江苏": 8,
    "浙江": 8,
    "山东": 7,
    "四川": 8,
    "河南": 5,
    "陕西": 6,
    "湖北": 5,
    "北京": 5,
    "上海": 5,
}
_PREFIXES_TRIED = 6000
_SUFFIXES = 10_000
# A step without a common divisor with 10,000 walks through all endings of a number block without repeating one.
_SUFFIX_STEP = 7919
_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静强磊洋艳勇军杰娟涛明超霞平刚桂英"
_SMALL_COMPANY = 4


@cache
def number_blocks() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Mainland mobile blocks (7 digits) whose place is known, and how likely a customer has a number there."""
    rng = np.random.default_rng(86)
    heads = ("130", "131", "135", "136", "137", "138", "139", "150", "151", "158", "159", "186", "187", "188", "189")
    blocks: dict[str, float] = {}
    for head, middle in zip(
        rng.integers(0, len(heads), _PREFIXES_TRIED).tolist(),
        rng.integers(0, _SUFFIXES, _PREFIXES_TRIED).tolist(),
        strict=True,
    ):
        block = f"{heads[head]}{middle:04d}"
        place = place_of(f"+86{block}0000")
        if place.province and place.city:
            blocks[block] = _PROVINCE_LOAD.get(place.province, 1.2)
    total = sum(blocks.values())
    return tuple(blocks), tuple(weight / total for weight in blocks.values())


class Persons:
    """Everybody the business ever meets, by a running number; nobody shares a telephone number with another."""

    def __init__(self, world: World) -> None:
        self._rng = world.rng(2)
        self._names = world.rng(3)
        self._blocks, chances = number_blocks()
        self._chances = np.cumsum(chances)
        self._used = [0] * len(self._blocks)
        self._landlines = 0
        self.phones: list[str] = []
        self.company: dict[int, int] = {}
        self._companies: list[int] = []
        self.known: set[int] = set()
        self.second_phone: dict[int, str] = {}

    def meet(self, count: int, *, b2b: bool = False) -> list[int]:
        """New people; of a business list, several of them belong to one company."""
        first = len(self.phones)
        draws = self._rng.random((count, 2))
        blocks = np.searchsorted(self._chances, draws[:, 0]).clip(0, len(self._blocks) - 1).tolist()
        for block, other in zip(blocks, draws[:, 1].tolist(), strict=True):
            self.phones.append(self._landline() if b2b and other < 0.15 else self._mobile(block))
            if b2b or other < 0.03:
                self.company[len(self.phones) - 1] = self._employer(other)
        return list(range(first, first + count))

    def _mobile(self, block: int) -> str:
        while self._used[block] >= _SUFFIXES:
            block = (block + 1) % len(self._blocks)
        serial = self._used[block]
        self._used[block] += 1
        return f"+86{self._blocks[block]}{(serial * _SUFFIX_STEP + block) % _SUFFIXES:04d}"

    def _landline(self) -> str:
        self._landlines += 1
        area = ("10", "21", "28", "755", "571")[self._landlines % 5]
        return f"+86{area}{6_000_0000 + self._landlines}"

    def _employer(self, draw: float) -> int:
        """The company of a new person: often one whose people we know already."""
        if self._companies and draw > 0.5 and self._companies[-1] < _SMALL_COMPANY:
            self._companies[-1] += 1
        else:
            self._companies.append(1)
        return len(self._companies) - 1

    def customer_key(self, person: int) -> str:
        """The key of the person's customer record."""
        return f"C{person}"

    def introduce(self, person: int, known_at: datetime) -> list[tuple[str, Record]]:
        """The customer record (and the company's) of somebody we now know by name; nothing if we did already."""
        if person in self.known:
            return []
        self.known.add(person)
        company = self.company.get(person)
        found: list[tuple[str, Record]] = []
        record = self._customer(person, known_at)
        if company is not None:
            found.append(("company", self._company(company, known_at)))
            record |= {"company": f"B{company}", **self._trade(company)}
        found.append(("customer", record))
        return found

    def _customer(self, person: int, known_at: datetime) -> Record:
        draws = self._names.random(8).tolist()
        phones = [self.phones[person]]
        if draws[0] < 0.08:
            self.second_phone[person] = self._mobile(int(draws[1] * len(self._blocks)))
            phones.append(self.second_phone[person])
        record: Record = {
            "key": self.customer_key(person),
            "known_at": known_at,
            "name": _FAMILY[int(draws[2] * len(_FAMILY))] + _GIVEN[int(draws[3] * len(_GIVEN))],
            "phones": phones,
            "age_band": AGE_BANDS[int(draws[4] * len(AGE_BANDS))],
            "segment": SEGMENTS[int(draws[5] * (len(SEGMENTS) - 1))],
        }
        if draws[6] < 0.3:
            record["emails"] = [f"kehu{person}@example.com"]
        # Many live elsewhere than where they bought their number; the rest state no address.
        if draws[7] < 0.7 or len(phones) > 1 or person in self.company:
            record |= self._address(person, int(draws[1] * len(self._blocks)) if draws[7] < 0.25 else None)
        return record

    def _address(self, person: int, block: int | None) -> Record:
        place = place_of(self.phones[person] if block is None else f"+86{self._blocks[block]}0000")
        if not place.province or not place.city:
            return {"province": "广东", "city": "深圳"}
        return {"province": place.province, "city": place.city, "address": f"{place.city}市人民路{person % 300 + 1}号"}

    def _trade(self, company: int) -> Record:
        return {"industry": INDUSTRIES[company * 7 % len(INDUSTRIES)], "segment": "车队"}

    def _company(self, company: int, known_at: datetime) -> Record:
        return {
            "key": f"B{company}",
            "known_at": known_at,
            "name": f"安途{company}运输有限公司",
            **self._trade(company),
        }
