"""The proxies of deploy/ before the installed portal, with other names, ports and certificates."""

import contextlib
import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tests.processes import free_port
from tests.release.installation import PASSWORD, process, run, write_old_database
from tests.release.portal import Portal

pytestmark = pytest.mark.release

DEPLOY = settings.BASE_DIR / "deploy"
# Where scripts/ensure-proxies unpacks them.
UNPACKED = settings.BASE_DIR / "var" / "proxies"
# The largest file that an import takes, in bytes.
LARGEST_IMPORT = 50 * 1024 * 1024


def program(name: str) -> str | None:
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", f"{UNPACKED}/usr/sbin", f"{UNPACKED}/usr/bin"])
    return shutil.which(name, path=path)


def write_certificate(place: Path) -> tuple[Path, Path]:
    """Write a certificate for localhost that it signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(tz=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    chain, private = place / "fullchain.pem", place / "privkey.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


def nginx_command(place: Path, *, port: str, upstream: str) -> list[str]:
    chain, private = write_certificate(place)
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    for written, here in (
        ("/etc/letsencrypt/live/portal.example.com/fullchain.pem", str(chain)),
        ("/etc/letsencrypt/live/portal.example.com/privkey.pem", str(private)),
        ("portal.example.com", "localhost"),
        ("listen [::]:443 ssl;", ""),
        ("listen [::]:80;", ""),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("listen 80", f"listen 127.0.0.1:{free_port()}"),
        ("127.0.0.1:8000", upstream),
    ):
        assert written in site
        site = site.replace(written, here)
    (place / "site.conf").write_text(site, "utf-8")
    scratch = "".join(
        f"{kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (place / "nginx.conf").write_text(
        f"daemon off;\npid {place}/pid;\nerror_log stderr;\nuser {user()};\nevents {{}}\n"
        f"http {{\naccess_log off;\n{scratch}include {place}/site.conf;\n}}\n",
        "utf-8",
    )
    return [program("nginx") or "nginx", "-e", "stderr", "-p", str(place), "-c", str(place / "nginx.conf")]


def user() -> str:
    """Return the user of nginx's processes: they must read the directory of the test."""
    return "root" if os.geteuid() == 0 else "nobody"


def caddy_command(place: Path, *, port: str, upstream: str) -> list[str]:
    # For localhost Caddy signs the certificate itself. Its port 80 and its administration stay closed.
    options = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"
    (place / "Caddyfile").write_text(options + (DEPLOY / "Caddyfile").read_text("utf-8"), "utf-8")
    return [
        program("caddy") or "caddy",
        "run",
        "--config",
        str(place / "Caddyfile"),
        "--adapter",
        "caddyfile",
    ]


@contextlib.contextmanager
def proxied(kind: str, place: Path, home: Path, **variables: str) -> Iterator[Portal]:
    """Serve the installed portal behind a proxy that ends TLS, and return it as seen from outside."""
    port, inner = str(free_port()), str(free_port())
    upstream = f"127.0.0.1:{inner}"
    place.mkdir()
    build = nginx_command if kind == "nginx" else caddy_command
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "XDG_DATA_HOME": str(place),
        "XDG_CONFIG_HOME": str(place),
        "DOMAIN": f"localhost:{port}",
        "UPSTREAM": upstream,
    }
    command = build(place, port=port, upstream=upstream)
    with process(home, "serve", "--no-worker", PORT=inner, BEHIND_PROXY="true", WEB_WORKERS="1", **variables):
        Portal(f"http://{upstream}").wait()
        running = subprocess.Popen(command, env=environment)
        try:
            portal = Portal(f"https://localhost:{port}")
            portal.wait()
            yield portal
        finally:
            running.terminate()
            running.wait(timeout=60)


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
class TestProxy:
    def test_signs_in_over_tls_and_passes_the_largest_import(
        self, kind: str, home: Path, tmp_path: Path
    ) -> None:
        if program(kind) is None:
            pytest.skip(f"{kind} is not installed")
        url = write_old_database(tmp_path / "deskops.sqlite3")
        run(home / "bin" / "deskops", "upgrade", DATABASE_URL=url)

        with proxied(kind, tmp_path / kind, home, DATABASE_URL=url) as portal:
            portal.sign_in(email="clerk@example.com", password=PASSWORD)
            page = portal.get("/account/")
            reached = portal.answers_upload("/accounts/login/", size=LARGEST_IMPORT)

        assert "clerk@example.com" in page
        assert portal.cookies()["__Host-sessionid"].secure
        assert reached
