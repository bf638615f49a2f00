"""By what way a delivery came, where the service delivers to itself while it works."""

GATE, DESK, TRACKING = "gate", "desk", "tracking"
# Every few seconds one: among them nobody would find what people brought.
INNER_ORIGINS = (GATE, DESK, TRACKING)
