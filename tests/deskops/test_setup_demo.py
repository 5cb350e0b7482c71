from pathlib import Path

from django.contrib.auth.hashers import check_password

from deskops.management.commands.load_demo import DemoKey
from deskops.management.commands.setup_demo import kept_hash, kept_password


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
