"""AWS's error codes by what they mean to us: who is told, and what is tried next.

Any other code is taken for a plain refusal: told, and tried again ever less often. Every code that AWS
documents for our calls, with a reason, is in tests/contract/documented_errors.py.
"""

from __future__ import annotations

from natkeeper.core.errors import (
    AwsError,
    CapacityError,
    DeniedError,
    ExpiredError,
    NotFoundError,
    NotReadyError,
    QuotaError,
    RefusedError,
    ThrottledError,
    UnofferedError,
    UnreachableError,
)

_THROTTLED = """
    RequestLimitExceeded Throttling ThrottlingException ThrottledException EC2ThrottledException
    RequestThrottled RequestThrottledException TooManyRequestsException SlowDown PriorRequestNotComplete
    BandwidthLimitExceeded ConcurrentTagAccess
    ProvisionedThroughputExceededException LimitExceededException
    TransactionCanceledException TransactionConflictException TransactionInProgressException
    ReplicatedWriteConflictException
    KMSThrottling
"""
_BROKEN = """
    InternalError InternalFailure InternalException InternalServerError ServerInternal RetryableError
    ServiceUnavailable Unavailable
    RequestAbortedException RequestTimeout RequestTimeoutException
"""
_EXPIRED = """
    RequestExpired InvalidSecurity.RequestHasExpired ExpiredToken ExpiredTokenException
    InvalidPaginationToken InvalidNextToken
"""
_DENIED = """
    UnauthorizedOperation AccessDenied AccessDeniedException AuthFailure AuthorizationError NotAuthorized
    NotAuthorizedForSourceException NotAuthorizedForDetailTypeException
    AccountDisabled Blocked PendingVerification OptInRequired TagPolicyViolation
    InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch InvalidSignatureException
    InvalidSecurity IncompleteSignature IncompleteSignatureException
    MissingAuthenticationToken MissingAuthenticationTokenException
    KMSAccessDenied KMSOptInRequired CustomerKeyHasBeenRevoked
"""
_NO_ROOM = """
    InsufficientInstanceCapacity InsufficientHostCapacity InsufficientCapacity InsufficientCapacityOnHost
    InsufficientReservedInstanceCapacity ReservationCapacityExceeded UnfulfillableCapacity SpotMaxPriceTooLow
    InsufficientVolumeCapacity InsufficientAddressCapacity
"""
_UNOFFERED = """
    Unsupported InvalidInstanceType
    EncryptedVolumesNotSupported InstanceCreditSpecification.NotSupported
"""
_QUOTA = """
    VcpuLimitExceeded InstanceLimitExceeded MaxSpotInstanceCountExceeded RequestResourceCountExceeded
    InsufficientFreeAddressesInSubnet NetworkInterfaceLimitExceeded AddressLimitExceeded
    PrivateIpAddressLimitExceeded VolumeLimitExceeded MaxIOPSLimitExceeded NatGatewayLimitExceeded
    ResourceLimitExceeded ResourceCountExceeded ResourceCountLimitExceeded RouteLimitExceeded
"""
_NOT_READY = """
    IncorrectInstanceState InvalidInstanceState IncorrectState InvalidState
    InvalidInstanceId InvalidCommandId InvocationDoesNotExist
    RouteAlreadyExists
"""
_GONE = "ResourceNotFoundException NatGatewayNotFound"
_OF_THE_STACK = """
    InvalidAMIID.NotFound InvalidSnapshot.NotFound InvalidKeyPair.NotFound
    InvalidLaunchTemplateId.NotFound InvalidLaunchTemplateName.NotFoundException
    InvalidGroup.NotFound InvalidSecurityGroupID.NotFound
    InvalidSubnetID.NotFound InvalidSubnetId.NotFound InvalidZone.NotFound
    NotFound
"""
"""What the stack itself names does not come back: image, template, group, subnet, and the topic of SNS."""

CODES: dict[str, type[AwsError]] = {
    code: means
    for means, codes in (
        (ThrottledError, _THROTTLED),
        (UnreachableError, _BROKEN),
        (ExpiredError, _EXPIRED),
        (DeniedError, _DENIED),
        (CapacityError, _NO_ROOM),
        (UnofferedError, _UNOFFERED),
        (QuotaError, _QUOTA),
        (NotReadyError, _NOT_READY),
        (NotFoundError, _GONE),
        (RefusedError, _OF_THE_STACK),
    )
    for code in codes.split()
}
