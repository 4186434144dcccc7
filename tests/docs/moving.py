"""Servers for an installation to move to, as docs/operations.md has them made."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.buckets import KEY, SECRET, BucketServer
from tests.outside import OutsidePostgres, OutsideValkey
from tests.services import temporary_home


@contextmanager
def other_servers() -> Iterator[dict[str, str]]:
    """Start them; give what stands in the document, and what stands here in its place."""
    with ExitStack() as stack:
        folders = [stack.enter_context(temporary_home()) for _ in range(3)]
        postgres = stack.enter_context(OutsidePostgres(folders[0]))
        valkey = stack.enter_context(OutsideValkey(folders[1]))
        bucket = BucketServer(folders[2])
        bucket.start()
        stack.callback(bucket.stop)
        address = postgres.new_database("kith_moved")
        with postgres.connect("kith_moved") as connection:
            connection.execute("CREATE EXTENSION vector")
        yield {
            "postgres://kith:password@database/kith": address,
            "redis://queue:6379/0": valkey.url,
            "s3://kith-pictures/home?endpoint=https://s3.example.org&region=eu-1": bucket.address(
                "home"
            ),
            "AWS_ACCESS_KEY_ID=…": f"AWS_ACCESS_KEY_ID={KEY}",
            "AWS_SECRET_ACCESS_KEY=…": f"AWS_SECRET_ACCESS_KEY={SECRET}",
        }
