"""Embeddings carry the owner of their library, so that those of one owner can be searched alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# In an installation of one owner no row is written anew: all have the default as their value.
ADD = """
    DO $$
    DECLARE most integer;
    BEGIN
      SELECT l.owner_id INTO most
        FROM photos_library l JOIN photos_photo p ON p.library_id = l.id
        JOIN faces_face f ON f.photo_id = p.id
        GROUP BY l.owner_id ORDER BY count(*) DESC LIMIT 1;
      EXECUTE format('ALTER TABLE faces_embedding ADD COLUMN owner_id integer DEFAULT %L', most);
      UPDATE faces_embedding e SET owner_id = l.owner_id
        FROM faces_face f JOIN photos_photo p ON p.id = f.photo_id
        JOIN photos_library l ON l.id = p.library_id
        WHERE f.id = e.face_id AND l.owner_id <> e.owner_id;
      ALTER TABLE faces_embedding ALTER COLUMN owner_id DROP DEFAULT,
        ALTER COLUMN owner_id SET NOT NULL,
        ADD CONSTRAINT faces_embedding_owner_id_fk_auth_user_id
          FOREIGN KEY (owner_id) REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED;
    END $$
"""
REMOVE = "ALTER TABLE faces_embedding DROP COLUMN owner_id"


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('faces', '0019_changes'),
    ]

    operations = [
        migrations.RunSQL(
            ADD,
            REMOVE,
            state_operations=[
                migrations.AddField(
                    model_name='embedding',
                    name='owner',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='embedding',
            index=models.Index(fields=['owner', 'model'], name='embedding_of_owner'),
        ),
    ]
