"""The top floor: settings, wiring, the command line, the HTTP service and the worker."""
