#!/usr/bin/env python
"""Django's command line for Kith."""

import os
import sys

from django.core.management import execute_from_command_line

from project.environment.checking import begin

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    begin()
    execute_from_command_line(sys.argv)
