"""Split a whole number of units (fen, leads, seats) so that the parts add up to the total exactly.

Method: largest remainder (Hare quota, Hamilton's method). Balinski and Young, "Fair Representation", 1982.
"""

from collections.abc import Sequence
from fractions import Fraction


def largest_remainder(shares: Sequence[Fraction | int], total: int) -> list[int]:
    """Round exact shares of an amount to whole units without losing or inventing one.

    ``shares`` are the exact amounts of each part in the unit of ``total`` (fen, for money), in any order and of any
    sign; their sum must be ``total`` or less than one unit away from it (``total`` is then their rounded sum). Returns
    one integer per share, in the same order.

    Laws: the result sums to ``total``; each part is less than one unit away from its share; a whole share stays as it
    is, so nothing goes to a part that earned nothing; of equal remainders the earlier position is served first; and
    negating shares and total negates the result, so a refund of a cost cancels it cell by cell.

    Raises ``ValueError`` when the shares do not belong to the total.
    """
    exact_sum: Fraction = sum((Fraction(share) for share in shares), Fraction(0))
    if abs(exact_sum - total) >= 1:
        raise ValueError(f"shares sum to {exact_sum}, which does not round to the total {total}")
    if next((value < 0 for value in (total, *shares) if value), False):
        # Rounding is done on the side where the amount is positive: else ties would fall on the other side of zero.
        return [-part for part in _round_up_the_largest([-share for share in shares], -total)]
    return _round_up_the_largest(shares, total)


def _round_up_the_largest(shares: Sequence[Fraction | int], total: int) -> list[int]:
    parts = [share.numerator // share.denominator for share in shares]
    missing = total - sum(parts)
    remainders = [share - part for share, part in zip(shares, parts, strict=True)]
    by_remainder = sorted(range(len(shares)), key=lambda i: remainders[i], reverse=True)  # stable: ties by position
    for i in by_remainder[:missing]:
        parts[i] += 1
    return parts


def apportion_by_weight(weights: Sequence[Fraction | int], total: int) -> list[int]:
    """Split a total in proportion to weights (minutes, calls, seats), exactly.

    ``weights`` are exact and not negative, in any unit; ``total`` may be negative (a refund). The laws of
    ``largest_remainder`` hold. Raises ``ValueError`` when a weight is negative or all are zero: who should pay is then
    unknown, and the caller has to say so.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    whole: Fraction = sum((Fraction(weight) for weight in weights), Fraction(0))
    if whole == 0:
        raise ValueError("all weights are zero")
    return largest_remainder([Fraction(weight) * total / whole for weight in weights], total)


def round_scaled(shares: Sequence[int], scale: int) -> list[int]:
    """Round amounts kept as whole multiples of ``1/scale`` of a unit, against their own rounded sum.

    The same laws as ``largest_remainder`` with ``total`` the sum rounded half to even, on plain integers: tables of
    ten thousand rows round in a few milliseconds.
    """
    whole, rest = divmod(sum(shares), scale)
    total = whole + (2 * rest > scale or (2 * rest == scale and whole % 2 == 1))
    parts = [share // scale for share in shares]
    missing = total - sum(parts)
    by_remainder = sorted(range(len(shares)), key=lambda i: shares[i] % scale, reverse=True)
    for i in by_remainder[:missing]:
        parts[i] += 1
    return parts
