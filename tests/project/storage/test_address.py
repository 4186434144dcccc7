"""KITH_STORAGE: what it may say, and what is refused in one line."""

import pytest
from django.core.exceptions import ValidationError

from project.storage.address import storage_of


def test_without_an_address_pictures_lie_in_the_folder() -> None:
    assert storage_of("")["BACKEND"] == "project.storage.folder.WholeFiles"


@pytest.mark.parametrize(
    ("address", "bucket", "folder", "endpoint", "region"),
    [
        ("s3://pictures", "pictures", "", None, None),
        ("s3://pictures/?region=eu-central-1", "pictures", "", None, "eu-central-1"),
        (
            "s3://my.pictures/of/kith/?endpoint=http://[::1]:9000",
            *("my.pictures", "of/kith", "http://[::1]:9000", "us-east-1"),
        ),
        (
            "s3://pictures/kith?endpoint=https%3A%2F%2Fs3.example.org&region=garage",
            *("pictures", "kith", "https://s3.example.org", "garage"),
        ),
    ],
)
def test_an_address_names_bucket_folder_endpoint_and_region(
    address: str, bucket: str, folder: str, endpoint: str | None, region: str | None
) -> None:
    storage = storage_of(address)
    assert storage["BACKEND"] == "project.storage.objects.WholeObjects"
    assert storage["OPTIONS"] == {
        "bucket_name": bucket,
        "location": folder,
        "endpoint_url": endpoint,
        "region_name": region,
    }


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("/var/lib/pictures", "only s3://"),
        ("https://s3.example.org/pictures", "only s3://"),
        ("s3://", "the bucket"),
        ("s3:pictures", "the bucket"),
        ("s3://Pictures_of_us", "the bucket"),
        ("s3://key:secret@pictures", "keys go into AWS_ACCESS_KEY_ID"),
        ("s3://pictures/../others", "the folder"),
        ("s3://pictures/a//b", "the folder"),
        ("s3://pictures#kith", "the folder"),
        ("s3://pictures?endpoint=s3.example.org", "the endpoint"),
        ("s3://pictures?endpoint=https://s3.example.org/path", "the endpoint"),
        ("s3://pictures?endpoint=https://key:secret@s3.example.org", "the endpoint"),
        ("s3://pictures?endpoint=https://s3.example.org:http", "the endpoint"),
        ("s3://pictures?region=", "the region"),
        ("s3://pictures?regoin=eu-1", "not regoin"),
        ("s3://pictures?eu-1", "no address"),
        ("s3://[pictures", "no address"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_in_one_line(address: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        storage_of(address)
    said = refused.value.message
    assert why in said
    assert "\n" not in said
    assert "secret" not in said
