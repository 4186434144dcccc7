"""Taking names of people out of answers that are kept for whoever repeats a request."""

import json
from collections.abc import Collection

from django.db.models import BooleanField, Func, Q, Value

from project.api.models import KeptAnswer


def drop_answers(names: Collection[str]) -> None:
    """Delete kept answers that tell any of these names, to whomever; what is repeated is done anew.

    An answer that is being given is none yet.
    """
    told = Q(pk__in=[])
    for name in names:
        plain = json.dumps(name, ensure_ascii=False)[1:-1].encode()
        told |= Q(
            Func(
                Value(plain),
                "content",
                template="(position(%(expressions)s) > 0)",
                arg_joiner=" in ",
                output_field=BooleanField(),
            )
        )
    KeptAnswer.objects.filter(told).exclude(status=0).delete()
