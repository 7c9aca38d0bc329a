from django.db import migrations, models

import camp.accounts.names


def fill(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects
    taken = {}
    for user in users.order_by("pk").iterator():
        user.name_key = camp.accounts.names.name_key(user.username)
        first = taken.setdefault(user.name_key, user.username)
        if first != user.username:
            raise ValueError(
                f"The user names {first!r} and {user.username!r} are the same but for how they are typed, and would "
                "no longer be told apart. Rename one with the version before, in its console, then start this one."
            )
        user.save(update_fields=["name_key"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_apitoken_last_used_at_user_time_zone_session"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="name_key",
            field=models.CharField(editable=False, max_length=600, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="user",
            name="name_key",
            field=models.CharField(editable=False, max_length=600, unique=True),
        ),
        migrations.AlterField(
            model_name="user",
            name="username",
            field=models.CharField(
                error_messages={"unique": "A user with that username already exists."},
                help_text="Letters, digits and . + - _",
                max_length=150,
                unique=True,
                validators=[camp.accounts.names.check_name],
                verbose_name="username",
            ),
        ),
    ]
