"""Parameters of the stack reach a shell on the node. Patterns refuse what a shell would read; past the
patterns, the script and the documents refuse it again or hand it on as the word that it is.
"""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.environment import SettingsError
from natkeeper.settings import probe_settings
from node.core.parameters import ParameterError, read
from tests.fuzz.hostile import SHELL, fuzzed
from tests.template.cfn import Stack, template

PATTERNS = {
    name: re.compile(parameter["AllowedPattern"])
    for name, parameter in template()["Parameters"].items()
    if "AllowedPattern" in parameter
}
ON_THE_NODE = {
    "VpcCidr": "10.0.0.0/16",
    "PrivateCidrs": "10.0.0.0/16,10.1.0.0/16",
    "AdminCidr": "203.0.113.7/32",
    "PortForward1": "tcp/9999=10.0.1.10:22",
    "EgressTargets": "https://checkip.amazonaws.com,https://1.1.1.1/a~b",
}
"""Parameters that become text on the node, with a right value of each."""
TOUCH = "touch /run/harm"
READ_BY_A_SHELL = frozenset("'\"`$;&|<>(){}[]*?!#\\ \t\r\n")


@st.composite
def near(draw: st.DrawFn, right: str) -> str:
    """A right value with something put into it, over it or around it."""
    value = right
    for _ in range(draw(st.integers(1, 2))):
        at, end = sorted(draw(st.tuples(*[st.integers(0, len(value))] * 2)))
        piece = draw(
            st.sampled_from(SHELL) | st.text(max_size=3) | st.sampled_from([right, "0", ",", "/", "."])
        )
        value = value[:at] + piece + value[draw(st.sampled_from([at, end])) :]
    return value


def allows(name: str, value: str) -> bool:
    """CloudFormation takes a value that the pattern matches from end to end."""
    return PATTERNS[name].fullmatch(value) is not None


@pytest.mark.parametrize(("name", "right"), ON_THE_NODE.items())
@fuzzed(150)
@given(data=st.data())
def test_no_pattern_lets_through_what_a_shell_would_read(name: str, right: str, data: st.DataObject) -> None:
    assert allows(name, right)
    value = data.draw(near(right))
    if allows(name, value):
        assert value.isascii()
        assert not READ_BY_A_SHELL & set(value)


@pytest.mark.parametrize("name", ON_THE_NODE)
@pytest.mark.parametrize("harm", SHELL)
def test_no_pattern_takes_a_right_value_with_shell_behind_or_before_it(name: str, harm: str) -> None:
    right = ON_THE_NODE[name]
    if name == "EgressTargets" and harm in ("~", "--inside", "-o"):  # plain characters of a path
        harm = f" {harm}"

    assert not allows(name, right + harm)
    assert not allows(name, harm + right)


@fuzzed(100)
@given(name=near("natkeeper"))
def test_a_stack_name_that_no_shell_could_be_given_starts_no_function(name: str) -> None:
    """CloudFormation's own rule for stack names; the functions hold to it too."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", name, re.ASCII):
        return
    with pytest.raises(SettingsError, match="STACK_NAME"):
        probe_settings(
            {
                "STACK_NAME": name,
                "TABLE_NAME": "table",
                "PROBE_DOCUMENT": "probe",
                "GATEWAY_METRICS": "none",
            }
        )


RIGHT = ("natkeeper", "10.0.0.0/16", "tcp/9999=10.0.1.10:22", "false", "198.51.100.0/24")
"""What the node is told, a line each: stack, ranges, forwards, SSH, admin."""


def told(values: tuple[str, ...]) -> str:
    """The lines as the node reads them."""
    return "\n".join([*values, "end", ""])


@fuzzed(300)
@given(place=st.sampled_from(range(len(RIGHT))), data=st.data())
def test_the_node_refuses_what_holds_shell_and_repeats_none_of_it(place: int, data: st.DataObject) -> None:
    harm = data.draw(
        st.sampled_from([f"$({TOUCH})", f"`{TOUCH}`", f"; {TOUCH} ;", "'\nexit 7\n'", "\nend\n"])
    )
    value = data.draw(near(RIGHT[place])) + harm
    with pytest.raises(ParameterError) as refused:
        read(told((*RIGHT[:place], value, *RIGHT[place + 1 :])))

    assert TOUCH not in str(refused.value)
    assert all(line.isprintable() for line in str(refused.value).splitlines())


@fuzzed(300)
@given(place=st.sampled_from(range(len(RIGHT))), data=st.data())
def test_what_the_node_takes_reaches_the_rules_as_words(place: int, data: st.DataObject) -> None:
    value = data.draw(near(RIGHT[place]))
    try:
        asked = read(told((*RIGHT[:place], value, *RIGHT[place + 1 :])))
    except ParameterError:
        return
    words = [*asked.ranges, asked.admin, *(part for forward in asked.forwards for part in forward)]
    assert all(re.fullmatch(r"[0-9a-z./]*", word, re.ASCII) for word in words)


PROBE = "/usr/local/sbin/natkeeper-probe"


@pytest.mark.parametrize("document", ["ProbeDocument", "RepairDocument"])
@fuzzed(60)
@given(value=near("https://a.example/b,https://1.1.1.1"))
def test_targets_that_the_pattern_allows_reach_the_probe_as_they_are(document: str, value: str) -> None:
    if not allows("EgressTargets", value):
        return
    content = Stack({"EgressTargets": value}).properties(document)["Content"]
    line = content["mainSteps"][0]["inputs"]["runCommand"][-1]
    shown = line.replace(f"{PROBE} '{{{{Peers}}}}'", PROBE).replace(PROBE, "printf '%s\\n'")
    done = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, timeout=20, check=True)

    assert done.stdout.splitlines() == value.split(",")
