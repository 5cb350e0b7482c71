"""The files that administrators copy: Containerfile, compose.yaml, systemd units, proxies, docs/deploy.md."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

PROJECT: Path = settings.BASE_DIR
UNITS = sorted((PROJECT / "deploy" / "systemd").iterdir())
# What libraries read, not the settings.
OF_LIBRARIES = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
}

type Service = dict[str, object]


def text_of(name: str) -> str:
    return (PROJECT / name).read_text("utf-8")


def variables_of_settings() -> set[str]:
    return set(re.findall(r'env(?:iron)?\.\w+\(\s*"([A-Z_]+)', text_of("deskops/settings.py")))


def commands_of_deskops() -> set[str]:
    """Return the commands that bin/deskops knows, as it explains them itself."""
    printed = subprocess.run(
        [PROJECT / "bin" / "deskops", "help"], capture_output=True, text=True, check=True
    )
    return set(re.findall(r"^  deskops (\w+)", printed.stdout, re.MULTILINE))


def our_services() -> dict[str, Service]:
    """Return the services of compose.yaml that run our image."""
    services: dict[str, Service] = yaml.safe_load(text_of("compose.yaml"))["services"]
    return {name: service for name, service in services.items() if service.get("image") == "deskops"}


class TestContainerfile:
    def test_passes_hadolint(self) -> None:
        hadolint = Path(sys.executable).parent / "hadolint"

        checked = subprocess.run(
            [hadolint, PROJECT / "Containerfile"], capture_output=True, text=True, check=False
        )

        assert checked.returncode == 0, checked.stdout

    def test_runs_as_a_user_without_rights_with_pango_and_a_health_check(self) -> None:
        final = text_of("Containerfile").rpartition("\nFROM ")[2]

        assert re.search(r"^USER 10001$", final, re.MULTILINE)
        assert "libpango-1.0-0" in final
        assert "HEALTHCHECK" in final

    def test_sets_variables_that_the_settings_read(self) -> None:
        block = re.search(r"^ENV (.*?[^\\])\n", text_of("Containerfile"), re.MULTILINE | re.DOTALL)
        assert block is not None

        names = set(re.findall(r"([A-Z_]+)=", block[1]))

        assert names
        assert names <= variables_of_settings() | OF_LIBRARIES


class TestCompose:
    def test_has_portal_worker_database_cache_bucket_and_proxy(self) -> None:
        services = yaml.safe_load(text_of("compose.yaml"))["services"]

        assert {"portal", "worker", "database", "cache", "bucket", "proxy"} <= services.keys()

    @pytest.mark.parametrize("name", ["upgrade", "portal", "worker"])
    def test_runs_a_command_of_ours_on_a_read_only_root(self, name: str) -> None:
        service = our_services()[name]
        command = service["command"]

        assert isinstance(command, list)
        assert command[0] in commands_of_deskops()
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]

    def test_sets_variables_that_the_settings_read(self) -> None:
        for service in our_services().values():
            environment = service["environment"]
            assert isinstance(environment, dict)
            assert environment.keys() <= variables_of_settings() | OF_LIBRARIES

    def test_publishes_no_port_but_those_of_the_proxy(self) -> None:
        services = yaml.safe_load(text_of("compose.yaml"))["services"]

        assert [name for name, service in services.items() if "ports" in service] == ["proxy"]

    def test_declares_the_volumes_and_explains_the_variables_that_it_uses(self) -> None:
        compose = yaml.safe_load(text_of("compose.yaml"))
        mounted = {
            volume.split(":")[0]
            for service in compose["services"].values()
            for volume in service.get("volumes", ())
            if not volume.startswith((".", "/"))
        }
        comment = text_of("compose.yaml").partition("\nname:")[0]

        assert mounted == compose["volumes"].keys()
        for name in re.findall(r"\$\{([A-Z_]+):\?\}", text_of("compose.yaml")):
            assert f"{name}=" in comment


class TestSystemd:
    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
    def test_accepts_every_unit(self, tmp_path: Path) -> None:
        program = tmp_path / "bin" / "deskops"
        program.parent.mkdir()
        shutil.copy(PROJECT / "bin" / "deskops", program)
        for unit in UNITS:
            # As they are, but for the place of the program, which must be there to be accepted.
            text = unit.read_text("utf-8").replace("/opt/deskops/bin", str(program.parent))
            (tmp_path / unit.name).write_text(text, "utf-8")

        checked = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit.name for unit in UNITS)],
            capture_output=True,
            text=True,
            check=False,
        )

        assert str(tmp_path) not in checked.stderr
        assert "deskops" not in checked.stderr

    def test_runs_commands_of_ours_as_a_user_that_can_write_to_var_alone(self) -> None:
        for unit in UNITS:
            text = unit.read_text("utf-8")
            if unit.suffix == ".timer":
                continue
            commands = re.findall(r"/opt/deskops/bin/deskops (\w+)", text)

            assert commands
            assert set(commands) <= commands_of_deskops()
            assert "User=deskops" in text
            assert "ProtectSystem=strict" in text
            assert "ReadWritePaths=/opt/deskops/var\n" in text


class TestProxies:
    @pytest.mark.parametrize(
        ("file", "limit"),
        [("deploy/Caddyfile", r"max_size (\d+)MB"), ("deploy/nginx.conf", r"client_max_body_size (\d+)m;")],
    )
    def test_let_the_largest_body_through_that_the_portal_takes(self, file: str, limit: str) -> None:
        found = re.search(limit, text_of(file))

        assert found is not None
        assert int(found[1]) * 1_000_000 > settings.MAX_BODY_BYTES

    @pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not installed")
    def test_caddy_accepts_its_file(self, tmp_path: Path) -> None:
        checked = subprocess.run(
            ["caddy", "adapt", "--config", PROJECT / "deploy" / "Caddyfile", "--validate"],
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "XDG_DATA_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert checked.returncode == 0, checked.stderr


class TestDocs:
    def test_names_commands_that_exist(self) -> None:
        named = set(re.findall(r"(?:bin/deskops|`deskops) (\w+)", text_of("docs/deploy.md")))

        assert {"upgrade", "serve", "worker", "backup", "restore", "doctor", "manage"} <= named
        assert named <= commands_of_deskops()

    def test_names_variables_that_exist(self) -> None:
        named = set(re.findall(r"^([A-Z_]+)=", text_of("docs/deploy.md"), re.MULTILINE))

        assert {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BEHIND_PROXY"} <= named
        assert named <= variables_of_settings()

    def test_names_files_of_deploy_that_exist(self) -> None:
        named = set(re.findall(r"deploy/[\w./-]*\w", text_of("docs/deploy.md")))

        assert named
        assert not [name for name in named if not (PROJECT / name).exists()]

    def test_names_this_version(self) -> None:
        assert f"deskops-{settings.VERSION}.tar.gz" in text_of("docs/deploy.md")
