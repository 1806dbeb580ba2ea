"""The node's grammar of what it is asked: right values are read, and every mistake is told at once."""

from __future__ import annotations

import pytest

from node.core.parameters import Forward, ParameterError, Parameters, read

RIGHT = ("natkeeper", "10.0.0.0/16", "tcp/9999=10.0.1.10:22", "true", "false", "198.51.100.0/24", "closed")
STACK, RANGES, FORWARDS, KEEP, SSH, ADMIN, GROUP = range(7)
NO_FORWARD = "a port forward must be like tcp/9999=10.0.1.10:22"
NO_RANGE = "a private range must be like 10.0.0.0/16"
NO_ADMIN = "AdminCidr must be like 203.0.113.7/32"


def text(changes: dict[int, str] | None = None) -> str:
    """Returns the lines that CloudFormation would make of these values."""
    values = [(changes or {}).get(place, value) for place, value in enumerate(RIGHT)]
    return "\n".join([*values, ""])


def mistakes(changes: dict[int, str]) -> list[str]:
    """Returns what is told of these values."""
    with pytest.raises(ParameterError) as told:
        read(text(changes))
    return str(told.value).splitlines()


def test_right_values_are_read() -> None:
    forward = Forward("tcp", "9999", "10.0.1.10", "22")
    assert read(text()) == Parameters(
        "natkeeper",
        ["10.0.0.0/16"],
        [forward],
        keep=True,
        ssh=False,
        admin="198.51.100.0/24",
        sources=["0.0.0.0/0"],
    )


def test_who_is_a_client_is_said_by_the_group_or_where_that_is_open_by_the_ranges() -> None:
    two = {RANGES: "10.0.0.0/16,100.64.0.0/10"}
    assert read(text({**two, GROUP: "closed"})).sources == ["0.0.0.0/0"]
    assert read(text({**two, GROUP: "open"})).sources == ["10.0.0.0/16", "100.64.0.0/10"]
    assert read(text({STACK: "open", GROUP: "closed"})).sources == ["0.0.0.0/0"]


def test_lists_may_have_commas_spaces_or_both_and_be_empty_where_nothing_needs_them() -> None:
    asked = read(text({RANGES: "10.0.0.0/16, 100.64.0.0/10,", FORWARDS: "", ADMIN: ""}))
    assert (asked.ranges, asked.forwards) == (["10.0.0.0/16", "100.64.0.0/10"], [])


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (STACK, "1natkeeper", "not a stack name"),
        (STACK, "", "not a stack name"),
        (STACK, "n" * 129, "not a stack name"),
        (RANGES, "", "there is no private range to translate"),
        (RANGES, "0.0.0.0/0", NO_RANGE),
        (RANGES, "10.0.0.256/16", NO_RANGE),
        (RANGES, "10.0.0.0/7", NO_RANGE),
        (RANGES, "10.0.0.0/33", NO_RANGE),
        (RANGES, "*", NO_RANGE),
        (RANGES, "10.0.0.0/16\t", NO_RANGE),
        (RANGES, "1\u0660.0.0.0/16", NO_RANGE),
        (FORWARDS, "tcp/9999=10.0.1.10:22 -j ACCEPT", NO_FORWARD),
        (FORWARDS, "tcp/65536=10.0.1.10:22", NO_FORWARD),
        (FORWARDS, "tcp/1=10.0.1.10:65536", NO_FORWARD),
        (FORWARDS, "tcp/0=10.0.1.10:22", NO_FORWARD),
        (FORWARDS, "tcp/1=10.0.1.1:22,udp/1=10.0.1.1:22 tcp/1=10.0.1.2:22", "a port is forwarded twice"),
        (FORWARDS, "icmp/1=10.0.1.10:22", NO_FORWARD),
        (FORWARDS, "tcp/1=10.0.1.300:22", NO_FORWARD),
        (KEEP, "auto", "KeepClientAddress must be true or false"),
        (SSH, "True", "NodeSsh must be true or false"),
        (ADMIN, "198.51.100.0/33", NO_ADMIN),
        (ADMIN, "198.51.100.0", NO_ADMIN),
        (ADMIN, "", "a port forward or NodeSsh needs AdminCidr"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_that_does_not_repeat_the_value(
    place: int, value: str, told: str
) -> None:
    assert mistakes({place: value}) == [told]


def test_all_mistakes_are_told_at_once() -> None:
    assert mistakes({STACK: "-", RANGES: "", FORWARDS: "x", KEEP: "", SSH: "yes", ADMIN: "y"}) == [
        "not a stack name",
        "KeepClientAddress must be true or false",
        "NodeSsh must be true or false",
        NO_ADMIN,
        "there is no private range to translate",
        NO_FORWARD,
    ]


@pytest.mark.parametrize(
    "lines",
    ["", "closed\n", text() + "more\n", text()[:-1], text({GROUP: "open\nopen"}), text({ADMIN: "\nopen"})],
)
def test_lines_too_many_or_too_few_are_a_value_with_a_line_break(lines: str) -> None:
    with pytest.raises(ParameterError, match="a parameter holds a line break, or one is missing"):
        read(lines)


@pytest.mark.parametrize("group", ["", "Open", "end", "open "])
def test_lines_end_with_one_of_the_groups_two_words_or_are_not_whole(group: str) -> None:
    with pytest.raises(ParameterError, match="or one is missing"):
        read(text({GROUP: group}))
