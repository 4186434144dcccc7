"""What an export says beside people and faces: groups, searches, and what its user has chosen."""

from django.contrib.auth.models import User

from faces.actions.renumbering import Renumbering
from faces.interchange.kith import Row, renumbered_search
from faces.models import PeopleGroup, Preferences, SavedSearch


class ImportingChoices(Renumbering):
    """Takes over what a user has arranged; what is here under the same name stays."""

    def __init__(self, owner: User) -> None:
        super().__init__()
        self.owner = owner

    def take_groups(self, rows: list[Row]) -> None:
        """Take over groups of people; one of the same name here gets those of both."""
        here = {each.name.casefold(): each for each in PeopleGroup.objects.filter(owner=self.owner)}
        fresh = [
            (row, self.made(PeopleGroup, row, owner=self.owner))
            for row in rows
            if row["name"].casefold() not in here
        ]
        self.store("groups", fresh)
        here |= {group.name.casefold(): group for _, group in fresh}
        for row in rows:
            people = [self.numbers["people"].get(number) for number in row["members"]]
            here[row["name"].casefold()].people.add(*(pk for pk in people if pk))

    def take_searches(self, rows: list[Row]) -> None:
        """Take over searches; whom and what they name is looked up under its number here."""
        kept = SavedSearch.objects.filter(owner=self.owner).values_list("name", flat=True)
        here = {name.casefold() for name in kept}
        self.store(
            "searches",
            [
                (row, self.made(SavedSearch, row, owner=self.owner, query=query))
                for row in rows
                if row["name"].casefold() not in here
                for query in [renumbered_search(row["query"], self.number)]
            ],
        )

    def take_preferences(self, rows: list[Row]) -> None:
        """Take over what the user has chosen, unless something is chosen here."""
        if not Preferences.objects.filter(owner=self.owner).exists():
            self.store(
                "preferences",
                [(row, self.made(Preferences, row, owner=self.owner)) for row in rows[:1]],
            )
