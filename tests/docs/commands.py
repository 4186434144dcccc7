"""The commands that README and docs tell people to type."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHELLS = {"sh", "bash", "shell", "console"}
PLAIN = {"", "text"}  # of these, what begins with a command
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
PROGRAMS = r"make|manage\.py|python3?|gunicorn|pytest|curl|docker|psql|npm|npx|cp"
# What a command begins with, after variables such as KITH_PORT=8001. A word alone is a name.
BEGINS = re.compile(rf"(?:[A-Z_]+=\S+ +(?:\\\n *)?)*(?:\.venv/bin/|\./)?(?:(?:{PROGRAMS}) |make$)")
# Functions and variables that later blocks of a document take for granted.
DEFINITION = re.compile(r"^(?:\w+\(\) \{.*\}|[A-Za-z_]\w*=\S*)$", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """A command that stands alone, or a script of several."""

    document: str
    line: int
    text: str
    in_block: bool
    before: str = ""  # what earlier blocks of the document have defined

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def commands_of(document: str, text: str) -> list[Command]:
    """Return the commands of a document in Markdown, in order."""
    found, before = [], ""
    for match in FENCED.finditer(text):
        if match[1] in SHELLS or (match[1] in PLAIN and BEGINS.match(match[2])):
            line = text.count("\n", 0, match.start()) + 2
            found += _commands_of_block(Command(document, line, match[2], True, before))
            before += "".join(f"{each}\n" for each in DEFINITION.findall(match[2]))
    # With blank lines in the place of blocks, so that lines are counted rightly.
    prose = FENCED.sub(lambda block: "\n" * block[0].count("\n"), text)
    for match in INLINE.finditer(prose):
        words = " ".join(match[1].split())
        if BEGINS.match(words):
            line = prose.count("\n", 0, match.start()) + 1
            found.append(Command(document, line, words, False))
    return sorted(found, key=lambda command: command.line)


def _commands_of_block(block: Command) -> list[Command]:
    """Return the lines of a block as commands, if each is one; else the block as it is."""
    commands, line = [], block.line
    for text in re.findall(r"(?:.*\\\n)*.*\n", block.text):
        commands.append(Command(block.document, line, text.strip(), True, block.before))
        line += text.count("\n")
    return commands if all(BEGINS.match(each.text) for each in commands) else [block]


def all_commands() -> list[Command]:
    """Return the commands of README and docs."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [
        command
        for path in documents
        for command in commands_of(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
