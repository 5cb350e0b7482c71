from pathlib import Path

import pytest

from deskops.storage import storage_at

FOLDER = Path("somewhere")


class TestStorageAt:
    def test_is_a_folder_that_the_portal_alone_reads(self) -> None:
        found = storage_at("", folder=FOLDER)

        assert found["BACKEND"] == "django.core.files.storage.FileSystemStorage"
        assert found["OPTIONS"] == {
            "location": FOLDER,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        }

    def test_is_a_bucket_where_one_is_named(self) -> None:
        found = storage_at("s3://files/portal/?endpoint=http://localhost:9000&region=eu-1", folder=FOLDER)

        assert found["BACKEND"] == "deskops.bucket.Bucket"
        options = found["OPTIONS"]
        assert isinstance(options, dict)
        assert options["bucket_name"] == "files"
        assert options["location"] == "portal"
        assert options["endpoint_url"] == "http://localhost:9000"
        assert options["region_name"] == "eu-1"

    @pytest.mark.parametrize("url", ["ftp://files", "s3://", "files"])
    def test_of_another_kind_stops_the_start(self, url: str) -> None:
        with pytest.raises(ValueError, match="STORAGE_URL is empty or like s3://"):
            storage_at(url, folder=FOLDER)
