"""What all parts of the API share: pages, errors, and who asks."""

from project.api.asking import OWNER, user_of
from project.api.paging import KeysetPagination

__all__ = ["OWNER", "KeysetPagination", "user_of"]
