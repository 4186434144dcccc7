from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_library

pytestmark = pytest.mark.django_db


def test_reading_names_is_switched_by_library() -> None:
    library = make_library()
    for switch, reads in (("off", False), ("on", True)):
        call_command("read_names", library.path, switch, stdout=StringIO())
        library.refresh_from_db()
        assert library.reads_names is reads


def test_a_library_that_is_not_there_or_not_alone_is_refused() -> None:
    make_library(), make_library()
    for name, why in (("x", "No library is"), ("Pictures", "More than one library is")):
        with pytest.raises(CommandError, match=why):
            call_command("read_names", name, "off", stdout=StringIO())
