"""dlib's model gets the name under which its metric ships."""

from django.db import migrations

OLD, NEW = "dlib-resnet-v1", "dlib-resnet-128"


def rename(apps, old, new):
    for name in ("Embedding", "Training"):
        field = "model" if name == "Embedding" else "embedding_model"
        apps.get_model("faces", name).objects.filter(**{field: old}).update(**{field: new})


class Migration(migrations.Migration):
    dependencies = [("faces", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, _: rename(apps, OLD, NEW), lambda apps, _: rename(apps, NEW, OLD)
        )
    ]
