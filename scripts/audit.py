"""Look up the known vulnerabilities of the pinned libraries: `make audit`.

Exits with 1 where there is one. On success .ci/audited keeps the date and the sum of requirements.txt; where
no vulnerability data can be reached, that date is printed instead, and nothing is checked.
"""

import datetime as dt
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

PROJECT = Path(__file__).resolve().parent.parent
AUDITED = PROJECT / ".ci" / "audited"
PIP_AUDIT = "pip-audit==2.10.1"


class Audited(TypedDict, total=False):
    """What pip-audit says of one library; `skip_reason` where it knows nothing of it."""

    name: str
    version: str
    skip_reason: str
    vulns: list[dict[str, object]]


def look_up(requirements: Path) -> list[Audited]:
    """Return what is known of each library; an empty list where pip-audit itself failed."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    command = [
        *(uv, "tool", "run", "--from", PIP_AUDIT, "pip-audit", "--requirement", str(requirements)),
        *("--disable-pip", "--format", "json", "--progress-spinner", "off"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    try:
        found: list[Audited] = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(ran.stderr, file=sys.stderr)
        return []
    return found


def judge(libraries: list[Audited], *, content_sum: str, audited: Path) -> int:
    """Print what was found and return the exit status; note the date where all libraries were looked up."""
    vulnerable = [each for each in libraries if each.get("vulns")]
    unknown = [each["name"] for each in libraries if "skip_reason" in each]
    for each in vulnerable:
        names = ", ".join(str(vulnerability["id"]) for vulnerability in each["vulns"])
        print(f"{each['name']} {each['version']}: {names}")
    if vulnerable:
        return 1
    if libraries and not unknown:
        audited.write_text(f"{dt.datetime.now(dt.UTC).date()} {content_sum}\n", encoding="utf-8")
        print(f"No known vulnerability in {len(libraries)} libraries.")
        return 0
    date, _space, last_sum = (audited.read_text("utf-8").strip() if audited.exists() else "").partition(" ")
    print(f"No vulnerability data about {len(unknown) or 'the'} libraries could be reached.")
    if not date:
        print("Nothing was checked: these libraries were never looked up.")
        return 0
    age = (dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(date)).days
    versions = "these versions" if last_sum == content_sum else "other versions"
    print(f"Nothing was checked. Last looked up: {date}, {age} days ago, for {versions}.")
    return 0


def main() -> int:
    requirements = PROJECT / "requirements.txt"
    content_sum = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return judge(look_up(requirements), content_sum=content_sum, audited=AUDITED)


if __name__ == "__main__":
    sys.exit(main())
