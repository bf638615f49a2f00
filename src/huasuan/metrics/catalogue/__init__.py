"""Every metric of huasuan, each defined once. A new one is written in the file of its subject and nowhere else."""

from huasuan.metrics.catalogue import (
    answering,
    calls,
    campaigns,
    deals,
    journeys,
    leads,
    listening,
    money,
    people,
    protection,
    results,
    selling,
    sequels,
)
from huasuan.metrics.catalogue.superseded import Catalogue
from huasuan.metrics.language import catalogue

_SUBJECTS = (
    calls,
    answering,
    results,
    sequels,
    people,
    campaigns,
    leads,
    selling,
    deals,
    money,
    journeys,
    listening,
    protection,
)
METRICS = Catalogue(catalogue([metric for subject in _SUBJECTS for metric in subject.METRICS]))
