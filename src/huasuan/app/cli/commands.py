"""Every command of the program; importing this registers them."""

from huasuan.app.cli import asking, attribute, data, files, operating, people, scoring
from huasuan.app.cli.main import app

MODULES = (data, files, asking, attribute, operating, people, scoring)
COMMANDS: tuple[str, ...] = (
    *(info.name for info in app.registered_commands if info.name),
    *(f"user {info.name}" for info in people.user.registered_commands),
    *(f"leads {info.name}" for info in scoring.leads.registered_commands),
    *(f"key {info.name}" for info in people.key.registered_commands),
)
