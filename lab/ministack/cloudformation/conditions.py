"""Functions inside Conditions: ministack knows only Ref and Select there, CloudFormation many more."""

from __future__ import annotations

import copy
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks

LOGICAL = ("Fn::And", "Fn::Or", "Fn::Not")


def install() -> None:
    """Wraps the evaluation wherever ministack has imported it."""
    own = engine._evaluate_conditions

    def evaluate(template: dict[str, Any], params: dict[str, Any]) -> Any:
        mappings = template.get("Mappings", {})

        def plain(value: Any) -> Any:
            # ministack's resolver for resources knows every function; a condition has no resources.
            return engine._resolve_refs(copy.deepcopy(value), {}, params, {}, mappings, "", "")

        def simplified(expression: Any) -> Any:
            if not isinstance(expression, dict):
                return expression
            if "Fn::Equals" in expression:
                return {"Fn::Equals": [plain(value) for value in expression["Fn::Equals"]]}
            return {
                name: [simplified(each) for each in value] if name in LOGICAL else value
                for name, value in expression.items()
            }

        conditions = template.get("Conditions") or {}
        simple = {name: simplified(value) for name, value in conditions.items()}
        return own({**template, "Conditions": simple}, params)

    for module in (engine, changesets, handlers, stacks):
        module._evaluate_conditions = evaluate
