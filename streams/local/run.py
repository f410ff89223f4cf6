"""`newswire run` as a function: inputs to stream files and a summary."""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import orjson

from streams.local.dead_letters import dead_letter_line
from streams.local.job import Job, Step, Steps
from streams.local.ordered import mapper
from streams.local.sinks import StreamFiles
from streams.local.sources import Sourced, Sources
from streams.local.summary import Summary
from streams.stages.contract import DeadLetter
from streams.topology import DLQ


def run(
    sources: Sources,
    folder: Path,
    job: Job,
    *,
    jobs: int = 1,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[Sources, int], None] = lambda _sources, _read: None,
) -> Summary:
    """Run the job over `sources` and write `folder/<topic>.jsonl` and `folder/summary.json`.

    `stopped` is asked before each record is read; what was read is finished. `progress` is told
    after each batch how many records have been written.

    Raises:
        OSError: `folder` can't be written to.
    """
    summary = Summary()
    files = StreamFiles(folder)
    with closing(files), closing(mapper(jobs)) as pool:
        for steps in job.steps(_until(sources, stopped, summary), pool):
            _write(steps, files, summary)
            files.flush()
            progress(sources, summary.read)
    summary.failed_inputs = sources.failed
    (folder / "summary.json").write_bytes(
        orjson.dumps(summary.as_dict(), option=orjson.OPT_INDENT_2) + b"\n"
    )
    return summary


def _until(sources: Sources, stopped: Callable[[], bool], summary: Summary) -> Iterable[Sourced]:
    for sourced in sources:
        if stopped():
            summary.interrupted = True
            return
        yield sourced


def _write(steps: Steps, files: StreamFiles, summary: Summary) -> None:
    for step in steps:
        summary.read += step.stage == "dedup"
        summary.note(step.stage, step.outcome)
        _write_outcome(step, files)


def _write_outcome(step: Step, files: StreamFiles) -> None:
    if isinstance(step.outcome, DeadLetter):
        line = dead_letter_line(step.record, step.outcome, step.stage, step.origin)
        files.write(DLQ, line)
        return
    for emission in step.outcome:
        files.write(emission.topic, emission.value)
