"""The target group, the listener and the security group of the Fargate service."""

from tests.recording import Recording
from tests.unit.components.service.conftest import APPLICATION, made


class TestEndpoint:
    def test_a_network_load_balancer_does_not_cut_what_drains(self, service: Recording) -> None:
        """With connection termination, the balancer closes every open connection at the end of the delay.

        Source: Elastic Load Balancing, "Edit target group attributes for your Network Load Balancer",
        ``deregistration_delay.connection_termination.enabled``. Amazon ECS sends SIGTERM only after deregistration
        ("Optimize load balancer connection draining parameters for Amazon ECS").
        """
        inputs = service.one("TargetGroup").inputs
        assert (inputs["protocol"], inputs["port"], inputs["targetType"]) == ("TCP", 3333, "ip")
        # A draining task fails its readiness check on purpose. The default would reset its open connections.
        assert inputs["targetHealthStates"] == [
            {"enableUnhealthyConnectionTermination": False, "unhealthyDrainingInterval": 115}
        ]
        assert inputs["deregistrationDelay"] == 115
        assert inputs["connectionTermination"] is False
        assert inputs["preserveClientIp"] == "false"
        assert inputs["healthCheck"] == {
            "enabled": True,
            "protocol": "HTTP",
            "port": "traffic-port",
            "path": "/health/ready",
            "matcher": "200",
            "interval": 10,
            "timeout": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
        }
        listener = service.one("Listener").inputs
        assert (listener["port"], listener["protocol"]) == (80, "TCP")

    def test_an_application_load_balancer(self) -> None:
        recording = made(
            load_balancer=APPLICATION,
            requests_per_task_target=1000,
        )
        inputs = recording.one("TargetGroup").inputs
        assert inputs["protocol"] == recording.one("Listener").inputs["protocol"] == "HTTP"
        assert "targetHealthStates" not in inputs
        assert "connectionTermination" not in inputs
        policies = {made.name: made.inputs for made in recording.all("aws:appautoscaling/policy:Policy")}
        tracking = policies["api-requests"]["targetTrackingScalingPolicyConfiguration"]
        assert tracking["predefinedMetricSpecification"] == {
            "predefinedMetricType": "ALBRequestCountPerTarget",
            "resourceLabel": "app/internal/50dc6c495c0c9188/targetgroup/api/73e2d6bc24d8a067",
        }
        assert tracking["targetValue"] == 1000

    def test_only_the_load_balancer_reaches_the_tasks(self, service: Recording) -> None:
        (ingress,) = service.all("SecurityGroupIngressRule")
        assert ingress.inputs["securityGroupId"] == "api-id"
        assert ingress.inputs["referencedSecurityGroupId"] == "sg-load-balancer"
        assert (ingress.inputs["fromPort"], ingress.inputs["toPort"], ingress.inputs["ipProtocol"]) == (
            3333,
            3333,
            "tcp",
        )

    def test_the_load_balancer_may_reach_the_tasks_and_the_tasks_https(self, service: Recording) -> None:
        egress = {made.name: made.inputs for made in service.all("SecurityGroupEgressRule")}
        assert egress["api-to-tasks"]["securityGroupId"] == "sg-load-balancer"
        assert egress["api-to-tasks"]["referencedSecurityGroupId"] == "api-id"
        assert egress["api-to-443-ipv4"]["cidrIpv4"] == "0.0.0.0/0"
        assert set(egress) == {"api-to-tasks", "api-to-443-ipv4"}

    def test_further_ports_and_ipv6(self) -> None:
        egress = {made.name for made in made(egress_ports=[443, 587], ipv6=True).all("SecurityGroupEgressRule")}
        assert egress == {
            "api-to-tasks",
            "api-to-443-ipv4",
            "api-to-443-ipv6",
            "api-to-587-ipv4",
            "api-to-587-ipv6",
        }
