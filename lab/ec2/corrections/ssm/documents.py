"""The shell commands inside an SSM document, with its parameters filled in."""

from __future__ import annotations

import re
from typing import Any

from lab.ec2.refusal import ssm_refusal

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
BUILT_IN = "AWS-RunShellScript"


def commands_of(backend: Any, name: str, version: str, given: dict[str, list[str]]) -> list[str]:
    """Returns the lines that a document runs. Raises InvalidDocument for one that does not exist."""
    if name == BUILT_IN:
        return list(given.get("commands", []))
    documents = backend._documents.get(name)
    if documents is None:
        raise ssm_refusal("InvalidDocument", "")
    document = documents.find(None if version in ("", "$DEFAULT") else version)
    content: dict[str, Any] = document.content_json
    values = _values(content.get("parameters") or {}, given)
    lines: list[str] = []
    for step in content.get("mainSteps") or []:
        if step.get("action") == "aws:runShellScript":
            for line in step["inputs"]["runCommand"]:
                lines += _fill(line, values)
    return lines


def _values(known: dict[str, Any], given: dict[str, list[str]]) -> dict[str, Any]:
    """Raises InvalidParameters for one that the document does not have, or that its pattern refuses."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ssm_refusal("InvalidParameters", f"Parameters {unknown} are not in the document")
    for name, values in given.items():
        pattern = known[name].get("allowedPattern", "")
        if not all(re.search(pattern, each) for each in values):
            raise ssm_refusal("InvalidParameters", f"Parameter {name} must match {pattern}")
    return {**{name: spec.get("default", "") for name, spec in known.items()}, **given}


def _fill(line: str, values: dict[str, Any]) -> list[str]:
    whole = PLACE.fullmatch(line.strip())
    if whole and isinstance(values.get(whole[1]), list):
        return [str(item) for item in values[whole[1]]]

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1], "")
        return " ".join(map(str, found)) if isinstance(found, list) else str(found)

    return [PLACE.sub(value, line)]
