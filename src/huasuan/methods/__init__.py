"""Mathematics of huasuan: arrays in, results out; knows nothing of calls, stores or screens.

Use it as a plain library, one submodule per subject, e.g. ``from huasuan.methods.apportion import largest_remainder``.
"""
