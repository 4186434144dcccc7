"""How many faces have which label and which guesses is counted along, by triggers.

Counting a million faces anew for every page took seconds.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LOCK = 0x74616C79  # of what folds an owner's lines, or counts anew; "taly", for nothing else
FOLDED = 0.004  # of the statements that add lines fold those of their owners
# As HARDLY_A_FACE of faces.recognition.likelihood, when there is no label.
DOUBTFUL = "{0}.person_id IS NULL AND {0}.likelihood < 0.75"
COLUMNS = "owner_id, person_id, cluster_person_id, class_person_id, is_doubtful, faces"
OPINION = "g.cluster_person_id, g.class_person_id"
GUESSES = (
    "(SELECT g.* FROM faces_guess g JOIN faces_training t ON t.id = g.training_id"
    " AND t.is_current) g ON g.face_id = {}.id"
)
OWNER = "photos_photo p ON p.id = {}.photo_id JOIN photos_library l ON l.id = p.library_id"

# Two transactions may add lines at once: each row is one's own. Lines of a kind become one.
FOLD = f"""
    CREATE FUNCTION faces_tally_fold(whose integer) RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      IF NOT pg_try_advisory_xact_lock({LOCK}, whose) THEN RETURN; END IF;
      WITH counted AS (
        SELECT id, count(*) OVER
          (PARTITION BY person_id, cluster_person_id, class_person_id, is_doubtful) AS lines
        FROM faces_tally WHERE owner_id = whose
      ), gone AS (
        DELETE FROM faces_tally WHERE id IN (SELECT id FROM counted WHERE lines > 1) RETURNING *
      )
      INSERT INTO faces_tally ({COLUMNS})
        SELECT owner_id, person_id, cluster_person_id, class_person_id, is_doubtful, sum(faces)
        FROM gone GROUP BY 1, 2, 3, 4, 5 HAVING sum(faces) <> 0;
    END $body$
"""
# In one statement: what others are adding is neither taken away nor counted.
ANEW = f"""
    CREATE FUNCTION faces_tally_anew(whose integer) RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM pg_advisory_xact_lock({LOCK}, whose);
      WITH gone AS (DELETE FROM faces_tally WHERE owner_id = whose)
      INSERT INTO faces_tally ({COLUMNS})
        SELECT whose, f.person_id, {OPINION}, {DOUBTFUL.format("f")}, count(*)
        FROM faces_face f JOIN {OWNER.format("f")} LEFT JOIN {GUESSES.format("f")}
        WHERE l.owner_id = whose GROUP BY 1, 2, 3, 4, 5;
    END $body$
"""
FOLDING = f"""
    CREATE FUNCTION faces_tally_folding() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      -- What folding writes is not folded in turn.
      IF pg_trigger_depth() < 3 AND random() < {FOLDED} THEN
        PERFORM faces_tally_fold(owner_id) FROM (SELECT DISTINCT owner_id FROM rows_now) owners;
      END IF;
      RETURN NULL;
    END $body$
"""
# Rows as they are count once more, as they were once less.
SIGNED = {
    "INSERT": "SELECT *, 1 AS times FROM rows_now",
    "DELETE": "SELECT *, -1 AS times FROM rows_before",
    "UPDATE": "SELECT *, 1 AS times FROM rows_now UNION ALL SELECT *, -1 FROM rows_before",
}
ROWS = {
    "INSERT": "NEW TABLE AS rows_now",
    "DELETE": "OLD TABLE AS rows_before",
    "UPDATE": "OLD TABLE AS rows_before NEW TABLE AS rows_now",
}
FACES = (
    f"SELECT l.owner_id, r.person_id, {OPINION}, {DOUBTFUL.format('r')}, sum(r.times)"
    f" FROM ({{}}) r JOIN {OWNER.format('r')} LEFT JOIN {GUESSES.format('r')}"
    " GROUP BY 1, 2, 3, 4, 5 HAVING sum(r.times) <> 0"
)
# A face without a guess has been counted as such.
OPINIONS = (
    f"SELECT t.owner_id, f.person_id, g.cluster, g.class, {DOUBTFUL.format('f')}, sum(g.times)"
    " FROM (SELECT r.face_id, r.training_id, r.cluster_person_id AS cluster,"
    " r.class_person_id AS class, r.times FROM ({0}) r"
    " UNION ALL SELECT r.face_id, r.training_id, NULL, NULL, -r.times FROM ({0}) r) g"
    " JOIN faces_training t ON t.id = g.training_id AND t.is_current"
    " JOIN faces_face f ON f.id = g.face_id"
    " GROUP BY 1, 2, 3, 4, 5 HAVING sum(g.times) <> 0"
)


def counting(table: str, lines: str) -> migrations.RunSQL:
    """Return the operation that has a table's changes counted along; planned for their number."""
    cases = " ELS".join(
        f"IF TG_OP = '{event}' THEN EXECUTE"
        f" $sql$INSERT INTO faces_tally ({COLUMNS}) {lines.format(rows)}$sql$;"
        for event, rows in SIGNED.items()
    )
    function = f"""
        CREATE FUNCTION {table}_tally() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
          {cases}
          END IF;
          RETURN NULL;
        END $body$
    """
    triggers = [
        f"CREATE TRIGGER {table}_tally_{event.lower()} AFTER {event} ON {table}"
        f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {table}_tally()"
        for event, rows in ROWS.items()
    ]
    return migrations.RunSQL([function, *triggers], f"DROP FUNCTION {table}_tally CASCADE")


