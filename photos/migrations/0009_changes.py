"""Photos write their changes into the log that clients follow."""

from django.db import migrations

from project.changes.triggers import Recorded, recording

PHOTOS = Recorded(
    table="photos_photo",
    kind="photo",
    shown=[
        "library_id", "path", "size", "width", "height", "duration", "taken_at", "state", "problem",
        "scanned_at", "missing_since", "copy_of_id",
    ],
    owner_id="l.owner_id",
    library_id="l.id",
    joins="JOIN photos_library l ON l.id = r.library_id",
)

# With whom the library is shared that it leaves is told, too.
MOVED = """
    CREATE FUNCTION photos_photo_moved() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO changes_change (kind, what, object_id, owner_id, library_id)
      SELECT 'photo', 'updated', NEW.id, owner_id, id FROM photos_library WHERE id = OLD.library_id;
      RETURN NULL;
    END $body$
"""
WHEN_MOVED = """
    CREATE TRIGGER photos_photo_moved AFTER UPDATE OF library_id ON photos_photo FOR EACH ROW
    WHEN (OLD.library_id <> NEW.library_id) EXECUTE FUNCTION photos_photo_moved()
"""


class Migration(migrations.Migration):

    dependencies = [("changes", "0001_initial"), ("photos", "0008_share")]

    operations = [
        recording(PHOTOS),
        migrations.RunSQL([MOVED, WHEN_MOVED], "DROP FUNCTION photos_photo_moved CASCADE"),
    ]
