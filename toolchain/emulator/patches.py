"""Lists the patches of moto: features that the AWS provider plugin or the data path needs and that moto lacks.

Every patch is a function without arguments that changes moto in this process, and its docstring states its reason.
`apply` runs all patches. If a newer moto has a method that a patch adds, the patch fails, so that it is noticed and
removed.
"""

from collections.abc import Callable

from toolchain.emulator.deployed_apis import keep_deployed_documents
from toolchain.emulator.patches_api_gateway import (
    change_binary_media_types,
    change_settings_of_apis,
    import_mock_integrations,
    keep_imported_documents,
    keep_numbers_of_usage_plans,
    let_go_of_the_logging_role,
    list_no_base_path_mappings,
    read_security_policies_of_apis_back,
)
from toolchain.emulator.patches_api_gateway_domains import read_endpoint_access_modes_back, update_domain_names
from toolchain.emulator.patches_api_gateway_paths import take_greedy_paths
from toolchain.emulator.patches_api_gateway_tags import tag_everything
from toolchain.emulator.patches_backup import list_recovery_points, update_backup_plans
from toolchain.emulator.patches_budgets import keep_budget_subscribers
from toolchain.emulator.patches_cloudfront import (
    complete_invalidations_when_the_edge_has,
    keep_response_headers_policies,
    publish_function,
    read_distributions_back,
)
from toolchain.emulator.patches_ec2 import (
    give_each_interface_a_free_address,
    read_descriptions_of_rules_back,
    route_to_changed_endpoints,
    tell_ipv6_blocks_of_subnets,
)
from toolchain.emulator.patches_ecr import name_images_by_their_manifest
from toolchain.emulator.patches_ecs import keep_deployments, leave_tasks_to_the_data_path
from toolchain.emulator.patches_elasticache import (
    delete_cache_subnet_group,
    keep_auth_tokens,
    keep_cache_parameter_groups,
    make_member_clusters,
    tell_cache_nodes,
)
from toolchain.emulator.patches_elasticache_changes import (
    change_cache_subnet_groups,
    change_numbers_of_replicas,
    change_replication_groups,
    make_final_snapshots_of_caches,
)
from toolchain.emulator.patches_elb import let_go_of_targets_that_are_gone
from toolchain.emulator.patches_rds import (
    change_sources_of_event_subscriptions,
    give_each_database_a_resource_id,
    keep_changed_subnet_groups,
    keep_replicas_apart,
    make_master_passwords,
    tell_whose_parameters_are,
)
from toolchain.emulator.patches_s3 import (
    encode_listed_versions,
    judge_bucket_policies_with_their_conditions,
    let_delete_markers_go,
)
from toolchain.emulator.patches_services import (
    find_backup_tags,
    find_state_machines_valid,
    keep_backup_selections,
    keep_tags_of_new_buckets,
    list_tags_of_scalable_targets,
    read_databases_back,
    read_log_policies_with_any_principal,
    read_private_link_enforcement_back,
    read_services_back,
    replace_alarms_of_scaling_policies,
    take_query_log_groups_by_their_arn,
)
from toolchain.emulator.patches_xray import keep_sampling_rules
from toolchain.emulator.reports_elb import tell_target_health

PATCHES: tuple[Callable[[], None], ...] = (
    import_mock_integrations,
    keep_imported_documents,
    keep_deployed_documents,
    keep_numbers_of_usage_plans,
    change_binary_media_types,
    change_settings_of_apis,
    let_go_of_the_logging_role,
    list_no_base_path_mappings,
    read_endpoint_access_modes_back,
    update_domain_names,
    read_security_policies_of_apis_back,
    tag_everything,
    take_greedy_paths,
    publish_function,
    complete_invalidations_when_the_edge_has,
    keep_response_headers_policies,
    read_distributions_back,
    judge_bucket_policies_with_their_conditions,
    let_delete_markers_go,
    encode_listed_versions,
    list_tags_of_scalable_targets,
    replace_alarms_of_scaling_policies,
    find_backup_tags,
    find_state_machines_valid,
    keep_backup_selections,
    list_recovery_points,
    update_backup_plans,
    keep_budget_subscribers,
    read_descriptions_of_rules_back,
    tell_ipv6_blocks_of_subnets,
    route_to_changed_endpoints,
    tell_whose_parameters_are,
    keep_changed_subnet_groups,
    keep_tags_of_new_buckets,
    read_databases_back,
    read_log_policies_with_any_principal,
    read_private_link_enforcement_back,
    read_services_back,
    name_images_by_their_manifest,
    keep_deployments,
    leave_tasks_to_the_data_path,
    take_query_log_groups_by_their_arn,
    delete_cache_subnet_group,
    keep_cache_parameter_groups,
    make_member_clusters,
    tell_cache_nodes,
    keep_auth_tokens,
    change_replication_groups,
    change_numbers_of_replicas,
    change_cache_subnet_groups,
    make_final_snapshots_of_caches,
    make_master_passwords,
    give_each_database_a_resource_id,
    keep_replicas_apart,
    change_sources_of_event_subscriptions,
    keep_sampling_rules,
    give_each_interface_a_free_address,
    tell_target_health,
    let_go_of_targets_that_are_gone,
)


def apply() -> None:
    """Apply every patch to the moto of this process."""
    for patch in PATCHES:
        patch()
