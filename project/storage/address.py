"""What KITH_STORAGE says: nothing for the folder, or the address of a bucket."""

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from django.core.exceptions import ValidationError

EXAMPLE = "s3://bucket/folder?endpoint=https://s3.example.org&region=eu-1"
# What all services take; older ones of Amazon have capitals, and are not known elsewhere.
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z0-9][a-z0-9-]*")
# What a folder in a bucket is made of: the names that Kith gives, and no way up.
FOLDER = re.compile(r"(?:[\w-][\w.-]*(?:/[\w-][\w.-]*)*)?", re.ASCII)


def storage_of(address: str) -> dict[str, Any]:
    """Return the entry of Django's STORAGES for an address; an empty one is the folder.

    Raises ValidationError, with one line, for an address that makes no sense.
    """
    if not address:
        # A photo scanned again replaces its thumbnail.
        return {
            "BACKEND": "project.storage.folder.WholeFiles",
            "OPTIONS": {"allow_overwrite": True},
        }
    return {"BACKEND": "project.storage.objects.WholeObjects", "OPTIONS": _options(address)}


def _options(address: str) -> dict[str, Any]:
    try:
        parts = urlsplit(address)
        said = dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        )
        _refuse_keys(parts)
    except ValueError:
        raise _refused("this is no address") from None
    if parts.scheme != "s3":
        raise _refused("only s3://… is known")
    if not BUCKET.fullmatch(parts.netloc):
        raise _refused("the bucket has no name that a bucket may have")
    if not FOLDER.fullmatch(parts.path.strip("/")) or parts.fragment:
        raise _refused("the folder in the bucket may have letters, digits, '-', '_', '.' and '/'")
    if unknown := sorted(set(said) - {"endpoint", "region"}):
        raise _refused(f"it may say endpoint and region, not {unknown[0]}")
    endpoint, region = said.get("endpoint"), said.get("region")
    if endpoint is not None and not _is_server(endpoint):
        raise _refused("the endpoint is an address such as https://host:port, without a path")
    if region is not None and not REGION.fullmatch(region):
        raise _refused("the region is a word such as eu-1")
    return {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": endpoint,
        # Services of others than Amazon have none, but it is part of every signature.
        "region_name": region or ("us-east-1" if endpoint else None),
    }


def _refuse_keys(parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise _refused("keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not in here")


def _is_server(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        _ = parts.port  # ValueError for one that is none
    except ValueError:
        return False
    rest = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not rest


def _refused(why: str) -> ValidationError:
    return ValidationError(f"{why}; give an address such as {EXAMPLE}")
