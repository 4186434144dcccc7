import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('faces', '0016_label_event_actor'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='labelevent',
            name='verb',
            field=models.CharField(choices=[('label', 'Labelled'), ('reject', 'Rejected a guess'), ('unassign', 'Removed a label'), ('dismiss', 'Deleted faces'), ('restore', 'Brought back deleted faces'), ('merge', 'Merged people'), ('split', 'Said that faces are somebody else'), ('hide', 'Hid a stranger'), ('show', 'Showed a stranger again'), ('draw', 'Drew a face'), ('change-person', 'Changed a person'), ('delete-person', 'Deleted a person'), ('import', 'Took over names'), ('forget', 'Forgot a person'), ('undo', 'Undid')], max_length=20),
        ),
        migrations.CreateModel(
            name='ForgottenName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text='See faces.queries.forgotten.', max_length=64)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='forgotten_names', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner', 'digest'), name='forgotten_name_once')],
            },
        ),
    ]
