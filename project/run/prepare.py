"""``python -m project.run.prepare``: tables and a first user, where others start the processes.

Safe to run again, and by several at once: tables that are up to date stay as they are.
"""

import os
import sys

import django

from project.environment.checking import EXIT_CANNOT_START, begin
from project.environment.variables import env
from project.run.checks import RunError
from project.run.terminal import Terminal


def main() -> int:
    """Bring the tables up to date, and say how the first user signs in; return the exit code."""
    begin()
    # Read here and gone from the environment before anything is started.
    password = os.environ.pop("KITH_ADMIN_PASSWORD", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        django.setup()
        # Only now, as the models in it need the settings.
        from project.run import installation

        installation.check_servers()
        with installation.one_at_a_time():
            installation.migrate()
            user = installation.first_user(password)
        url = env("KITH_URL")
        Terminal(sys.stdout).say(installation.how_to_sign_in(user, url.rstrip("/") + "/"))
    except RunError as error:
        Terminal(sys.stderr).say(f"Kith cannot start: {error}")
        return EXIT_CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
