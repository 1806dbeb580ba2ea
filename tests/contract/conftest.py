"""Makes the stages available to the contract tests."""

from tests.contract.stages import stage

__all__ = ["stage"]
