"""What makes a permit a permit. Only the gate's own file may import this (an import contract holds it)."""

from typing import final


@final
class Seal:
    """Known by its type alone; whoever can name this class can make permits, which is the gate."""

    __slots__ = ()
