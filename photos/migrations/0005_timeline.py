from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("photos", "0004_videos")]

    operations = [
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(
                fields=["library", "-taken_at", "-id"], name="photo_timeline"
            ),
        ),
    ]
