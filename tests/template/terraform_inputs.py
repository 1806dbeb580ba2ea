"""The names that integrations/terraform takes, from the template: written by `make docs`."""

from __future__ import annotations

from tests.template.cfn import ROOT, template

VARIABLES = ROOT / "integrations" / "terraform" / "variables.tf"
BEGIN, END = "setsubtract(keys(var.parameters), [\n", "    ])) == 0\n"


def terraform_variables() -> str:
    """The whole file, with the list of parameters as it should be."""
    before, _, rest = VARIABLES.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    names = "".join(f'      "{name}",\n' for name in sorted(template()["Parameters"]))
    return f"{before}{BEGIN}{names}{END}{after}"
