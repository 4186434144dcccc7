"""What is recorded whoever does it, and through which door."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver
from django.http import HttpRequest

from project.audit.recording import Verb, forget_old_entries, record, record_here
from project.jobs.signals import tidying_up
from project.preferences.models import Preference
from project.preferences.reading import value


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Record who came in."""
    record(actor=user, verb=Verb.SIGN_IN, request=request)


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Record who left."""
    if user is not None:
        record(actor=user, verb=Verb.SIGN_OUT, request=request)


@receiver(user_login_failed)
def note_refusal(
    credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Record who was refused.

    A name that nobody has is left out: people type their password into the wrong field.
    """
    user = User.objects.filter(username=str(credentials.get("username", ""))[:150]).first()
    subject = f"user {user.pk}" if user else ""
    record(actor=None, verb=Verb.SIGN_IN_FAILED, subject=subject, request=request)


@receiver(post_save, sender=User)
def note_password(instance: User, created: bool, **kwargs: Any) -> None:
    """Record that somebody has another password."""
    # Set while a new password is saved, but not where the old one is hashed in another way.
    if getattr(instance, "_password", None) is not None and not created:
        record_here(Verb.PASSWORD_CHANGED, f"user {instance.pk}", by=instance)


@receiver(pre_delete, sender=User)
def note_user_gone(instance: User, **kwargs: Any) -> None:
    """Record that a user is deleted; before, as who is asking may be the same one."""
    record_here(Verb.DELETED, f"user {instance.pk}")


@receiver([post_save, post_delete], sender=Preference)
def note_setting(instance: Preference, **kwargs: Any) -> None:
    """Record that a setting is another."""
    record_here(Verb.SETTINGS_CHANGED, f"setting {instance.name}")


@receiver(tidying_up)
def forget_old(**kwargs: Any) -> None:
    """Keep the log for as long as the settings say."""
    forget_old_entries(days=value("audit_days"))
