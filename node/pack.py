"""`python -m node.pack`: packs the node's programs into the template's user data, always to the same bytes.

What only readers and type checkers need stays here: comments, docstrings, annotations of functions, blank
lines.
"""

from __future__ import annotations

import ast
import base64
import bz2
import io
import sys
import tarfile
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
TEMPLATE = HERE.parent / "template.yaml"
BOOTSTRAP = HERE / "bootstrap.sh"
BEGIN, END = "            Fn::Sub:\n              - |\n", "              - Values:\n"
INDENT = " " * 16
WIDTH = 1000
EPOCH = 1767225600
"""The first second of 2026, as every file's time."""
Place = tuple[tuple[int, int], tuple[int, int]]
"""From where to where, as line from 1 and column from 0."""
Cut = tuple[tuple[int, int], tuple[int, int], str]
"""The same, and what comes instead."""


def programs() -> dict[str, str]:
    """Returns what a node gets: path to text. A folder is run by what lies at its top."""
    files = {"__main__.py": HERE / "__main__.py"}
    for pattern in ("core/*.py", "system/*.py", "etc/*"):
        files |= {f"node/{each.relative_to(HERE)}": each for each in HERE.glob(pattern)}
    texts = {path: bare(file.read_text(), file.suffix) for path, file in files.items()}
    return {path: text for path, text in texts.items() if text}


def bare(source: str, suffix: str = ".py") -> str:
    """Returns what a machine needs of a file."""
    lines = source.splitlines()
    if suffix == ".py":
        for (row, begin), (last, end), instead in sorted(_cuts(source), reverse=True):
            lines[row - 1 : last] = [lines[row - 1][:begin] + instead + lines[last - 1][end:]]
    wanted = (line.rstrip() for line in lines if not line.startswith("# "))
    return "".join(f"{line}\n" for line in wanted if line)


def _cuts(source: str) -> Iterator[Cut]:
    module = ast.parse(source)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    arrows = [(row, column - 1) for row, column in (t.start for t in tokens if t.string == "->")]
    yield from ((t.start, t.end, "") for t in tokens if t.type == tokenize.COMMENT)
    for each in ast.walk(module):
        if isinstance(each, ast.FunctionDef) and each.returns:
            begin, end = _place(each.returns)
            yield max(arrow for arrow in arrows if arrow < begin), end, ""
        if isinstance(each, ast.arg) and each.annotation:
            begin, end = _place(each)
            yield (begin[0], begin[1] + len(each.arg)), end, ""
        body = getattr(each, "body", None)
        for statement in body if isinstance(body, list) else ():
            if _is_for_readers(statement, module):
                yield *_place(statement), "" if len(body or ()) > 1 or body is module.body else "pass"


def _is_for_readers(statement: ast.stmt, module: ast.Module) -> bool:
    """Whether it is a docstring, or an import for annotations alone, which are never evaluated."""
    if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
        return not {each.asname or each.name for each in statement.names} & _used(module)
    return isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str)


def _used(module: ast.Module) -> set[str]:
    """Names that are needed when it runs."""
    parts = list(ast.walk(module))
    notes = [
        note for each in parts for name in ("annotation", "returns") if (note := getattr(each, name, None))
    ]
    unused = {inner for note in notes for inner in ast.walk(note)}
    return {each.id for each in parts if isinstance(each, ast.Name) and each not in unused}


def _place(part: ast.stmt | ast.expr | ast.arg) -> Place:
    assert part.end_lineno
    assert part.end_col_offset
    return (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def archive(files: Mapping[str, str]) -> bytes:
    """Returns a tar file: in order, nobody's, of one time."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, text in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            data = text.encode()
            entry.size, entry.mtime = len(data), EPOCH
            entry.mode = 0o755 if path.endswith(".sh") else 0o644
            tar.addfile(entry, io.BytesIO(data))
    return made.getvalue()


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
    text = user_data(programs())
    TEMPLATE.write_text(filled(TEMPLATE.read_text(), text))
    sys.stdout.write(f"user data: {len(text.encode()):,} bytes before its values\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
