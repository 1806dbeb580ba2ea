"""CloudFormation's functions, evaluated without AWS: a template and parameters in, plain values out."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
FLEET = ROOT / "fleet.yaml"
NO_VALUE = object()
_STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/natkeeper"
PSEUDO: Mapping[str, Any] = {
    "AWS::StackName": "natkeeper",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackId": f"{_STACK}/01234567-89ab-cdef-0123-456789abcdef",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": NO_VALUE,
}


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms, read as their long ones."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        value = value.split(".", 1) if suffix == "GetAtt" else value
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


@cache
def template(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template, with long function names. Shared: do not change it."""
    loaded: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # a SafeLoader with more tags
    return loaded


@dataclass(frozen=True)
class Stack:
    """What a template means for some parameters."""

    given: Mapping[str, str] = field(default_factory=dict)
    path: Path = TEMPLATE

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """All parameters, as strings; the defaults where nothing is given."""
        defaults = {name: str(p["Default"]) for name, p in template(self.path)["Parameters"].items()}
        unknown = self.given.keys() - defaults.keys()
        assert not unknown, f"no such parameter: {unknown}"
        return defaults | dict(self.given)

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        condition = template(self.path)["Conditions"][name]
        return bool(self._once(name, lambda: self.value(condition)))

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources that exist, with their functions evaluated. Shared: do not change it."""
        wanted = template(self.path)["Resources"].items()
        found: dict[str, dict[str, Any]] = self._once(
            "resources",
            lambda: {
                name: self.value(resource)
                for name, resource in wanted
                if "Condition" not in resource or self.condition(resource["Condition"])
            },
        )
        return found

    def _once(self, what: str, found: Callable[[], Any]) -> Any:
        """What was found before for these pseudo parameters, or is found now."""
        key = (what, *PSEUDO.values())
        if key not in self._known:
            self._known[key] = found()
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[object, ...], Any]:
        return {}

    def properties(self, name: str) -> dict[str, Any]:
        """The evaluated properties of a resource that exists."""
        found: dict[str, Any] = self.resources()[name]["Properties"]
        return found

    def outputs(self) -> dict[str, str]:
        """The values of the outputs that are shown."""
        wanted = template(self.path)["Outputs"].items()
        return {
            name: self.value(output["Value"])
            for name, output in wanted
            if "Condition" not in output or self.condition(output["Condition"])
        }

    def broken_rules(self) -> list[str]:
        """What CloudFormation would say before it creates anything."""
        return [
            assertion["AssertDescription"]
            for rule in template(self.path)["Rules"].values()
            if self.value(rule.get("RuleCondition", True))
            for assertion in rule["Assertions"]
            if not self.value(assertion["Assert"])
        ]

    def value(self, node: Any) -> Any:
        """A part of the template with every function replaced by what it gives."""
        if isinstance(node, list):
            values = [self.value(part) for part in node]
            return [v for v in values if v is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
        evaluated = {key: self.value(part) for key, part in node.items()}
        return {key: v for key, v in evaluated.items() if v is not NO_VALUE}

    def ref(self, name: str) -> Any:
        """A parameter's or pseudo parameter's value; a made-up id for a resource that exists."""
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        self._must_exist(name)
        return f"<{name}>"

    def attribute(self, name: str, attribute: str) -> str:
        """A made-up value for an attribute of a resource that exists."""
        self._must_exist(name)
        return f"<{name}.{attribute}>"

    def _must_exist(self, name: str) -> None:
        resource = template(self.path)["Resources"][name]
        exists = "Condition" not in resource or self.condition(resource["Condition"])
        assert exists, f"{name} is used, but does not exist with {self.given}"


def _sub(stack: Stack, argument: Any) -> str:
    text, extra = argument if isinstance(argument, list) else (argument, {})

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name in extra:
            return str(stack.value(extra[name]))
        if "." in name:
            return stack.attribute(*name.split(".", 1))
        return str(stack.ref(name))

    return re.sub(r"\$\{([^!}][^}]*)\}", replaced, text)


def _if(stack: Stack, argument: Any) -> Any:
    name, yes, no = argument
    return stack.value(yes if stack.condition(name) else no)


def _select(stack: Stack, argument: Any) -> Any:
    index, values = argument
    return stack.value(values)[int(index)]


def _split(stack: Stack, argument: Any) -> list[str]:
    delimiter, text = argument
    assert isinstance(delimiter, str)
    return str(stack.value(text)).split(delimiter)


def _join(stack: Stack, argument: Any) -> str:
    delimiter, parts = argument
    assert isinstance(delimiter, str), "CloudFormation takes no function as a delimiter"
    return delimiter.join(stack.value(parts))


def _cidr(stack: Stack, argument: Any) -> list[str]:
    block, count, bits = argument
    subnets = ipaddress.ip_network(stack.value(block)).subnets(new_prefix=32 - bits)
    return [str(net) for _, net in zip(range(count), subnets, strict=False)]


_FUNCTIONS: Mapping[str, Callable[[Stack, Any], Any]] = {
    "Ref": lambda stack, name: stack.ref(name),
    "Condition": lambda stack, name: (
        stack.condition(name) if isinstance(name, str) else {"Condition": stack.value(name)}
    ),
    "Fn::GetAtt": lambda stack, path: stack.attribute(*path),
    "Fn::Sub": _sub,
    "Fn::If": _if,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Join": _join,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": lambda _, __: [f"us-east-1{letter}" for letter in "abcdef"],
    "Fn::Base64": lambda stack, text: stack.value(text),
    "Fn::Equals": lambda stack, pair: stack.value(pair[0]) == stack.value(pair[1]),
    "Fn::Not": lambda stack, one: not stack.value(one[0]),
    "Fn::And": lambda stack, all_of: all(stack.value(one) for one in all_of),
    "Fn::Or": lambda stack, any_of: any(stack.value(one) for one in any_of),
}
