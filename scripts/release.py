"""Build dist/deskops-VERSION.tar.gz: code, collected static files and the pinned libraries for this platform.

A CycloneDX list of the libraries (`deskops-VERSION.cdx.json`) and the checksum are written next to it.

    scripts/release.py [--output DIRECTORY] [--pythons "3.12 3.13 3.14"]

The archive installs without a network (scripts/install). It holds the files that git tracks, as they are in
the working tree.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import uuid
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# What nobody needs who runs the portal.
EXCLUDED = (
    *(".ci/", ".dockerignore", ".gitignore", "Containerfile", "Makefile", "bench/", "compose.yaml"),
    *("requirements-dev.txt", "scripts/", "tests/"),
)
INCLUDED = ("scripts/find-python",)


def read_version() -> str:
    version: str = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return version


def tracked_files() -> list[str]:
    """Return the files of the release, relative to the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)  # noqa: S607
    names = listed.stdout.decode().strip("\0").split("\0")
    return [name for name in names if name in INCLUDED or not name.startswith(EXCLUDED)]


def copy_code(place: Path) -> None:
    for name in tracked_files():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, target)
    shutil.copy2(PROJECT / "scripts" / "install", place / "install")


def collect_static_files(place: Path) -> None:
    """Collect the static files into the release: the settings use `staticfiles/` where it exists."""
    (place / "staticfiles").mkdir()
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DEBUG", "TESTING"}
    }
    environment |= {
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "not used for anything",
        "ALLOWED_HOSTS": "localhost",
        "LOG_LEVEL": "ERROR",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=place, env=environment, check=True)  # noqa: S603


def download_wheels(place: Path, pythons: list[str]) -> None:
    """Download each pinned library as a wheel for this platform, its hash checked."""
    wheels = place / "wheels"
    wheels.mkdir()
    for version in pythons:
        command = [
            *(sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary", ":all:", "--require-hashes", "--python-version", version),
            *("--dest", str(wheels), "-r", str(PROJECT / "requirements.txt")),
        ]
        subprocess.run(command, check=True)  # noqa: S603
    (wheels / "pythons").write_text(" ".join(pythons) + "\n", encoding="utf-8")


def bill_of_materials(requirements: str, *, version: str) -> str:
    """Return the pinned libraries of a release as a CycloneDX document."""
    components = []
    for pin in re.split(
        r"^(?=\w)", re.sub(r"^ *#.*$", "", requirements, flags=re.MULTILINE), flags=re.MULTILINE
    ):
        found = re.match(r"([\w.-]+)==(\S+)", pin)
        if found is None:
            continue
        name, library_version = found.groups()
        purl = f"pkg:pypi/{name}@{library_version}"
        hashes = [{"alg": "SHA-256", "content": each} for each in re.findall(r"sha256:(\w+)", pin)]
        component = {"type": "library", "bom-ref": purl, "name": name, "version": library_version}
        components.append({**component, "purl": purl, "hashes": hashes})
    portal = {"type": "application", "bom-ref": "deskops", "name": "deskops", "version": version}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same libraries have the same number.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, version + requirements)}",
        "version": 1,
        "metadata": {"component": portal},
        "components": components,
        "dependencies": [{"ref": "deskops", "dependsOn": [each["bom-ref"] for each in components]}],
    }
    return json.dumps(bill, indent=1) + "\n"


def pack(place: Path, archive: Path) -> None:
    """Pack a directory so that the same files give the same archive: no owner, no times, in order."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = 0
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    # Wheels are compressed already: the least effort is enough.
    with (
        archive.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in [place, *sorted(place.rglob("*"))]:
            tar.add(path, str(path.relative_to(place.parent)), recursive=False, filter=plain)


def build(output: Path, pythons: list[str]) -> Path:
    """Build the archive, its SHA-256 sum and the list of its libraries; return the archive's path."""
    name = f"deskops-{read_version()}"
    output.mkdir(parents=True, exist_ok=True)
    archive = output / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / name
        place.mkdir()
        copy_code(place)
        collect_static_files(place)
        download_wheels(place, pythons)
        pack(place, archive)
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    requirements = (PROJECT / "requirements.txt").read_text("utf-8")
    bill = bill_of_materials(requirements, version=read_version())
    (output / f"{name}.cdx.json").write_text(bill, encoding="utf-8")
    (output / f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
    return archive


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=PROJECT / "dist")
    parser.add_argument("--pythons", default="3.12 3.13 3.14", help="versions to bring libraries for")
    options = parser.parse_args()
    print(f"Built {build(options.output, options.pythons.split())}")


if __name__ == "__main__":
    main()
