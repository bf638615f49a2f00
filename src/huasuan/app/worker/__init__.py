"""The process that owns the warehouses: lock, projector, serving."""
