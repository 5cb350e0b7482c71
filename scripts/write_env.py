"""Write var/deskops.env, the configuration of `make run`, once; it can be edited afterwards.

Runs before Django can: the settings do not load without a secret key.
"""

import secrets
from pathlib import Path

ENV_FILE = Path(__file__).resolve().parent.parent / "var" / "deskops.env"

TEMPLATE = """\
# Written by `make run` for this machine; README.md explains each variable.
# A variable of the environment overrides a line here.
SECRET_KEY={secret_key}
ALLOWED_HOSTS=localhost,127.0.0.1,[::1]
HTTPS=false
"""


def write_env(path: Path) -> bool:
    """Write the file where there is none, readable only by its owner, and return whether it was written."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # Renamed once it is complete: half a file would stop every later start.
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(TEMPLATE.format(secret_key=secrets.token_urlsafe(50)), encoding="utf-8")
    draft.rename(path)
    return True


if __name__ == "__main__":
    write_env(ENV_FILE)
