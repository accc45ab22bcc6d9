"""Who may do what on the broker, from the catalogue alone: one principal per service, nothing it does not need."""

from typing import NamedTuple

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from contact_events.topics import TOPICS
from event_bus.broker_view import admin_client
from event_bus.provision import group_of
from event_bus.settings import BrokerSettings

ADMINISTRATOR = "plein_admin"
# May look at what was parked and at how far readers are, and change nothing.
OPERATOR = "operator"


class AccessRule(NamedTuple):
    """One thing one principal may do. `resource` is `topic` or `group`."""

    principal: str
    resource: str
    name: str
    operation: str


def access_rules() -> tuple[AccessRule, ...]:
    """Returns every rule, in one fixed order."""
    rules: set[AccessRule] = set()
    for topic in TOPICS:
        for writer in topic.written_by:
            rules |= {AccessRule(writer, "topic", topic.name, operation) for operation in ("DESCRIBE", "WRITE")}
        for reader in (*topic.read_by, *topic.followed_by):
            rules |= {AccessRule(reader, "topic", topic.name, operation) for operation in ("DESCRIBE", "READ")}
        for reader in topic.read_by:
            rules |= {AccessRule(reader, "topic", topic.parked, operation) for operation in ("DESCRIBE", "WRITE")}
            rules |= {AccessRule(reader, "group", group_of(reader), operation) for operation in ("DESCRIBE", "READ")}
            rules |= {AccessRule(OPERATOR, "group", group_of(reader), "DESCRIBE")}
            rules |= {AccessRule(OPERATOR, "topic", topic.parked, operation) for operation in ("DESCRIBE", "READ")}
        rules |= {AccessRule(OPERATOR, "topic", topic.name, "DESCRIBE")}
    return tuple(sorted(rules))


def as_table(rules: tuple[AccessRule, ...]) -> str:
    """Returns the rules as the text that is kept in deploy/apache-kafka, for people to review."""
    return "\n".join(("principal,resource,name,operation", *(",".join(rule) for rule in rules))) + "\n"


def apply_access_rules(settings: BrokerSettings, rules: tuple[AccessRule, ...]) -> tuple[int, int]:
    """Makes the broker's rules these and no others. Returns how many were added and removed. Raises KafkaError."""
    wanted = {_acl(rule) for rule in rules}
    admin = admin_client(settings, timeout_ms=10_000)
    try:
        there, fault = admin.describe_acls(_any())
        if fault.errno:
            raise fault()
        missing = [acl for acl in wanted if acl not in set(there)]
        extra = [acl for acl in there if acl not in wanted]
        if missing:
            failed = admin.create_acls(missing)["failed"]
            if failed:
                raise failed[0][1]
        if extra:
            admin.delete_acls([_exactly(acl) for acl in extra])
    finally:
        admin.close()
    return len(missing), len(extra)


def _acl(rule: AccessRule) -> ACL:
    return ACL(
        principal=f"User:{rule.principal}",
        host="*",
        operation=ACLOperation[rule.operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(ResourceType[rule.resource.upper()], rule.name, ACLResourcePatternType.LITERAL),
    )


def _any() -> ACLFilter:
    return ACLFilter(
        principal=None,
        host=None,
        operation=ACLOperation.ANY,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )


def _exactly(acl: ACL) -> ACLFilter:
    pattern = acl.resource_pattern
    return ACLFilter(
        principal=acl.principal,
        host=acl.host,
        operation=acl.operation,
        permission_type=acl.permission_type,
        resource_pattern=ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type),
    )
