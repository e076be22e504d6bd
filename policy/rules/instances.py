"""Amazon EC2: instances, launch templates and Auto Scaling groups."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given, is_false, is_given, is_one_of, is_true, setting_texts, texts_setting
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, violation
from policy.rules.clear_secrets import LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE
from policy.rules.compute import INSTANCE
from policy.values import Value, some

GROUP: Final = "aws:autoscaling/group:Group"
NOTIFICATION: Final = "aws:autoscaling/notification:Notification"
MOST_HOPS: Final = 1
NAT_INSTANCE: Final = "spot-platform:index:NatInstance"


def _is_no_gateway(instance: ResourceView) -> bool:
    return instance.component != NAT_INSTANCE


def _one_network(instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    interfaces = instance.at("networkInterfaces")
    if len(interfaces.items()) > 1:
        yield violation(interfaces.path, f"{interfaces.path} has {len(interfaces.items())} network interfaces")


def _few_hops(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    hops = resource.at("metadataOptions.httpPutResponseHopLimit")
    if (hops.number() or 0) > MOST_HOPS:
        yield violation(hops.path, f"{hops}; it must be {MOST_HOPS}")


def _no_public_address(template: ResourceView, _config: Config) -> Iterator[Verdict]:
    for interface in template.at("networkInterfaces").items():
        yield from guarded(_is_private(interface.at("associatePublicIpAddress")))


def _is_private(public: Value) -> Iterator[Verdict]:
    if public.flag():
        yield violation(public.path, f"{public}; it must be false")


def _disks_encrypted(template: ResourceView, _config: Config) -> Iterator[Verdict]:
    for mapping in template.at("blockDeviceMappings").items():
        encrypted = mapping.at("ebs.encrypted")
        if mapping.at("ebs").present and not encrypted.flag():
            yield violation(encrypted.path, f"{encrypted}; it must be true")


def _checked_by_balancer(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    kind = group.at("healthCheckType")
    if (group.at("targetGroupArns").items() or group.at("loadBalancers").items()) and kind.text() != "ELB":
        yield violation(kind.path, f"{kind}; it must be ELB, since a load balancer sends it requests")


def _has_cooldown(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    cooldown = group.at("defaultCooldown")
    if cooldown.number() == 0:
        yield violation(cooldown.path, f"{cooldown}; it must be more than 0")


def _is_told(graph: Graph, group: ResourceView, config: Config) -> Iterator[Verdict]:
    told = [each.at("notifications") for each in graph.dependents(group, NOTIFICATION, "groupNames")]

    def tells(event: str) -> bool:
        return some(told, lambda events: some(events.items(), lambda item: item.text() == event))

    missing = [event for event in setting_texts(config, "events") if not tells(event)]
    if missing:
        yield violation("name", f"no Notification of the stack is for {', '.join(missing)}")


EVENTS: Final = [
    f"autoscaling:EC2_INSTANCE_{event}" for event in ("LAUNCH", "LAUNCH_ERROR", "TERMINATE", "TERMINATE_ERROR")
]
"""Events that a group can send notifications of ("Amazon SNS notification options for Amazon EC2 Auto Scaling")."""


def _from_template(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    old = group.at("launchConfiguration")
    if given(old):
        yield violation(old.path, f"{old}; a launch template must be given instead")


RULES = (
    Rule(
        id="ec2-instance-no-public-address",
        title="Instances have no public address",
        problem="The instance has a public address",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.9",),
        checkov=("CKV_AWS_88",),
        prowler=(
            "ec2_instance_internet_facing_with_instance_profile",
            "ec2_instance_public_ip",
        ),
        types=(INSTANCE,),
        remediation="Set associatePublicIpAddress to false, and reach it through Session Manager.",
        check=is_false("associatePublicIpAddress", when=_is_no_gateway),
        note="The NAT instance of this platform is the way out to the internet, so it has one.",
    ),
    Rule(
        id="ec2-metadata-hops",
        title="The metadata service answers the instance itself only",
        problem="Containers on the instance reach its credentials",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        fsbp=("AutoScaling.4",),
        checkov=("CKV_AWS_341",),
        types=(INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION),
        remediation="Set metadataOptions.httpPutResponseHopLimit to 1.",
        check=_few_hops,
    ),
    Rule(
        id="ec2-launch-metadata",
        title="The metadata service of instances from a template requires a token",
        problem="Whoever can make an instance of the template send a request can get its credentials",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("AutoScaling.3",),
        checkov=("CKV_AWS_79",),
        prowler=(
            "autoscaling_group_launch_configuration_requires_imdsv2",
            "ec2_launch_template_imdsv2_required",
        ),
        trivy=("AWS-0130",),
        types=(LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION),
        remediation="Set metadataOptions.httpTokens to required.",
        check=is_one_of("metadataOptions.httpTokens", "required"),
    ),
    Rule(
        id="ec2-launch-no-public-address",
        title="Instances that a template launches have no public address",
        problem="Instances of the template have public addresses",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=(
            "AutoScaling.5",
            "EC2.25",
        ),
        checkov=(
            "CKV_AWS_88",
            "CKV_AWS_389",
        ),
        prowler=(
            "autoscaling_group_launch_configuration_no_public_ip",
            "ec2_launch_template_no_public_ip",
        ),
        trivy=("AWS-0009",),
        types=(LAUNCH_TEMPLATE,),
        remediation="Set associatePublicIpAddress of each network interface to false.",
        check=_no_public_address,
    ),
    Rule(
        id="ec2-launch-disks-encrypted",
        title="Disks of instances that a template launches are encrypted",
        problem="Disks of the template's instances are not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        trivy=(
            "AWS-0008",
            "AWS-0122",
        ),
        types=(LAUNCH_TEMPLATE,),
        remediation="Set ebs.encrypted of each block device mapping to true.",
        check=_disks_encrypted,
    ),
    Rule(
        id="ec2-instance-monitored",
        title="Instances are monitored every minute",
        problem="The instance is monitored only every five minutes",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        checkov=("CKV_AWS_126",),
        cdk_nag=("AwsSolutions-EC28",),
        prowler=("ec2_instance_detailed_monitoring_enabled",),
        types=(INSTANCE,),
        remediation="Set monitoring to true.",
        check=is_true("monitoring", when=_is_no_gateway),
        note="Not required for the NAT instance, which is for stacks that nobody monitors.",
    ),
    Rule(
        id="ec2-instance-termination-protection",
        title="Instances cannot be ended by mistake",
        problem="The instance can be ended by mistake",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        cdk_nag=("AwsSolutions-EC29",),
        types=(INSTANCE,),
        remediation="Set disableApiTermination to true.",
        check=is_true("disableApiTermination", when=_is_no_gateway),
        note="Not required for the NAT instance, which stores nothing.",
    ),
    Rule(
        id="ec2-instance-one-network",
        title="An instance has a single network interface",
        problem="The instance has several network interfaces, and so may connect networks",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("EC2.17",),
        prowler=("ec2_instance_uses_single_eni",),
        types=(INSTANCE,),
        remediation="Give the instance one network interface.",
        check=_one_network,
    ),
    Rule(
        id="ec2-instance-role",
        title="An instance has a role",
        problem="The instance has no role, so that people put access keys on it",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV2_AWS_41",),
        prowler=("ec2_instance_profile_attached",),
        types=(INSTANCE,),
        remediation="Give iamInstanceProfile a profile, at least with what Session Manager needs.",
        check=is_given("iamInstanceProfile"),
        note="Without a role Systems Manager does not reach the instance: nobody updates it, and SSH must be open.",
    ),
    Rule(
        id="ec2-group-cooldown",
        title="A group waits between two steps of scaling",
        problem="The group scales again before the last step has an effect",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        cdk_nag=("AwsSolutions-AS1",),
        types=(GROUP,),
        remediation="Leave defaultCooldown at 300, or set it to more than 0.",
        check=_has_cooldown,
    ),
    Rule(
        id="ec2-group-notifies",
        title="Somebody is notified when a group cannot scale",
        problem="Nobody is notified when the group cannot scale",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        cdk_nag=("AwsSolutions-AS3",),
        types=(GROUP, NOTIFICATION),
        remediation="Add a Notification of the group to a topic, with the events that the message names.",
        check_graph=per_resource(_is_told, GROUP),
        config={"events": texts_setting(EVENTS, "Events that somebody must be notified of.")},
        note="The default is what cdk-nag requires. This platform's profiles require only the errors.",
    ),
    Rule(
        id="ec2-group-launch-template",
        title="Groups of instances are launched from a template",
        problem="The group is launched from a launch configuration, which AWS no longer extends",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("AutoScaling.9",),
        checkov=("CKV_AWS_315",),
        prowler=("autoscaling_group_using_ec2_launch_template",),
        types=(GROUP,),
        remediation="Give launchTemplate or mixedInstancesPolicy.",
        check=_from_template,
    ),
    Rule(
        id="ec2-group-health-check",
        title="A group behind a load balancer replaces instances that the load balancer finds unhealthy",
        problem="The group keeps instances that the load balancer finds unhealthy",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=("AutoScaling.1",),
        checkov=("CKV2_AWS_15",),
        cdk_nag=("AwsSolutions-AS2",),
        prowler=("autoscaling_group_elb_health_check_enabled",),
        types=(GROUP,),
        remediation="Set healthCheckType to ELB.",
        check=_checked_by_balancer,
    ),
)
