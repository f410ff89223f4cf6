"""Groups on a new broker: the coordinator says in an answer too that it is on its way."""

from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import CoordinatorLoadInProgressError, NoError, NotCoordinatorError

from ops import groups

PART = TopicPartition("t", 0)


class Admin:
    """Answers what it is given, in turn."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def alter_group_offsets(self, _group: str, wanted: dict[TopicPartition, Any]) -> Any:
        return dict.fromkeys(wanted, self.answers.pop(0))


def test_a_commit_waits_for_a_coordinator_that_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(groups, "PAUSE_SECONDS", 0.0)
    admin = Admin(CoordinatorLoadInProgressError, NotCoordinatorError, NoError)
    assert groups.commit(admin, "g", {PART: 3}) == {PART: NoError}
    assert admin.answers == []
