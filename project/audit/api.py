"""The audit log in the API."""

from rest_framework import generics, serializers
from rest_framework.permissions import IsAdminUser

from project.api import KeysetPagination
from project.audit.models import AuditEntry
from project.scopes import InScope


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """Something that was done."""

    what = serializers.CharField(source="get_verb_display", help_text="The same in words.")

    class Meta:
        model = AuditEntry
        fields = ["id", "at", "actor", "actor_name", "verb", "what", "subject", "address", "agent"]
        read_only_fields = fields


class AuditView(generics.ListAPIView[AuditEntry]):
    """Sign-ins, sharing, deletions and exports, newest first; for staff."""

    serializer_class = AuditEntrySerializer
    permission_classes = [InScope, IsAdminUser]
    pagination_class = KeysetPagination
    queryset = AuditEntry.objects.order_by("-id")
