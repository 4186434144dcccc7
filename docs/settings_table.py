"""``python -m docs.settings_table``: writes the tables of settings in settings.md from the code."""

import os
from itertools import groupby
from pathlib import Path

DOCUMENT = Path(__file__).parent / "settings.md"
BEGIN, END = "<!-- table: made by python -m docs.settings_table -->\n", "<!-- end of table -->"
# What depends on the machine.
IN_WORDS = {"workers": "the number of cores"}


def with_table(document: str) -> str:
    """Return the document with the tables as the code has them."""
    before, first, second = document.split(BEGIN)
    chosen = BEGIN + _chosen_in_pages() + END + first.split(END)[1]
    return before + chosen + BEGIN + _of_environment() + END + second.split(END)[1]


def _chosen_in_pages() -> str:
    from project.preferences.kinds import in_words
    from project.preferences.options import OPTIONS

    lines = []
    for group, options in groupby(OPTIONS.values(), key=lambda option: option.group):
        lines += ["", f"### {group.label}", ""]
        lines += ["| variable, name | default | may be | meaning | acts |", "|---|---|---|---|---|"]
        for option in options:
            default = IN_WORDS.get(option.name) or f"`{in_words(option.default)}`"
            unit = f" ({option.unit})" if option.unit else ""
            acts = str(option.acts.label)
            lines.append(
                f"| `{option.variable}`, `{option.name}` | {default} | {option.kind.words}{unit}"
                f" | {option.meaning} | {acts[0].lower()}{acts[1:]} |"
            )
    return "\n".join(lines[1:]) + "\n\n"


def _of_environment() -> str:
    from project.environment.variables import VARIABLES
    from project.preferences.kinds import in_words

    lines = ["| variable | default | may be | meaning |", "|---|---|---|---|"]
    for variable in VARIABLES.values():
        given = (
            f"`{in_words(variable.default)}`" if variable.default not in (None, "", []) else "none"
        )
        lines.append(
            f"| `{variable.name}` | {variable.usual or given} | {variable.kind.words}"
            f" | {variable.meaning} |"
        )
    return "\n".join(lines) + "\n\n"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_table(text), encoding="utf-8")
