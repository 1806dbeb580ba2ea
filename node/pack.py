"""`python -m node.pack`: packs the node's programs into the template's user data, always to the same bytes.

python-minifier leaves out what only readers and type checkers need, and shortens the names of locals, but no
other name: a traceback from a node says where. Its text is the same with every Python from 3.9 to 3.13.
"""

from __future__ import annotations

import base64
import bz2
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from python_minifier import minify

HERE = Path(__file__).parent
TEMPLATE = HERE.parent / "template.yaml"
BOOTSTRAP = HERE / "bootstrap.sh"
BEGIN, END = "            Fn::Sub:\n              - |\n", "              - Values:\n"
INDENT = " " * 16
WIDTH = 1000
PART = "\f"
"""Begins each file, in front of its path; its text begins on the next line."""
FOR_CHECKERS = "from __future__ import annotations\n"


def sources() -> dict[str, str]:
    """Returns what is written for a node: path to text. A folder is run by what lies at its top."""
    files = {"__main__.py": HERE / "__main__.py"}
    for pattern in ("core/*.py", "system/*.py", "etc/*"):
        files |= {f"node/{each.relative_to(HERE)}": each for each in HERE.glob(pattern)}
    return {path: file.read_text() for path, file in sorted(files.items())}


def programs(written: Mapping[str, str]) -> dict[str, str]:
    """Returns what a node gets of it."""
    texts = {path: bare(text, Path(path).suffix) for path, text in written.items()}
    return {path: text for path, text in texts.items() if text}


def bare(source: str, suffix: str = ".py") -> str:
    """Returns what a machine needs of a file."""
    if suffix != ".py":
        return "".join(f"{line}\n" for line in source.splitlines() if not line.startswith("# "))
    return minify(
        source,
        remove_literal_statements=True,
        rename_globals=False,
        hoist_literals=False,
        constant_folding=False,
    ).replace(FOR_CHECKERS, "")


def archive(files: Mapping[str, str]) -> bytes:
    """Returns these files in one. Not a tar file, whose headers alone take 400 bytes when compressed."""
    return "".join(f"{PART}{path}\n{text}" for path, text in sorted(files.items())).encode("ascii")


def packed(files: Mapping[str, str]) -> str:
    """Returns these files as text."""
    # A seventh less than base64. Not a dollar in it, for CloudFormation would look for values behind one.
    text = base64.b85encode(bz2.compress(archive(files))).decode().replace("$", ".")
    return "\n".join(textwrap.wrap(text, WIDTH))


def user_data(files: Mapping[str, str]) -> str:
    """Returns the bootstrap with these programs in it; CloudFormation fills in the values."""
    return BOOTSTRAP.read_text().replace("@programs@", packed(files))


def filled(template: str, text: str) -> str:
    """Returns the template with this as the nodes' user data."""
    before, found, rest = template.partition(BEGIN)
    _, ended, after = rest.partition(END)
    assert found, "the template has no place for user data"
    assert ended, "the user data in the template has no end"
    return f"{before}{BEGIN}{textwrap.indent(text, INDENT)}{END}{after}"


def main() -> int:
    """Writes the template. Returns the exit code."""
    text = user_data(programs(sources()))
    TEMPLATE.write_text(filled(TEMPLATE.read_text(), text))
    sys.stdout.write(f"user data: {len(text.encode()):,} bytes before its values\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
