from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('photos', '0009_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='library',
            name='finds_faces',
            field=models.BooleanField(default=True, help_text='Look for faces in the photos, and compare them.'),
        ),
    ]
