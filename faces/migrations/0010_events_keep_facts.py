"""Write what was said of people before as it is written now: by facts, before and after."""

from django.db import migrations
from django.db.migrations.state import StateApps


def keep_facts(apps: StateApps, schema_editor: object) -> None:
    """Rewrite the details of renamings and deletions."""
    events = apps.get_model("faces", "LabelEvent").objects
    for event in events.filter(verb="rename").iterator():
        old = event.details
        before, after = {"name": old["before"]}, {"name": old["after"]}
        if "aliases_after" in old:
            before["aliases"], after["aliases"] = old["aliases_before"], old["aliases_after"]
        event.verb = "change-person"
        event.details = {
            "person": old["person"],
            "name": old["after"],
            "before": before,
            "after": after,
        }
        event.save(update_fields=["verb", "details"])
    for event in events.filter(verb="delete-person").iterator():
        aliases = event.details.pop("aliases", [])
        event.details["facts"] = {"name": event.details["name"], "aliases": aliases}
        event.details.setdefault("person", None)
        event.details.setdefault("rejected", [])
        event.save(update_fields=["details"])
    for event in events.filter(verb="merge").iterator():
        event.details = {"before": {}, "after": {}, "people": []} | event.details
        event.save(update_fields=["details"])


class Migration(migrations.Migration):

    dependencies = [("faces", "0009_people")]

    operations = [migrations.RunPython(keep_facts, migrations.RunPython.noop)]
