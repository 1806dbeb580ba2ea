"""What a release says of itself: one version everywhere, and what the Application Repository takes."""

from __future__ import annotations

import re

from natkeeper import VERSION
from release.version import version
from tests.template.cfn import ROOT, Stack, template

APPLICATION = template()["Metadata"]["AWS::ServerlessRepo::Application"]


def test_the_version_is_the_newest_of_the_changelog_and_the_published_one() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert newest
    assert newest[1] == version() == VERSION == APPLICATION["SemanticVersion"]


def test_every_version_of_the_changelog_says_what_an_update_to_it_does() -> None:
    sections = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1:]

    assert [s.splitlines()[0] for s in sections if "\n**Update:**" not in s] == []


def test_the_application_repository_takes_the_metadata() -> None:
    """Patterns and lengths of the SAM Developer Guide, "AWS SAM template Metadata section properties"."""
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", APPLICATION["Name"])
    assert 1 <= len(APPLICATION["Description"]) <= 256
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", APPLICATION["Author"])
    assert len(APPLICATION["Labels"]) <= 10
    assert all(re.fullmatch(r"[a-zA-Z0-9+_:/@-]{1,127}", label) for label in APPLICATION["Labels"])


def test_licence_and_readme_are_where_the_metadata_says() -> None:
    assert "Apache License" in (ROOT / APPLICATION["LicenseUrl"]).read_text()
    assert APPLICATION["SpdxLicenseId"] == "Apache-2.0"
    assert (ROOT / APPLICATION["ReadmeUrl"]).is_file()


def test_the_stack_set_of_the_recipe_has_a_name_that_leaves_room_for_the_functions_names() -> None:
    """StackSets name a stack StackSet-<name>-<UUID>; Lambda takes 64 characters."""
    names = set(re.findall(r"--stack-set-name (\S+)", (ROOT / "docs" / "install.md").read_text()))
    functions = [
        r["Properties"]["FunctionName"]
        for r in Stack().resources().values()
        if r["Type"] == "AWS::Serverless::Function"
    ]
    longest = max(len(name.removeprefix("natkeeper")) for name in functions)

    assert len(names) == 1
    assert all(len(f"StackSet-{name}-") + 36 + longest <= 64 for name in names)
