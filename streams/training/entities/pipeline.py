"""Train everything that the entity tagger ships, from the allowed sets, byte for byte again."""

from collections.abc import Callable, Mapping
from pathlib import Path

from threadpoolctl import threadpool_limits  # comes with scikit-learn

from streams.evaluation import entity_corpora as corpora
from streams.stages.entities.features import NO_CLASS
from streams.stages.entities.forms import load
from streams.stages.entities.gazetteer import Gazetteer
from streams.training.entities import embeddings, gazetteer, twins
from streams.training.entities.dataset import Dataset, encode, learn_lexicon
from streams.training.entities.export import TARGET, export
from streams.training.entities.names import name_classes
from streams.training.entities.space import Space
from streams.training.entities.trainer import Floats, Plan, Trainer, scores_of

PLAN = Plan(epochs=5, batch=20, decay=2e-4, word_dropout=0.3, dropout=0.5, cut=3)
SIZES = (64, 256, 1024)
Report = Callable[[str], None]


def train(target: Path = TARGET, report: Report = lambda _: None) -> None:
    """Make the gazetteer and the model file; one thread, so that sums come out the same."""
    with threadpool_limits(1):
        _train(target, report)


def _train(target: Path, report: Report) -> None:
    report(f"gazetteer: {gazetteer.build()} entries")
    vectors = embeddings.train_vectors(embeddings.unlabelled(), PLAN.inner)
    classes = _classes(embeddings.clusters(vectors, SIZES), name_classes())
    report(f"vectors: {len(vectors.words)} words")
    space = Space(classes, dict(zip(vectors.words, vectors.values, strict=True)))
    news = corpora.taught_news()
    web = [*corpora.ewt("dev"), *corpora.ewt("test")]
    lexicon = learn_lexicon([*news, *web])
    known = Gazetteer(*load(gazetteer.TARGET))

    def arrays(documents: list[corpora.Document]) -> Dataset:
        return encode(documents, space, known, lexicon)

    halves = [arrays(news[0::2]), arrays(news[1::2])]
    others = arrays(web)
    held_out: list[tuple[Dataset, Floats]] = []
    for taught, unseen in (halves, halves[::-1]):
        trainer = Trainer([[taught, others]], space, PLAN)
        trainer.run(_reporter("half", report))
        held_out.append((unseen, scores_of(trainer.parameters, trainer.matrix, unseen)))
    trainer = Trainer([[*halves, others]], space, PLAN)
    parameters = trainer.run(_reporter("whole", report))
    second = twins.train(held_out, parameters.transitions[0])
    slope, shift = twins.platt(*twins.outcomes(held_out, parameters.transitions[0], second))
    report(f"calibration: {slope:.3f} {shift:.3f}")
    meta = {"slope": round(slope, 4), "shift": round(shift, 4), "sets": ["worldwide", "ewt"]}
    export(target, (space.names, parameters, second), lexicon, classes, meta)
    report(f"model: {sum(file.stat().st_size for file in target.iterdir())} bytes")


def _classes(
    clusters: Mapping[str, tuple[str, ...]], names: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    words = clusters.keys() | names.keys()
    return {w: (*clusters.get(w, NO_CLASS), *names.get(w, ())) for w in sorted(words)}


def _reporter(name: str, report: Report) -> Callable[[int, float], None]:
    return lambda epoch, loss: report(f"{name}: epoch {epoch + 1}/{PLAN.epochs}, loss {loss:.4f}")
