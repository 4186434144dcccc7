"""A client that keeps a copy, and what the copy must be like."""

from typing import Any

from django.contrib.auth.models import User
from rest_framework.test import APIClient

from photos.access import world_for
from project.changes.kinds import KINDS

Rows = dict[tuple[str, int], Any]


def on_server(user: User, owner: User | None = None) -> Rows:
    """Return what a copy must have: of the user's own, or of what somebody shares."""
    world = world_for(user, owner.pk if owner else None)
    return {
        (kind.value, getattr(row, told.key)): told.serializer(row).data
        for kind, told in KINDS.items()
        for row in told.rows(world)
    }


class Copy:
    """A copy and how far it is; it does with each entry what docs/api.md says."""

    def __init__(self, user: User, limit: int = 1000, owner: User | None = None) -> None:
        self.client = APIClient()
        self.client.force_login(user)
        self.rows: Rows = {}
        self.since: str | None = None
        self.asked: dict[str, Any] = {"limit": limit} | ({"owner": owner.pk} if owner else {})

    def page(self, **headers: Any) -> dict[str, Any]:
        asked = self.asked | ({"since": self.since} if self.since else {})
        answer = self.client.get("/api/changes/", asked, **headers)
        assert answer.status_code == 200, answer.content
        page: dict[str, Any] = answer.json()
        for entry in page["results"]:
            self._take(entry)
        self.since = page["since"]
        return page

    def follow(self) -> list[dict[str, Any]]:
        """Take all that there is; return the entries."""
        entries = []
        while True:
            page = self.page()
            entries += page["results"]
            if not page["has_more"]:
                return entries

    def _take(self, entry: dict[str, Any]) -> None:
        if entry["change"] == "replaced":
            self.rows = {at: row for at, row in self.rows.items() if at[0] != entry["kind"]}
        elif entry["change"] == "deleted":
            self.rows.pop((entry["kind"], entry["id"]), None)
        else:
            self.rows[entry["kind"], entry["id"]] = entry["data"]
