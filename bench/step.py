"""One step of a bench in this process: ``python -m bench.step module:function '{"argument": 1}'`` prints its result."""

import sys
from importlib import import_module

import orjson


def main() -> None:
    """Run the step that the arguments name."""
    module, function = sys.argv[1].split(":")
    result = getattr(import_module(f"bench.{module}"), function)(**orjson.loads(sys.argv[2]))
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