# A training that stands no more takes its guesses along; one that stands has many.
SWITCH = f"""
    CREATE FUNCTION faces_training_tally() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
      stood boolean := TG_OP <> 'INSERT' AND OLD.is_current;
      stands boolean := TG_OP <> 'DELETE' AND NEW.is_current;
    BEGIN
      IF stood AND NOT stands THEN
        PERFORM pg_advisory_xact_lock({LOCK}, OLD.owner_id);
        UPDATE faces_tally SET cluster_person_id = NULL, class_person_id = NULL
          WHERE owner_id = OLD.owner_id
          AND (cluster_person_id IS NOT NULL OR class_person_id IS NOT NULL);
      ELSIF stands AND NOT stood THEN
        PERFORM faces_tally_anew(NEW.owner_id);
      END IF;
      RETURN NULL;
    END $body$
"""
AT_SWITCH = """
    CREATE TRIGGER faces_training_tally AFTER INSERT OR UPDATE OR DELETE ON faces_training
    FOR EACH ROW EXECUTE FUNCTION faces_training_tally()
"""
AT_LINES = """
    CREATE TRIGGER faces_tally_folding AFTER INSERT ON faces_tally
    REFERENCING NEW TABLE AS rows_now FOR EACH STATEMENT EXECUTE FUNCTION faces_tally_folding()
"""


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('faces', '0020_owner_of_embedding'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_doubtful', models.BooleanField(help_text='No label, and hardly a face at all.')),
                ('faces', models.BigIntegerField()),
                ('class_person', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='faces.person')),
                ('cluster_person', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='faces.person')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='faces.person')),
            ],
            options={
                'verbose_name_plural': 'tallies',
                'indexes': [models.Index(fields=['owner', 'person', 'class_person', 'cluster_person', 'is_doubtful'], include=('faces',), name='tally_of_owner')],
            },
        ),
        migrations.RunSQL(FOLD, "DROP FUNCTION faces_tally_fold CASCADE"),
        migrations.RunSQL(ANEW, "DROP FUNCTION faces_tally_anew CASCADE"),
        migrations.RunSQL([FOLDING, AT_LINES], "DROP FUNCTION faces_tally_folding CASCADE"),
        counting("faces_face", FACES),
        counting("faces_guess", OPINIONS),
        migrations.RunSQL([SWITCH, AT_SWITCH], "DROP FUNCTION faces_training_tally CASCADE"),
        migrations.AddIndex(
            model_name='face',
            index=models.Index(condition=models.Q(('labelled_at__isnull', False)), fields=['labelled_at'], name='face_labelled_at'),
        ),
        migrations.AddIndex(
            model_name='face',
            index=models.Index(fields=['found_at'], name='face_found_at'),
        ),
        migrations.AddIndex(
            model_name='face',
            index=models.Index(condition=models.Q(('likelihood__lt', 0.75), ('person__isnull', True)), fields=['photo'], name='face_doubtful'),
        ),
        migrations.RunSQL("SELECT faces_tally_anew(id) FROM auth_user", migrations.RunSQL.noop),
    ]
