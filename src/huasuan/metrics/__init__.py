"""What a metric is, every definition, and the engine that answers questions with them."""
