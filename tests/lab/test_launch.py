"""RunInstances: what the launch template gives, what the call gives, and what is refused."""

from __future__ import annotations

import base64
from typing import Any

from .conftest import USER_DATA, Cloud


def test_the_template_gives_profile_metadata_options_and_user_data(cloud: Cloud) -> None:
    node = cloud.instance(cloud.running())
    assert node["IamInstanceProfile"]["Arn"].endswith("instance-profile/node")
    assert node["MetadataOptions"]["HttpTokens"] == "required"
    data = cloud.ec2.describe_instance_attribute(InstanceId=node["InstanceId"], Attribute="userData")[
        "UserData"
    ]["Value"]
    assert base64.b64decode(data).decode() == USER_DATA


def test_an_image_named_by_a_public_parameter_is_resolved(cloud: Cloud) -> None:
    node = cloud.instance(cloud.running())
    assert node["ImageId"].startswith("ami-")
    assert node["Architecture"] == "arm64"


def test_the_calls_interface_gives_subnet_groups_and_a_public_address(cloud: Cloud) -> None:
    node = cloud.instance(cloud.running())
    assert node["SubnetId"] == cloud.subnet
    assert [group["GroupId"] for group in node["SecurityGroups"]] == [cloud.group]
    assert node["PublicIpAddress"]
    assert node["Placement"]["AvailabilityZone"] == "us-east-1a"


def test_the_calls_interfaces_replace_the_templates(cloud: Cloud) -> None:
    other = cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    template = _template_with_interface(cloud, other)
    node = cloud.running(LaunchTemplate={"LaunchTemplateId": template})
    assert cloud.instance(node)["SubnetId"] == cloud.subnet


def test_an_instance_subnet_beside_the_templates_interfaces_is_refused(cloud: Cloud, refused: Any) -> None:
    template = _template_with_interface(cloud, cloud.subnet)
    with refused("InvalidParameterCombination"):
        cloud.launch(
            LaunchTemplate={"LaunchTemplateId": template},
            NetworkInterfaces=[],
            SubnetId=cloud.subnet,
        )


def test_a_private_address_is_one_instances_until_that_is_gone(cloud: Cloud, refused: Any) -> None:
    def launch() -> str:
        return cloud.running(
            NetworkInterfaces=[], SubnetId=cloud.subnet, PrivateIpAddress="10.0.0.77", SecurityGroupIds=[]
        )

    first = launch()
    with refused("InvalidIPAddress.InUse"):
        launch()
    cloud.ec2.terminate_instances(InstanceIds=[first])
    cloud.clock.advance(120)
    assert launch()


def test_tags_reach_instance_interface_and_volume(cloud: Cloud) -> None:
    kinds = ("instance", "network-interface", "volume")
    tags = [{"Key": "natkeeper:stack", "Value": "demo"}]
    node = cloud.instance(cloud.running(TagSpecifications=[{"ResourceType": k, "Tags": tags} for k in kinds]))
    found = {tag["Key"]: tag["Value"] for tag in node["Tags"]}
    assert found["natkeeper:stack"] == "demo"
    assert found["aws:ec2launchtemplate:id"] == cloud.template
    assert found["aws:ec2launchtemplate:version"] == "1"
    interface = cloud.ec2.describe_network_interfaces(
        NetworkInterfaceIds=[node["NetworkInterfaces"][0]["NetworkInterfaceId"]]
    )["NetworkInterfaces"][0]
    assert interface["TagSet"] == tags
    volume = cloud.ec2.describe_volumes(VolumeIds=[node["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]])[
        "Volumes"
    ][0]
    assert volume["Tags"] == tags
    assert volume["Encrypted"] is True


def test_the_same_token_gives_the_same_instance_in_its_present_state(cloud: Cloud) -> None:
    node = cloud.running(ClientToken="one")
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    again = cloud.ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        LaunchTemplate={"LaunchTemplateId": cloud.template, "Version": "1"},
        InstanceType="t4g.nano",
        NetworkInterfaces=[cloud.interface()],  # type: ignore[list-item]
        ClientToken="one",
    )["Instances"][0]
    assert (again["InstanceId"], again["State"]["Name"]) == (node, "terminated")


def test_the_same_token_with_other_parameters_is_refused(cloud: Cloud, refused: Any) -> None:
    cloud.launch(ClientToken="one")
    with refused("IdempotentParameterMismatch"):
        cloud.launch(ClientToken="one", InstanceType="t4g.micro")


def test_an_unknown_profile_is_refused(cloud: Cloud, refused: Any) -> None:
    with refused("InvalidParameterValue"):
        cloud.launch(IamInstanceProfile={"Name": "nobody"})


def test_an_unknown_template_is_refused(cloud: Cloud, refused: Any) -> None:
    with refused("InvalidLaunchTemplateId.NotFound"):
        cloud.launch(LaunchTemplate={"LaunchTemplateId": "lt-0123456789abcdef0"})


def test_an_unknown_security_group_is_refused(cloud: Cloud, refused: Any) -> None:
    with refused("InvalidGroup.NotFound"):
        cloud.launch(NetworkInterfaces=[{**cloud.interface(), "Groups": ["sg-0badc0de"]}])


def test_a_type_of_another_architecture_than_the_image_is_refused(cloud: Cloud, refused: Any) -> None:
    with refused("InvalidParameterValue"):
        cloud.launch(InstanceType="t3.nano")


def test_an_exhausted_type_is_refused_and_the_next_one_launches(cloud: Cloud, refused: Any) -> None:
    cloud.world.faults.no_capacity = {"t4g.nano"}
    with refused("InsufficientInstanceCapacity"):
        cloud.launch()
    assert cloud.launch(InstanceType="t4g.micro")


def test_a_dry_run_launches_nothing(cloud: Cloud, refused: Any) -> None:
    with refused("DryRunOperation"):
        cloud.launch(DryRun=True)
    assert not cloud.ec2.describe_instances()["Reservations"]


def _template_with_interface(cloud: Cloud, subnet: str) -> str:
    created = cloud.ec2.create_launch_template(
        LaunchTemplateName="with-interface",
        LaunchTemplateData={
            "ImageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
            "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet, "Groups": [cloud.group]}],
        },
    )
    return created["LaunchTemplate"]["LaunchTemplateId"]
