"""What is left of somebody who refused decisions by a machine: nothing that tells them from anybody (S3-34; PIPL 24).

How the lead came may still be looked at; who it is about, and what they did, may not.
"""

from dataclasses import replace

from huasuan.leads.types import Parts, Traits

NOBODY = "nobody"
_MIDDLE = 50


def neutral(rate: float | None) -> Parts:
    """The score of anybody: the share of all leads that buy where it is known, or the middle of the rules."""
    return Parts(
        score=0.5 if rate is None else rate,
        intent=_MIDDLE,
        urgency=_MIDDLE,
        fit=_MIDDLE,
        reasons=(("opted_out", "", 0.0),),
        model=NOBODY,
    )


def unseen(traits: Traits) -> Traits:
    """What leads are given by, without what is known of the person; agents still see it."""
    return replace(traits, industry=None, region=None, interest=None)
