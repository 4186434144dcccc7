"""Inside a running Kith, for what tests prepare there: ``python -m tests.e2e.keeper``.

Its data folder is that of KITH_HOME. Each line of its input is JSON: ``code`` to run, and
``values`` that the code has as names; each answer is a line with what the code calls ``result``.
Django starts once for all of them.
"""

import json
import sys
import traceback


def main() -> None:
    """Do what each line asks, until there are no more."""
    import django

    django.setup()
    for line in sys.stdin:
        asked = json.loads(line)
        names = dict(asked["values"])
        try:
            exec(asked["code"], names)
            answer = {"result": names.get("result")}
        except Exception:
            answer = {"error": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
