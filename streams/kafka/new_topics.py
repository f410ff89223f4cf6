"""Creates the topic of an output stream when the first article for it comes."""

from time import monotonic

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from mode.utils.logging import get_logger

from streams import metrics
from streams.kafka.security import aiokafka_options
from streams.settings import Settings
from streams.topics import catalogue, copies, full_config

logger = get_logger(__name__)
AGAIN_SECONDS = 5.0
REQUEST_MS = 10_000


class NewTopics:
    """Creates missing topics as the catalogue wants them (partitions, copies, retention).

    Only where the setting `create_output_topics` allows it; a topic that can't be created is
    tried again after some seconds, if it is still wanted.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tried: dict[str, float] = {}

    async def create(self, topic: str) -> bool:
        """Create a topic by its name on the broker; whether it is there now. Never raises."""
        before = self._tried.get(topic)
        if not self._settings.create_output_topics or (
            before is not None and monotonic() - before < AGAIN_SECONDS
        ):
            return False
        self._tried[topic] = monotonic()
        try:
            await self._created(topic)
        except (KafkaError, OSError, TimeoutError) as error:
            logger.error("Topic %s can't be created: %r", topic, error)  # noqa: TRY400 - no bug
            metrics.DELIVERY_ERRORS.labels(type(error).__name__).inc()
            return False
        logger.warning("Topic %s was missing and is created", topic)
        return True

    async def _created(self, topic: str) -> None:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self._settings.bootstrap.split(","),
            request_timeout_ms=REQUEST_MS,
            **aiokafka_options(self._settings),
        )
        await admin.start()
        try:
            brokers = (await admin.describe_cluster())["brokers"]
            response = await admin.create_topics([self._wanted(topic, len(brokers))])
        finally:
            await admin.close()
        for _, code, message in response.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(message)

    def _wanted(self, topic: str, brokers: int) -> NewTopic:
        own = topic.removeprefix(self._settings.topic_prefix)
        specs = {spec.name: spec for spec in catalogue(self._settings, [own])}
        number = copies(self._settings.topic_replication, brokers)
        config = full_config(specs[topic], number)
        return NewTopic(topic, specs[topic].partitions, number, topic_configs=config)
