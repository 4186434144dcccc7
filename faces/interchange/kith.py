"""Kith's own export: one JSON object whose sections are lists of rows, written and read in pieces.

Rows name one another by the numbers that they had where they were exported.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

FORMAT = "kith"
VERSION = 1
PIECE = 1 << 16  # characters read at a time
MOST_PIECES = 1 << 12  # of one row
Row = dict[str, Any]

# What a number means that stands under a name in what an event remembers.
MEANINGS = {
    **dict.fromkeys(
        ("face", "faces", "unlabelled", "rejected", "changed", "skipped", "cover"), "faces"
    ),
    **dict.fromkeys(("person", "people", "before", "after", "made", "joined"), "people"),
    # Those stay behind: the next Train makes others.
    **dict.fromkeys(("guess", "cluster", "class", "runner_up"), "guesses"),
    "photo": "photos",
    "groups": "groups",
}
# What of a search names people, with commas between them.
PARTS_OF_PEOPLE = {"all", "any", "none"}
Renumber = Callable[[str, int], int]


class ExportError(ValueError):
    """This is no export of Kith's, or it is damaged; the message says why."""


def written(about: Row, sections: Mapping[str, Iterable[Row]]) -> Iterator[str]:
    """Yield an export as text, a row a line."""
    head = json.dumps({"format": FORMAT, "version": VERSION, **about}, ensure_ascii=False)
    yield head[:-1]
    for name, rows in sections.items():
        yield f",\n{json.dumps(name)}: ["
        separator = "\n"
        for row in rows:
            yield separator + json.dumps(row, ensure_ascii=False)
            separator = ",\n"
        yield "]"
    yield "}\n"


def read(file: IO[str]) -> Iterator[tuple[str, Any]]:
    """Yield (name, value) of all that is no list, and (section, row) for each row of a list.

    Raises ExportError for what is no export, however it begins.
    """
    text = _Text(file)
    text.expect("{")
    known = False
    while True:
        if text.peek() != '"':
            raise ExportError("This is no export of Kith's.")
        name = text.value()
        text.expect(":")
        if text.peek() == "[":
            if not known:
                raise ExportError("This is no export of Kith's.")
            yield from ((str(name), row) for row in text.items())
        else:
            value = text.value()
            known = known or (name == "format" and value == FORMAT)
            if name == "version" and value != VERSION:
                raise ExportError(f"This export is of version {value}; Kith reads {VERSION}.")
            yield str(name), value
        if text.peek() != ",":
            break
        text.expect(",")
    text.expect("}")


class _Text:
    """A file that is read in pieces, as far as its next value needs."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.buffer = ""
        self.place = 0
        self.decoder = json.JSONDecoder()

    def peek(self) -> str:
        """Return the next character that is no blank; "" at the end."""
        while True:
            while self.place < len(self.buffer) and self.buffer[self.place].isspace():
                self.place += 1
            if self.place < len(self.buffer):
                return self.buffer[self.place]
            if not self._more():
                return ""

    def expect(self, character: str) -> None:
        if self.peek() != character:
            raise ExportError(f"This is no export of Kith's: {character!r} is missing.")
        self.place += 1

    def value(self) -> Any:
        """Return the next value."""
        self.peek()
        for _ in range(MOST_PIECES):
            try:
                value, end = self.decoder.raw_decode(self.buffer, self.place)
            except ValueError:
                if not self._more():
                    raise ExportError("The export ends too early, or is damaged.") from None
                continue
            except RecursionError:
                break
            # A number may go on in the next piece.
            if end < len(self.buffer) or not self._more():
                self.place = end
                return value
        raise ExportError("The export is damaged.")

    def items(self) -> Iterator[Any]:
        """Yield the items of a list."""
        self.expect("[")
        while self.peek() != "]":
            yield self.value()
            if self.peek() == ",":
                self.place += 1
            elif self.peek() != "]":
                raise ExportError("The export ends too early, or is damaged.")
        self.expect("]")

    def _more(self) -> bool:
        piece = self.file.read(PIECE)
        self.buffer, self.place = self.buffer[self.place :] + piece, 0
        return bool(piece)


def renumbered_search(query: Row, renumber: Renumber) -> Row:
    """Return a search, as its address has it, with other numbers for people and its library."""
    changed = dict(query)
    for part in PARTS_OF_PEOPLE & query.keys():
        people = [int(each) for each in query[part].split(",") if each.strip()]
        changed[part] = ",".join(str(renumber("people", each)) for each in people)
    if "library" in query:
        changed["library"] = str(renumber("libraries", int(query["library"])))
    return changed


def renumbered(value: Any, renumber: Renumber, meaning: str = "") -> Any:
    """Return what an event remembers with other numbers for faces, people and photos."""
    if isinstance(value, dict):
        return {
            name: renumbered(each, renumber, MEANINGS.get(name, "")) for name, each in value.items()
        }
    if isinstance(value, list):
        return [renumbered(each, renumber, meaning) for each in value]
    if meaning and isinstance(value, int) and not isinstance(value, bool):
        return renumber(meaning, value)
    return value
