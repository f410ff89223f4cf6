"""Faust as we use it: an app without its web server, tables or leader, and batches undecoded."""

import os
import tempfile
from typing import Any

import faust
from faust.serializers.schemas import Schema

from streams.settings import Settings


class BatchSchema(Schema[Any, Any]):
    """Hands a fetched batch through undecoded: the stage decodes its records."""

    def compile(self, app: Any, **_: Any) -> Any:
        """The function that makes an event of a message."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001
            return create_event(None, message.value, None, message)

        return decode


def make_app(settings: Settings) -> faust.App:
    """The app of one worker process."""
    return faust.App(
        settings.group_id,
        broker=[f"kafka://{server.strip()}" for server in settings.bootstrap.split(",")],
        datadir=tempfile.gettempdir() + f"/newswire-{os.getpid()}",
        autodiscover=False,
        web_enabled=False,
        stream_wait_empty=True,
        stream_buffer_maxsize=64,
        stream_recovery_delay=0,
        broker_commit_interval=settings.commit_interval,
        broker_session_timeout=settings.session_timeout,
        broker_rebalance_timeout=settings.rebalance_timeout,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
    )
