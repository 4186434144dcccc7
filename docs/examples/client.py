"""A small client of Kith's API, with Python's standard library alone.

    KITH_TOKEN=kith_… python -m docs.examples.client http://localhost:8000

lists the people with names, and the tokens' best use: a write that may be sent again.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

TRIES = 5


class ProblemError(Exception):
    """What Kith refused, as its problem details tell it."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        wrong = [f"{each['field']}: {each['detail']}" for each in problem.get("errors", ())]
        super().__init__("; ".join(wrong) or problem["detail"])


class Kith:
    """Kith's API, signed in by a device's token."""

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base.rstrip("/"), token

    def get(self, path: str, **query: Any) -> Any:
        """Read what is at a path, such as ``people/``."""
        return self._send("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Read a list of any length."""
        page = self.get(path, **query)
        yield from page["results"]
        while page["next"]:
            # The host in it is as the server sees it: path and query are what counts.
            place = urllib.parse.urlsplit(page["next"])
            page = self.get(f"{place.path.removeprefix('/api/')}?{place.query}")
            yield from page["results"]

    def write(self, path: str, data: Any, method: str = "POST") -> Any:
        """Change something; however often it has to be sent, it is done once."""
        return self._send(method, path, data, {"Idempotency-Key": str(uuid.uuid4())})

    def _send(
        self, method: str, path: str, data: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        request = urllib.request.Request(
            f"{self.base}/api/{path}",
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )
        for attempt in range(TRIES):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    said = answer.read()
                    return json.loads(said) if said else None
            except urllib.error.HTTPError as error:
                if error.code != 429 and error.code < 500:
                    raise ProblemError(json.load(error)) from None
                time.sleep(float(error.headers.get("Retry-After", 2**attempt)))
            except urllib.error.URLError:
                time.sleep(2**attempt)  # no network for a moment
        raise TimeoutError(f"{self.base} does not answer.")


def main() -> None:
    """List the people who have names."""
    kith = Kith(sys.argv[1], os.environ["KITH_TOKEN"])
    for person in kith.pages("people/", kind="named", sort="name"):
        print(f"{person['faces']:6} {person['display_name']}")


if __name__ == "__main__":
    main()
