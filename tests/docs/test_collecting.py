"""Which commands are found in a document."""

from tests.docs.commands import all_commands, commands_of

DOCUMENT = """
Type `make run`, or `KITH_PORT=8001 make run`, not `makes sense`; `gunicorn` is a name.
A long one: `manage.py
write_names LIBRARY`.

```sh
kith() { curl "$1"; }
TOKEN=abc
kith people/
```

```json
{"make": "no command"}
```

```sh
make backup TO=/there \\
  PHOTOS=no   # why
make restore FROM=/there
```

```sh
kith faces/
```
"""


def test_blocks_and_commands_in_sentences_are_found_with_their_lines() -> None:
    found = [(each.line, each.text, each.in_block) for each in commands_of("a.md", DOCUMENT)]
    assert found == [
        (2, "make run", False),
        (2, "KITH_PORT=8001 make run", False),
        (3, "manage.py write_names LIBRARY", False),
        (7, 'kith() { curl "$1"; }\nTOKEN=abc\nkith people/\n', True),
        (17, "make backup TO=/there \\\n  PHOTOS=no   # why", True),
        (19, "make restore FROM=/there", True),
        (23, "kith faces/\n", True),
    ]


def test_a_later_block_knows_what_an_earlier_one_has_defined() -> None:
    assert commands_of("a.md", DOCUMENT)[-1].before == 'kith() { curl "$1"; }\nTOKEN=abc\n'


def test_the_documents_have_commands() -> None:
    documents = {command.document for command in all_commands()}
    assert {"README.md", "docs/api.md", "docs/operations.md", "docs/guide.md"} <= documents
