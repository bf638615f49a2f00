"""Sharing conversions among channels as players of a game."""

import numpy as np

from huasuan.methods.attribution import Credit
from huasuan.methods.paths import Paths, summed

SET_GAME = "set game: a coalition is worth the conversions of the paths that lie wholly inside it"


def set_shapley(found: Paths) -> Credit:
    """Shapley values of the set game: every conversion is shared evenly by the distinct channels of its path.

    The game: a coalition of channels is worth the conversions of the paths that lie wholly inside it. Its Shapley value
    has this closed form, because each path is a unanimity game of its channels; so it is exact for any number of
    channels. Order and repetition do not matter. Games of ordered paths or of conversion rates are others.

    Assumptions: (1) a path would be lost whole without any one of its channels, (2) nothing takes a channel's place.

    Shapley, "A value for n-person games", 1953; Zhao, Mahboobi and Bagheri, arXiv 1804.05327, 2018 (closed form).
    """
    size = max(len(found.channels), 1)
    pairs = np.unique(found.owners * size + found.touches)
    owners, channels = pairs // size, pairs % size
    part = 1.0 / np.bincount(owners, minlength=found.ends.size)[owners]
    return Credit(
        channels=found.channels,
        conversions=summed(channels, part * found.conversions[owners], len(found.channels)),
        value=summed(channels, part * found.value[owners], len(found.channels)),
        notes=(SET_GAME,),
    )
