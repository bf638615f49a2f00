"""``python -m huasuan.app.cli`` is ``huasuan``."""

from huasuan.app.cli.main import main

main()
