"""`python -m node.pack`: packs the node's programs into the template's user data, always to the same bytes.

python-minifier leaves out what only readers and type checkers need, and shortens the names of locals, but no
other name: a traceback from a node says where. Its text is the same with every Python from 3.9 to 3.13.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from python_minifier import minify

from node.compression import compressed

HERE = Path(__file__).parent
TEMPLATE = HERE.parent / "template.yaml"
BOOTSTRAP = HERE / "bootstrap.sh"
BEGIN, END = "            Fn::Sub:\n              - |\n", "              - Values:\n"
INDENT = " " * 16
PART = "\f"
"""Begins each file, in front of its path; its text begins on the next line."""
DIGITS = "".join(map(chr, range(33, 127))).replace("$", "")
"""Not a dollar, for CloudFormation would look for values behind one."""
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


@cache
def bare(source: str, suffix: str = ".py") -> str:
    """Returns what a machine needs of a file."""
    if suffix != ".py":
        return "".join(f"{line}\n" for line in source.splitlines() if not line.startswith("# "))
    return _minified(_with_what_it_uses(_minified(_by_position(source)).replace(FOR_CHECKERS, "")))


def _minified(source: str) -> str:
    return minify(
        source,
        remove_literal_statements=True,
        rename_globals=False,
        hoist_literals=False,
        constant_folding=False,
    )


def _by_position(source: str) -> str:
    """Returns it with parameters that can be renamed, but for those that a call in these programs names."""
    module, named = _short(ast.parse(source)), _named()
    for function in (each for each in ast.walk(module) if isinstance(each, ast.FunctionDef)):
        found = function.args
        first = next((n for n, each in enumerate(found.args) if each.arg in named), len(found.args))
        found.posonlyargs, found.args = found.args[:first], found.args[first:]
    return ast.unparse(module)


def _short(module: ast.Module) -> ast.Module:
    """Returns it without types of fields, which nobody asks for there, and with short names of what a class
    keeps to itself."""
    for each in ast.walk(module):
        if isinstance(each, ast.ClassDef):
            for field in (field for field in each.body if isinstance(field, ast.AnnAssign)):
                field.annotation = ast.Name("int")
        elif isinstance(each, ast.Attribute) and each.attr in _private():
            each.attr = _private()[each.attr]
    return module


@cache
def _private() -> dict[str, str]:
    """Returns attributes that are not methods and whose names begin with one underscore, with short names."""
    modules = [ast.parse(text) for path, text in sources().items() if path.endswith(".py")]
    nodes = [each for module in modules for each in ast.walk(module)]
    methods = {each.name for each in nodes if isinstance(each, ast.FunctionDef)}
    names = {each.attr for each in nodes if isinstance(each, ast.Attribute)}
    found = sorted(n for n in names - methods if re.match("_[a-z]+$", n) and n not in ("_replace", "_asdict"))
    return {name: f"_{chr(ord('a') + n)}" for n, name in enumerate(found)}


@cache
def _named() -> set[str]:
    """Returns the parameters that a call of one of these programs' own functions names."""
    modules = [ast.parse(text) for path, text in sources().items() if path.endswith(".py")]
    nodes = [each for module in modules for each in ast.walk(module)]
    own = {each.name for each in nodes if isinstance(each, ast.FunctionDef)}
    return {
        word.arg or ""
        for call in nodes
        if isinstance(call, ast.Call) and own & {getattr(call.func, "id", ""), getattr(call.func, "attr", "")}
        for word in call.keywords
    }


def _with_what_it_uses(source: str) -> str:
    """Returns it without imports that only annotations needed."""
    module = ast.parse(source)
    used = {each.id for each in ast.walk(module) if isinstance(each, ast.Name)}
    for each in [each for each in module.body if isinstance(each, ast.ImportFrom)]:
        each.names = [name for name in each.names if name.name in used]
        if not each.names:
            module.body.remove(each)
    return ast.unparse(module)


def archive(files: Mapping[str, str]) -> str:
    """Returns these files in one: this way round they take 30 bytes less. Not a tar file, whose headers alone
    take 400 bytes when compressed."""
    return "".join(f"{PART}{path}\n{text}" for path, text in sorted(files.items(), reverse=True))


def packed(files: Mapping[str, str]) -> str:
    """Returns these files as text: one number, whose digits are all that can be seen. It is a twelfth shorter
    than in base64. Its last four bytes are what the decompressor looks ahead."""
    number, digits = int.from_bytes(b"\1" + compressed(archive(files)) + bytes(4), "big"), ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits


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
