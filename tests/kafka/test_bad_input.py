"""What an operator types wrong: one clear line and exit code 2, nothing sent, nothing moved."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.conftest import MakeTopic
from tests.kafka.conftest import ReadAll, Send

pytestmark = pytest.mark.kafka
Run = Callable[..., Result]
BAD_LETTER = '{"schema":"newswire.dead-letter/1","key":"#","value":"#","headers":[]}'
TYPED = {
    "replay S T --since 1969-12-31T23:59:59.999Z": "not a time since 1970",
    "replay S T --since 99999999d": "not a time since 1970",
    "replay S T --until yesterday": "not a time since 1970",
    "replay S T --rate nan": "no finite number",
    "replay S T --rate inf": "no finite number",
    "replay S T --where .a==": "jq expression '.a==': syntax error",
    "replay S T --checkpoint F/none/there": "the checkpoint can't be written",
    "replay S T --checkpoint F": "Is a directory",
    "replay S T --checkpoint F/letter.jsonl": "is no checkpoint",
    "replay S T --bootstrap host:port": "host:port with commas between",
    "replay S T --group ''": "it is empty",
    "replay S ''": "it is empty",
    "replay S --to-shadow ''": "it is empty",
    "replay S T --partition 9": "no partition 9",
    "replay S T --first-offset 3 --end-offset 3": "--first-offset is not before --end-offset",
    "replay F/text.jsonl T --since 2h": "not lines of a file",
    "replay F/text.jsonl T --partition 0": "not lines of a file",
    "replay F/text.jsonl --to-shadow s.": "a file has no topic to shadow",
    "replay F/letter.jsonl T": "letter.jsonl:1: no dead letter",
    "diff F/letter.jsonl F/text.jsonl": "letter.jsonl:1: no dead letter",
    "diff F/text.jsonl F/text.jsonl --until 2h": "not lines of a file",
    "lag --topic S --max-seconds nan": "no finite number",
    "lag --topic S --watch inf": "no finite number",
    "lag --topic S --group ''": "it is empty",
    "offsets reset --group g --topic S --to-datetime 1900-01-01": "not a time since 1970",
    "offsets reset --group '' --topic S --to-earliest": "it is empty",
    "dlq show 1:\u00b2": "is not PARTITION:OFFSET",
    "dlq redrive --decode nonsense": "unknown encoding: nonsense",
    "dlq redrive --fix .a==": "jq expression '.a==': syntax error",
    "audit --since 1h --until 2h": "--since is not before --until",
    "audit --until 1969-12-31": "not a time since 1970",
}


@pytest.mark.parametrize("typed", TYPED)
def test_it_is_said_in_a_line(
    newswire: Run,
    make_topic: MakeTopic,
    send: Send,
    read_all: ReadAll,
    tmp_path: Path,
    typed: str,
) -> None:
    source, target = make_topic(), make_topic()
    send(source, b"one")
    (tmp_path / "letter.jsonl").write_text(BAD_LETTER + "\n")
    (tmp_path / "text.jsonl").write_text('"a text"\n')
    names = {"S": source, "T": target, "''": "", "F": str(tmp_path)}
    words = [names.get(word, word.replace("F/", f"{tmp_path}/")) for word in typed.split(" ")]
    said = newswire(*words, code=2).stderr.strip().splitlines()[-1]
    assert TYPED[typed] in said
    assert read_all(target) == []


def test_an_account_of_topics_that_are_not_there_proves_nothing(newswire: Run, prefix: str) -> None:
    assert f"there is no topic {prefix}news.raw" in newswire("audit", code=2).stderr


def test_no_broker_is_said_within_the_time_that_clients_wait(
    newswire: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.clients.WAIT_MS", 1_000)
    for words in (["lag"], ["audit"], ["dlq", "stats"], ["replay", "a", "b"], ["diff", "a", "b"]):
        said = newswire(*words, "--bootstrap", "127.0.0.1:1", code=3).stderr
        assert said.startswith("newswire: broker not there: ")
        assert len(said.splitlines()) == 1
