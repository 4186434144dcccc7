"""Faces, people and trainings in the Django admin: to look at, and to start trainings.

Labels are changed in the dashboard or through the API, which remember what was changed.
"""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from faces.jobs.training import ALL, MISSING, start_training
from faces.models import (
    Dismissal,
    Evaluation,
    Face,
    LabelEvent,
    Person,
    Question,
    Rejection,
    SavedSearch,
    Training,
)


class RecordAdmin(admin.ModelAdmin):
    """Rows that are looked at and not touched."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted by hand."""
        return False


@admin.register(Face)
class FaceAdmin(RecordAdmin):
    """Faces, without pictures: whose they are not, staff does not see."""

    list_display = ["id", "photo", "person", "detector", "size_px", "quality"]
    list_filter = ["detector"]
    list_select_related = ["photo", "person"]
    search_fields = ["photo__path", "person__name"]
    list_per_page = 50


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    """People, known and unknown."""

    list_display = ["display_name", "owner", "created_at"]
    list_filter = ["owner", ("name", admin.EmptyFieldListFilter)]
    search_fields = ["name"]


@admin.register(Training)
class TrainingAdmin(RecordAdmin):
    """Trainings and what came of them; they are started for users."""

    list_display = ["id", "owner", "embedding_model", "is_current", "finished_at", "metrics"]


@admin.register(Evaluation)
class EvaluationAdmin(RecordAdmin):
    """Evaluations and what they found."""

    list_display = ["id", "owner", "embedding_model", "made_at"]


admin.site.unregister(User)


@admin.register(User)
class OwnerAdmin(UserAdmin):
    """Users, who own faces and people; the action trains on those of each selected."""

    actions = ["train", "train_missing"]

    @admin.action(description="Train: guess who is who in the photos of selected users")
    def train(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Start a training for each."""
        self._train(request, queryset, ALL)

    @admin.action(description="Train: group only faces that belong to nobody yet")
    def train_missing(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Start a training for each that leaves the unknown persons as they are."""
        self._train(request, queryset, MISSING)

    def _train(self, request: HttpRequest, owners: QuerySet[User], mode: str) -> None:
        for owner in owners:
            job, _ = start_training(owner=owner, mode=mode)
            self.message_user(request, f"{owner}: {job} is {job.state}.")


@admin.register(LabelEvent)
class LabelEventAdmin(RecordAdmin):
    """What people have said, in order."""

    list_display = ["created_at", "owner", "verb", "details"]
    list_filter = ["verb", "owner"]


admin.site.register([Rejection, Dismissal, Question, SavedSearch], RecordAdmin)
