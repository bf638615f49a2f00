"""huasuan (话算): what every call, number, channel and agent costs and earns."""
