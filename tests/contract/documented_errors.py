"""Every error that AWS documents for our calls, what we take it for, and why that is safe.

Of EC2 only what can come from our calls: its list has as many again about images, VPN and mirrors. A code
that is not here is unknown, and told.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Row:
    """Codes that mean the same to us; of one that only its words tell from another, the words."""

    means: type[AwsError]
    why: str
    codes: str
    words: str = ""


SOURCES = {
    "any": "https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html",
    "ec2": "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    "ssm": "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html",
    "dynamodb": "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html",
    "sns": "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html",
    "events": "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html",
    "seen": "https://github.com/boto/botocore/blob/develop/botocore/retries/standard.py",
}
"""`seen` is what botocore repeats by itself, and what its users met without a page of AWS."""
TABLE = {
    "any": (
        Row(DeniedError, "IAM or the account says no until a person mends it",
            "AccessDeniedException NotAuthorized OptInRequired"),
        Row(DeniedError, "no run has other credentials",
            "IncompleteSignature UnrecognizedClientException MissingAuthenticationToken"),
        Row(ExpiredError, "the next run signs anew", "ExpiredTokenException RequestExpired"),
        Row(ThrottledError, "passes with the load", "ThrottlingException"),
        Row(UnreachableError, "AWS is broken, or did not get all that we sent",
            "InternalFailure ServiceUnavailable RequestAbortedException RequestTimeoutException"),
        Row(RefusedError, "no repetition makes a wrong request right",
            "InvalidParameterCombination InvalidParameterValue InvalidQueryParameter MalformedQueryString "
            "MalformedHttpRequestException MissingAction MissingParameter RequestEntityTooLargeException "
            "UnknownOperationException ValidationError"),
    ),
    "ec2": (
        Row(DeniedError, "a person gives the right, or the account back",
            "UnauthorizedOperation AuthFailure AccountDisabled Blocked PendingVerification OptInRequired "
            "TagPolicyViolation CustomerKeyHasBeenRevoked"),
        Row(DeniedError, "no run has other credentials",
            "InvalidClientTokenId SignatureDoesNotMatch IncompleteSignature MissingAuthenticationToken"),
        Row(ExpiredError, "frozen between signing and sending: the next run signs anew",
            "SignatureDoesNotMatch", "Signature expired: 20260129T154623Z is now earlier than ..."),
        Row(ExpiredError, "the next run signs, and reads from the first page",
            "RequestExpired InvalidSecurity.RequestHasExpired InvalidPaginationToken InvalidNextToken"),
        Row(ThrottledError, "passes with the load of the account",
            "RequestLimitExceeded BandwidthLimitExceeded ConcurrentTagAccess"),
        Row(UnreachableError, "AWS is broken",
            "InternalError InternalFailure ServerInternal ServiceUnavailable Unavailable RetryableError"),
        Row(CapacityError, "another pool may have room; told, since none may",
            "InsufficientInstanceCapacity InsufficientCapacity InsufficientHostCapacity "
            "UnfulfillableCapacity InsufficientCapacityOnHost InsufficientReservedInstanceCapacity "
            "ReservationCapacityExceeded SpotMaxPriceTooLow"),
        Row(CapacityError, "comes as a server error, and yet may last: told",
            "InsufficientVolumeCapacity InsufficientAddressCapacity"),
        Row(UnofferedError, "this type never launches here, another may",
            "Unsupported InvalidInstanceType EncryptedVolumesNotSupported "
            "InstanceCreditSpecification.NotSupported"),
        Row(UnofferedError, "the same, in words only", "InvalidParameterValue",
            "Invalid value 't9g.nano' for InstanceType."),
        Row(UnofferedError, "the same, in words only", "InvalidParameterCombination",
            "The specified instance type is not eligible for Free Tier."),
        Row(UnofferedError, "the same, in words only", "UnsupportedOperation",
            "The instance type is not supported by the specified AMI"),
        Row(QuotaError, "a person asks for more, or ends what nobody needs",
            "VcpuLimitExceeded InstanceLimitExceeded MaxSpotInstanceCountExceeded AddressLimitExceeded "
            "RequestResourceCountExceeded InsufficientFreeAddressesInSubnet NetworkInterfaceLimitExceeded "
            "PrivateIpAddressLimitExceeded "
            "VolumeLimitExceeded MaxIOPSLimitExceeded NatGatewayLimitExceeded "
            "ResourceLimitExceeded ResourceCountExceeded "
            "ResourceCountLimitExceeded RouteLimitExceeded"),
        Row(NotReadyError, "normal while a node comes or goes",
            "IncorrectInstanceState InvalidInstanceState IncorrectState InvalidState"),
        Row(NotReadyError, "a new profile takes seconds to reach EC2", "InvalidParameterValue",
            "Invalid IAM Instance Profile ARN"),
        Row(NotReadyError, "somebody was quicker between our look and our call", "RouteAlreadyExists"),
        Row(NotFoundError, "gone since our look, or not visible yet: the next look tells",
            "InvalidInstanceID.NotFound InvalidNetworkInterfaceID.NotFound InvalidNetworkInterface.NotFound "
            "InvalidAllocationID.NotFound InvalidAddress.NotFound InvalidAddressID.NotFound "
            "InvalidAssociationID.NotFound InvalidRouteTableID.NotFound InvalidRoute.NotFound"),
        Row(NotFoundError, "what a route led to before us is gone: teardown deletes the route",
            "NatGatewayNotFound InvalidNatGatewayID.NotFound InvalidGatewayID.NotFound "
            "InvalidInternetGatewayID.NotFound InvalidCarrierGatewayID.NotFound "
            "InvalidVpcEndpointId.NotFound InvalidVpcPeeringConnectionID.NotFound"),
        Row(RefusedError, "what the stack itself names does not come back",
            "InvalidAMIID.NotFound InvalidAMIID.Unavailable InvalidSnapshot.NotFound "
            "InvalidKeyPair.NotFound InvalidLaunchTemplateId.NotFound "
            "InvalidLaunchTemplateId.VersionNotFound InvalidLaunchTemplateName.NotFoundException "
            "InvalidGroup.NotFound InvalidSecurityGroupID.NotFound InvalidSubnet InvalidSubnetID.NotFound "
            "InvalidSubnetId.NotFound InvalidZone.NotFound"),
        Row(RefusedError, "the adapter takes the next token: test_recorded_errors.py",
            "IdempotentInstanceTerminated IdempotentParameterMismatch"),
        Row(RefusedError, "somebody protects it, or holds it",
            "OperationNotPermitted Resource.AlreadyAssociated"),
        Row(RefusedError, "a person attaches the internet gateway again", "Gateway.NotAttached"),
        Row(RefusedError, "no repetition makes a wrong request or template right",
            "DryRunOperation FilterLimitExceeded InvalidAMIID.Malformed InvalidAction "
            "InvalidAvailabilityZone InvalidBlockDeviceMapping InvalidCharacter InvalidClientToken "
            "InvalidCpuCredits InvalidFilter "
            "InvalidGroupId.Malformed InvalidIamInstanceProfileArn.Malformed InvalidInput InvalidInstanceID "
            "InvalidInstanceID.Malformed InvalidLaunchTemplateId.Malformed InvalidMaxResults "
            "InvalidNetworkInterfaceId.Malformed InvalidParameter InvalidParameterCombination "
            "InvalidParameterDependency InvalidParameterValue InvalidQueryParameter InvalidRequest "
            "InvalidRoute.InvalidState InvalidRoute.Malformed InvalidRouteTableId.Malformed "
            "InvalidSecurityGroupId.Malformed InvalidSubnetID.Malformed InvalidTagKey.Malformed "
            "InvalidTenancy MalformedQueryString MissingAction MissingInput MissingParameter "
            "NatGatewayMalformed NoSuchVersion NonEBSInstance SecurityGroupsPerInstanceLimitExceeded "
            "SecurityGroupsPerInterfaceLimitExceeded TagLimitExceeded UnknownParameter UnknownVolumeType "
            "UnsupportedInstanceAttribute UnsupportedOperation UnsupportedProtocol ValidationError "
            "VPCIdNotSpecified VPCResourceNotSpecified VolumeTypeNotAvailableInZone"),
    ),
    "ssm": (
        Row(UnreachableError, "AWS is broken", "InternalServerError"),
        Row(NotReadyError, "a node that boots has no agent yet", "InvalidInstanceId"),
        Row(NotReadyError, "a command is not visible at once", "InvalidCommandId"),
        Row(ExpiredError, "the next run reads from the first page", "InvalidNextToken"),
        Row(RefusedError, "the document, or our request, is wrong",
            "DuplicateInstanceId InvalidDocument InvalidDocumentVersion InvalidFilterKey InvalidOutputFolder "
            "InvalidInstanceInformationFilterValue InvalidKeyId "
            "InvalidNotificationConfig InvalidParameters InvalidRole MaxDocumentSizeExceeded "
            "UnsupportedPlatformType"),
    ),
    "dynamodb": (
        Row(ThrottledError, "passes with the load, or as soon as somebody else has written",
            "LimitExceededException ProvisionedThroughputExceededException RequestLimitExceeded "
            "ThrottlingException TransactionCanceledException TransactionConflictException "
            "TransactionInProgressException ReplicatedWriteConflictException"),
        Row(UnreachableError, "AWS is broken", "InternalServerError ServiceUnavailable"),
        Row(NotFoundError, "teardown may go on without the table", "ResourceNotFoundException"),
        Row(DeniedError, "no run has other credentials",
            "AccessDeniedException IncompleteSignatureException MissingAuthenticationTokenException "
            "UnrecognizedClientException"),
        Row(RefusedError, "an answer, which the store and the lease look for",
            "ConditionalCheckFailedException"),
        Row(RefusedError, "the table or our request is wrong",
            "IdempotentParameterMismatchException ItemCollectionSizeLimitExceededException "
            "ValidationException"),
    ),
    "sns": (
        Row(ThrottledError, "passes with the load", "KMSThrottling"),
        Row(UnreachableError, "AWS is broken", "InternalError"),
        Row(DeniedError, "a policy of the topic or of its key says no",
            "AuthorizationError KMSAccessDenied KMSOptInRequired InvalidSecurity"),
        Row(RefusedError, "somebody has deleted the topic, and no other run finds it either", "NotFound"),
        Row(RefusedError, "somebody has disabled or deleted the topic's key",
            "KMSDisabled KMSInvalidState KMSNotFound"),
        Row(RefusedError, "our request is wrong; the last two never come for a topic",
            "InvalidParameter ParameterValueInvalid ValidationException EndpointDisabled "
            "PlatformApplicationDisabled"),
    ),
    "events": (
        Row(UnreachableError, "AWS is broken, though the answer's status may be 200",
            "InternalException InternalFailure"),
        Row(ThrottledError, "passes with the load", "ThrottlingException"),
        Row(DeniedError, "a policy of the bus says no",
            "AccessDeniedException NotAuthorizedForSourceException NotAuthorizedForDetailTypeException"),
        Row(RefusedError, "the event itself is wrong",
            "InvalidAccountIdException InvalidArgument MalformedDetail RedactionFailure"),
    ),
    "seen": (
        Row(ThrottledError, "botocore repeats it as throttled",
            "Throttling ThrottledException EC2ThrottledException RequestThrottled RequestThrottledException "
            "TooManyRequestsException SlowDown PriorRequestNotComplete"),
        Row(UnreachableError, "botocore repeats it as transient", "RequestTimeout"),
        Row(DeniedError, "IAM says no, in other services' words", "AccessDenied InvalidSignatureException"),
        Row(ExpiredError, "the next run signs anew", "ExpiredToken"),
        Row(ExpiredError, "the next run signs anew", "InvalidSignatureException",
            "Signature not yet current"),
        Row(NotReadyError, "a command's answer is not visible at once", "InvocationDoesNotExist"),
    ),
}  # fmt: skip
