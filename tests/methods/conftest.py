"""Settings of the property tests of this folder."""

from hypothesis import settings

# How long one example takes says how busy the machine is, not whether the law holds.
settings.register_profile("methods", deadline=None)
settings.load_profile("methods")
