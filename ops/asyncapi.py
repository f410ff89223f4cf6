"""The AsyncAPI 3 document of our topics, made of the topic catalogue and the record schemas."""

from typing import Any

from ops.outputs import builtin_topics
from streams import __version__, dead_letters, headers, topology
from streams.settings import Settings
from streams.topics import TopicSpec, catalogue

FORMAT = "application/schema+json;version=draft-07"
"""What tools must support; our 2020-12 schemas use nothing that draft-07 reads otherwise."""
BINDING = "0.5.0"
STREAM = "news.topic.{slug}"
MESSAGES = {
    topology.RAW: "raw",
    topology.UNIQUE: "article",
    topology.DUPLICATES: "duplicate",
    topology.TAGGED: "article",
    topology.ROUTES: "route",
    topology.UNROUTED: "article",
    topology.DLQ: "dead-letter",
    STREAM: "article",
}
"""The public topics; the others are ours alone."""
READ_BY_US = {topology.RAW, topology.ROUTES}
KEYS = {
    "raw": "as the scraper chose it; it decides the partition",
    "article": "the article_id",
    "duplicate": "the article_id",
    "route": "the route's slug",
    "dead-letter": "that of the record that failed",
}
SUMMARIES = {
    "raw": "An article as scraped: a JSON object, or bare text.",
    "article": "An article, growing on its way.",
    "duplicate": "Which article repeats which.",
    "route": "A standing route; a record without value removes it.",
    "dead-letter": "The bytes of a record that no stage could take; the reason is in the headers.",
}


def document() -> dict[str, Any]:
    """The document; `$ref`s to schemas are relative to the folder `schemas/`."""
    specs = {spec.name: spec for spec in catalogue(Settings.model_construct())}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "newswire",
            "version": __version__,
            "description": "Raw news articles in; deduplicated, tagged and routed streams out.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "The broker of newswire broker up.",
            }
        },
        "channels": {_name(topic): _channel(topic, specs) for topic in MESSAGES},
        "operations": dict(_operation(topic) for topic in MESSAGES),
        "components": {"messages": {kind: _message(kind) for kind in SUMMARIES}},
    }


def _name(topic: str) -> str:
    return topic.removeprefix("news.").replace(".{slug}", "")


def _channel(topic: str, specs: dict[str, TopicSpec]) -> dict[str, Any]:
    spec = specs.get(topic) or specs[topology.TAGGED]
    kind = MESSAGES[topic]
    channel: dict[str, Any] = {
        "address": topic,
        "description": "an output stream, one for each route" if topic == STREAM else spec.meaning,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
        "bindings": {"kafka": _binding(spec)},
    }
    if topic == STREAM:
        examples = sorted(t.removeprefix(topology.TOPIC_PREFIX) for t in builtin_topics())
        described = "The route's slug. Built-in ones are the examples; more are added at run time."
        channel["parameters"] = {"slug": {"description": described, "examples": examples}}
    return channel


def _binding(spec: TopicSpec) -> dict[str, Any]:
    config: dict[str, Any] = {"cleanup.policy": [spec.config["cleanup.policy"]]}
    for name in ("retention.ms", "max.message.bytes"):
        if name in spec.config:
            config[name] = int(spec.config[name])
    return {
        "partitions": spec.partitions,
        "topicConfiguration": config,
        "bindingVersion": BINDING,
    }


def _operation(topic: str) -> tuple[str, dict[str, Any]]:
    action = "receive" if topic in READ_BY_US else "send"
    name = _name(topic)
    operation = {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": "Read by the workers." if action == "receive" else "Written by the workers.",
    }
    return f"{action}-{name}", operation


def _message(kind: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": kind,
        "title": kind,
        "summary": SUMMARIES[kind],
        "contentType": "application/json",
        "bindings": {"kafka": {"key": _key(kind), "bindingVersion": BINDING}},
    }
    if kind == "dead-letter":
        message["contentType"] = "application/octet-stream"
        message["headers"] = _headers(_dead_letter_headers())
        return message
    reference = {"$ref": f"./{kind}.v1.schema.json"}
    message["payload"] = {"schemaFormat": FORMAT, "schema": reference}
    if kind in {"article", "duplicate"}:
        message["headers"] = _headers({headers.ORIGIN: "topic:partition:offset of the raw record"})
    return message


def _key(kind: str) -> dict[str, str]:
    return {"type": "string", "description": KEYS[kind]}


def _headers(texts: dict[str, str]) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": text} for name, text in texts.items()}
    return {"type": "object", "properties": properties}


def _dead_letter_headers() -> dict[str, str]:
    return {
        dead_letters.TOPIC: "the topic that the record was read from",
        dead_letters.PARTITION: "its partition",
        dead_letters.OFFSET: "its offset",
        dead_letters.TIMESTAMP: "its time, milliseconds since 1970",
        dead_letters.STAGE: "the stage that refused it",
        dead_letters.REASON: "why: a closed list, streams/reasons.py",
        dead_letters.ERROR: "class of the exception, if there was one",
        dead_letters.DETAIL: "more, at most 1 kB, never the body",
        dead_letters.ATTEMPT: "how often it has failed",
        dead_letters.FIRST_FAILED_AT: "time of the first failure, milliseconds since 1970",
        dead_letters.VERSION: "version of the code",
    }
