"""People, faces and standing guesses write their changes into the log that clients follow."""

from django.db import migrations

from project.changes.triggers import Recorded, recording

OF_PHOTO = "photos_photo p ON p.id = {} JOIN photos_library l ON l.id = p.library_id"
PEOPLE = Recorded(
    table="faces_person",
    kind="person",
    shown=[
        "owner_id", "name", "aliases", "birth_date", "is_favourite", "is_hidden", "cover_id",
        "created_at",
    ],
)
FACES = Recorded(
    table="faces_face",
    kind="face",
    shown=[
        "photo_id", "left", "top", "width", "height", "time_offset", "seen_at", "person_id",
        "labelled_at", "quality", "size_px", "sharpness", "exposure", "pose", "likelihood",
        "detector", "detector_score",
    ],
    owner_id="l.owner_id",
    library_id="l.id",
    joins=f"JOIN {OF_PHOTO.format('r.photo_id')}",
)
GUESSES = Recorded(
    table="faces_guess",
    kind="guess",
    shown=[
        "face_id", "training_id", "cluster_person_id", "cluster_probability", "class_person_id",
        "class_probability", "runner_up_id", "runner_up_probability",
    ],
    object_id="r.face_id",
    owner_id="t.owner_id",
    library_id="p.library_id",
    # Those that Train writes aside are told all together, when they stand.
    joins=(
        "JOIN faces_training t ON t.id = r.training_id AND t.is_current"
        " LEFT JOIN faces_face f ON f.id = r.face_id LEFT JOIN photos_photo p ON p.id = f.photo_id"
    ),
)

SWITCH = """
    CREATE FUNCTION faces_training_changes() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
      stood boolean := TG_OP <> 'INSERT' AND OLD.is_current;
      stands boolean := TG_OP <> 'DELETE' AND NEW.is_current;
      training faces_training := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    BEGIN
      IF stood <> stands THEN
        INSERT INTO changes_change (kind, what, object_id, owner_id)
        VALUES ('guesses', 'updated', training.id, training.owner_id);
      END IF;
      RETURN NULL;
    END $body$
"""
AT_SWITCH = """
    CREATE TRIGGER faces_training_changes AFTER INSERT OR UPDATE OR DELETE ON faces_training
    FOR EACH ROW EXECUTE FUNCTION faces_training_changes()
"""

# Faces and guesses follow a photo into another library, which may be shared with others.
MOVED = """
    CREATE FUNCTION faces_moved() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO changes_change (kind, what, object_id, owner_id, library_id)
      SELECT kind, 'updated', f.id, l.owner_id, l.id
      FROM faces_face f, photos_library l, (VALUES ('face'), ('guess')) AS kinds (kind)
      WHERE f.photo_id = NEW.id AND l.id IN (OLD.library_id, NEW.library_id);
      RETURN NULL;
    END $body$
"""
WHEN_MOVED = """
    CREATE TRIGGER faces_moved AFTER UPDATE OF library_id ON photos_photo FOR EACH ROW
    WHEN (OLD.library_id <> NEW.library_id) EXECUTE FUNCTION faces_moved()
"""


class Migration(migrations.Migration):

    dependencies = [
        ("changes", "0001_initial"),
        ("faces", "0018_forgotten_name"),
        ("photos", "0009_changes"),
    ]

    operations = [
        *map(recording, (PEOPLE, FACES, GUESSES)),
        migrations.RunSQL([SWITCH, AT_SWITCH], "DROP FUNCTION faces_training_changes CASCADE"),
        migrations.RunSQL([MOVED, WHEN_MOVED], "DROP FUNCTION faces_moved CASCADE"),
    ]
