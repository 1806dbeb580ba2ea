"""AWS's refusals, named. Each says what was attempted, on what, and what to do next."""

from __future__ import annotations


class AwsError(Exception):
    """A call to AWS that did not succeed. `needs_person`: it will not mend itself."""

    needs_person = False
    advice = "see the message of AWS; the next sweep tries again"

    def __init__(self, attempted: str, on: str, code: str, message: str) -> None:
        super().__init__(f"{attempted} on {on}: {code}: {message} ({self.advice})")
        self.attempted, self.on, self.code, self.message = attempted, on, code, message

    @property
    def name(self) -> str:
        """The error's name in logs and metrics."""
        return type(self).__name__


class DeniedError(AwsError):
    """IAM, an organisation's policy or the account says no."""

    needs_person = True
    advice = "compare the function's role with template.yaml, look for a policy or a locked account"


class ThrottledError(AwsError):
    """Too many calls in this account and region, not all of them ours."""

    advice = "the next sweep tries again"


class ExpiredError(AwsError):
    """What was good when we asked has run out: a signature, credentials, a page's token."""

    advice = "the next run signs anew; if it lasts, the clock that the function sees is wrong"


class CapacityError(AwsError):
    """No room in the zone now, for this instance type or at all."""

    needs_person = True
    advice = "add instance types to InstanceTypes; every sweep tries again"


class UnofferedError(AwsError):
    """The instance type is unknown, or not offered there, or not for this image."""

    needs_person = True
    advice = "name other instance types in InstanceTypes; the others of the list are tried"


class QuotaError(AwsError):
    """A quota of the account or the subnet's free addresses are used up."""

    needs_person = True
    advice = "raise the quota, free addresses in the subnet, or end instances that nobody needs"


class NotFoundError(AwsError):
    """AWS does not know it: gone, or not visible yet."""


class NotReadyError(AwsError):
    """It exists, but not in a state that allows this yet."""

    advice = "normal for some seconds after a launch; the next run tries again"


class UnreachableError(AwsError):
    """No answer from AWS at all, or only that something is broken there."""

    advice = "the data path goes on without us; the next sweep tries again"


class AnswerError(AwsError):
    """An answer that we cannot read: something new at AWS, or not AWS at all."""

    needs_person = True
    advice = "look for a newer natkeeper, or for a proxy that answers instead of AWS"


class RefusedError(AwsError):
    """Any other refusal: a wrong parameter, or something new."""

    needs_person = True
    advice = "most often a wrong parameter of the stack: compare it with the message"


class LostLeaseError(Exception):
    """Another run has taken the lease: this one must touch nothing more, and save nothing."""


PASSING = (ThrottledError, ExpiredError, UnreachableError, NotReadyError)
"""What says nothing about what was asked for: the same call may succeed a moment later."""
