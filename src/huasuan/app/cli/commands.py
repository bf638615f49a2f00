"""Every command of the program; importing this registers them."""

from huasuan.app.cli import asking, data, files, operating
from huasuan.app.cli.main import app

MODULES = (data, files, asking, operating)
COMMANDS: tuple[str, ...] = tuple(info.name for info in app.registered_commands if info.name)
