"""What Application Auto Scaling is asked to do is said, because it is not played."""

from tests.toolchain.datapath.running import wait_until
from tests.toolchain.datapath.tasks.world import DataPath, World


def test_scaling_that_is_not_played_is_said_once(world: World, data_path: DataPath) -> None:
    revision = world.definition(check=False)
    world.create_service("elastic", revision, desired=0)
    scaling = world.client("application-autoscaling")
    which = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/cluster/elastic",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.put_scaling_policy(
        **which,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        },
    )
    scaling.put_scheduled_action(**which, ScheduledActionName="night", Schedule="cron(0 22 * * ? *)")
    scaling.register_scalable_target(**which, MinCapacity=1, MaxCapacity=4)
    line = (
        "tasks: service/cluster/elastic: Application Auto Scaling between 1 and 4 tasks is not played "
        "(1 policies, 1 scheduled actions): the number of tasks changes only on request"
    )
    wait_until(lambda: line in data_path.lines, "it is said")
    world.create_service("later", revision, desired=0)
    scaling.register_scalable_target(**which | {"ResourceId": "service/cluster/later"}, MinCapacity=2, MaxCapacity=3)
    wait_until(
        lambda: [entry for entry in data_path.lines if "between 2 and 3 tasks" in entry], "the next look is over"
    )
    assert data_path.lines.count(line) == 1
