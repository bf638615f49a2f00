"""How the process of the service is set: its heaps, its collector of garbage, how often its threads take turns."""

import ctypes
import gc
import sys

_YOUNG_OBJECTS = 20_000
_TURN_SECONDS = 0.0005
# mallopt(3)
_M_ARENA_MAX, _HEAPS = -8, 2


def share_the_heaps() -> None:
    """Dozens of threads on two heaps of the C library (glibc): with heaps of their own they keep what they freed."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _HEAPS)


def settle() -> None:
    """Call it when everything is loaded and the threads are about to run.

    What was loaded by now stays for good, and is not searched for garbage again; a delivery makes 100,000 objects that
    all die with it. A page asks the warehouse hundreds of things, and after each would wait 5 ms for whoever has the
    interpreter.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)
    sys.setswitchinterval(_TURN_SECONDS)
