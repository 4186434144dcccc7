"""``python -m docs.settings_table``: writes the table of settings in settings.md from the code."""

import os
from itertools import groupby
from pathlib import Path

DOCUMENT = Path(__file__).parent / "settings.md"
BEGIN, END = "<!-- table: made by python -m docs.settings_table -->\n", "<!-- end of table -->"
# What depends on the machine.
IN_WORDS = {"workers": "the number of cores"}


def with_table(document: str) -> str:
    """Return the document with the table as the code has it."""
    before, rest = document.split(BEGIN)
    return before + BEGIN + _table() + END + rest.split(END)[1]


def _table() -> str:
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


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_table(text), encoding="utf-8")
