"""A real Apache Kafka on this machine: no Docker, no root, no system Java."""

from ops.broker.cluster import BrokerError, LocalCluster
from ops.broker.properties import Listener, Secrets

__all__ = ["BrokerError", "Listener", "LocalCluster", "Secrets"]
