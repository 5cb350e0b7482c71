import socket
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.test import override_settings

from deskops.management.commands.load_demo import DemoKey
from deskops.management.commands.setup_demo import kept_hash, kept_password


class TestSetupDemo:
    def test_changes_nothing_while_a_portal_runs_at_the_same_port(self) -> None:
        with socket.socket() as running:
            running.bind(("127.0.0.1", 0))
            running.listen()
            port = running.getsockname()[1]

            with (
                override_settings(HOST="127.0.0.1", PORT=port),
                mock.patch("deskops.management.commands.setup_demo.Command.prepare") as prepare,
                pytest.raises(CommandError, match=f"Port {port}"),
            ):
                call_command("setup_demo", serve=True)

        prepare.assert_not_called()


class TestKeptPassword:
    def test_is_made_up_once_and_readable_by_its_owner_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "demo-password"

        first, second = kept_password(file), kept_password(file)

        assert first == second
        assert len(first) >= 12
        assert file.stat().st_mode & 0o777 == 0o600


class TestKeptHash:
    def test_is_computed_once_for_a_password(self, tmp_path: Path) -> None:
        file = tmp_path / "demo-password.hash"

        first, second = kept_hash(file, "a password"), kept_hash(file, "a password")

        assert first == second
        assert check_password("a password", first)
        assert file.stat().st_mode & 0o777 == 0o600

    def test_is_computed_again_for_another_password(self, tmp_path: Path) -> None:
        file = tmp_path / "demo-password.hash"
        kept_hash(file, "a password")

        assert check_password("another one", kept_hash(file, "another one"))


class TestDemoKey:
    def test_knows_the_hash_it_was_given_and_checks_any_other(self) -> None:
        key = DemoKey("a password", encoded="known")

        assert key.encoded == "known"
        assert key.opens("known")
        assert not key.opens("md5$salt$something-else")
