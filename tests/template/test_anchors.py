"""What the template says once by YAML's own means is said for somebody."""

from __future__ import annotations

import yaml

from tests.template.cfn import TEMPLATE


def test_every_anchor_of_the_template_is_named_again() -> None:
    tokens = list(yaml.scan(TEMPLATE.read_text(), yaml.CSafeLoader))
    anchors = [token.value for token in tokens if isinstance(token, yaml.AnchorToken)]
    aliases = {token.value for token in tokens if isinstance(token, yaml.AliasToken)}

    assert len(anchors) == len(set(anchors))
    assert set(anchors) == aliases
