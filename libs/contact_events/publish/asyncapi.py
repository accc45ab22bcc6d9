"""The AsyncAPI 3 document of the topics: channels, operations, messages and Kafka bindings, from the catalogue."""

import inspect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from contact_events.envelope import EventData
from contact_events.facts import CitizenErased
from contact_events.publish.schemas import event_name, known_values, schema_of
from contact_events.topics import PARKED_PARTITIONS, Topic

Part = dict[str, Any]

_BINDING = "0.5.0"


def asyncapi_text(topics: Iterable[Topic], schema_paths: Mapping[type[EventData], str], folder: Path) -> str:
    """Returns the document in YAML. `folder` holds the kept examples; schemas are pointed at by path, beside the document."""
    topics = tuple(topics)
    document: Part = {
        "asyncapi": "3.0.0",
        "id": "urn:plein:events",
        "info": _info(),
        "defaultContentType": "application/cloudevents+json",
        "servers": _servers(),
        "channels": {name: part for topic in topics for name, part in _channels(topic).items()},
        "operations": {name: part for topic in topics for name, part in _operations(topic).items()},
        "components": {
            "messages": {
                event_class.__name__: _message(event_class, schema_paths[event_class], folder)
                for topic in topics
                for event_class in topic.events
            }
            | {"Parked": _parked_message()},
            "messageTraits": {"OnKafka": _on_kafka()},
            "securitySchemes": {
                "plain": {"type": "plain", "description": "one principal per service; its access rules follow the operations"},
                "scram": {"type": "scramSha512", "description": "the same, for a broker that keeps salted passwords"},
            },
        },
    }
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


class _Plain(yaml.SafeDumper):
    """Writes every part out, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _info() -> Part:
    return {
        "title": "Plein: events between the services",
        "version": "1.0.0",
        "description": (
            "What the services tell each other, by the NL GOV profile for CloudEvents 1.1 in structured mode. Citizens are "
            "pseudonyms; contact points travel sealed. Readers tolerate unknown fields and unheard codes."
        ),
        "license": {"name": "EUPL-1.2"},
    }


def _servers() -> Part:
    return {
        "broker": {
            "host": "{broker}:9092",
            "protocol": "kafka-secure",
            "description": "Apache Kafka 4, with SASL and access rules per service",
            "variables": {"broker": {"default": "kafka", "description": "the name the municipality gave its broker"}},
            "security": [{"$ref": f"#/components/securitySchemes/{scheme}"} for scheme in ("plain", "scram")],
        },
        "embedded": {
            "host": "localhost:8192",
            "protocol": "kafka",
            "description": "the broker inside `plein up`: memory only, one machine, no sign-in",
        },
    }


def _channels(topic: Topic) -> Part:
    channels = {
        topic.name: {
            "address": topic.name,
            "description": topic.says,
            "messages": {e.__name__: {"$ref": f"#/components/messages/{e.__name__}"} for e in topic.events},
            "bindings": {"kafka": _topic_binding(topic, topic.name, topic.partitions)},
        }
    }
    if topic.read_by:
        channels[topic.parked] = {
            "address": topic.parked,
            "description": f"what a reader of {topic.name} could not process, whole, with the reason; for operators",
            "messages": {"Parked": {"$ref": "#/components/messages/Parked"}},
            "bindings": {"kafka": _topic_binding(topic, topic.parked, PARKED_PARTITIONS)},
        }
    return channels


def _topic_binding(topic: Topic, name: str, partitions: int) -> Part:
    return {
        "topic": name,
        "partitions": partitions,
        "topicConfiguration": {
            "cleanup.policy": ["delete"],
            "retention.ms": int(topic.kept.total_seconds() * 1000),
            "max.message.bytes": topic.max_message_bytes,
        },
        "bindingVersion": _BINDING,
    }


def _operations(topic: Topic) -> Part:
    sends = {f"{service}.sends.{topic.name}": _operation("send", service, topic) for service in topic.written_by}
    receives = {f"{service}.receives.{topic.name}": _operation("receive", service, topic) for service in topic.read_by}
    parks = {f"{service}.sends.{topic.parked}": _parks(service, topic) for service in topic.read_by}
    follows = {f"{service}.follows.{topic.name}": _follows(service, topic) for service in topic.followed_by}
    return sends | receives | parks | follows


def _operation(action: str, service: str, topic: Topic) -> Part:
    kafka: Part = {"clientId": {"type": "string", "const": service}, "bindingVersion": _BINDING}
    if action == "receive":
        kafka["groupId"] = {"type": "string", "const": f"plein.{service}"}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{service} {'writes' if action == 'send' else 'reads'} {topic.name}",
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{e.__name__}"} for e in topic.events],
        "bindings": {"kafka": kafka},
    }


def _follows(service: str, topic: Topic) -> Part:
    """Without a group: every process of it reads the whole topic."""
    operation = _operation("receive", service, topic)
    operation["summary"] = f"{service} forgets what it holds of who is erased"
    operation["messages"] = [{"$ref": f"#/channels/{topic.name}/messages/{CitizenErased.__name__}"}]
    del operation["bindings"]["kafka"]["groupId"]
    return operation


def _parks(service: str, topic: Topic) -> Part:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic.parked}"},
        "summary": f"{service} shows what it could not process",
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{topic.parked}/messages/Parked"}],
    }


def _message(event_class: type[EventData], schema_path: str, folder: Path) -> Part:
    message: Part = {
        "name": event_class.event_type,
        "title": event_class.__name__,
        "summary": (inspect.getdoc(event_class) or "").partition("\n")[0],
        "contentType": "application/cloudevents+json",
        "traits": [{"$ref": "#/components/messageTraits/OnKafka"}],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": {"$ref": f"./{schema_path}"},
        },
        "examples": [
            {"name": path.stem, "payload": json.loads(path.read_bytes())}
            for path in sorted((folder / "examples" / event_name(event_class)).glob("*.json"))
        ],
    }
    if known := known_values(schema_of(event_class)):
        message["x-known-values"] = known
    return message


def _on_kafka() -> Part:
    return {
        "headers": {
            "type": "object",
            "properties": {
                "content-type": {"type": "string", "const": "application/cloudevents+json"},
                "traceparent": {"type": "string", "description": "W3C Trace Context of the processing that said it"},
            },
            "required": ["content-type"],
        },
        "bindings": {
            "kafka": {
                "key": {
                    "type": "string",
                    "format": "binary",
                    "minLength": 16,
                    "maxLength": 16,
                    "description": "the 16 bytes of the citizen's reference",
                },
                "bindingVersion": _BINDING,
            }
        },
    }


# As event_bus.parking writes them.
_PARKED_HEADERS = {
    "parked-reason": "why it could not be processed",
    "parked-reader": "which reader set it aside",
    "parked-topic": "the topic it stood on",
    "parked-partition": "the partition it stood in",
    "parked-offset": "its offset there",
    "parked-log-id": "the identity of the log that held it",
    "parked-lacks": "`key`, `value` or both, where it had none and shows an empty one",
}


def _parked_message() -> Part:
    return {
        "name": "nl.plein.parked",
        "title": "Parked",
        "summary": "One message that could not be processed: its bytes as they came, the reason, and where it stood",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "description": "the message's own headers, and these",
            "properties": {name: {"type": "string", "description": meaning} for name, meaning in _PARKED_HEADERS.items()},
            "required": [name for name in _PARKED_HEADERS if name != "parked-lacks"],
        },
    }
