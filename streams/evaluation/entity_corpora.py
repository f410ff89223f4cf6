"""The NER sets, each with its own types mapped onto ours and what it does not mark left open."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from streams.evaluation.split import is_check, shared_data

TYPES = ("PER", "ORG", "LOC", "NORP", "MISC")


@dataclass(slots=True)
class Span:
    """A gold name `text[start:end]`; `types` has more than one if the set cannot tell."""

    start: int
    end: int
    types: tuple[str, ...]


@dataclass(slots=True)
class Document:
    """A text with its gold names; `unmarked` are types that the set does not annotate."""

    document_id: str
    text: str
    spans: list[Span]
    unmarked: frozenset[str] = field(default_factory=frozenset)


Sentence = list[tuple[str, str]]
Row = tuple[str, ...]
WORLDWIDE = {
    "Person": "PER",
    "Organization": "ORG",
    "Location": "LOC",
    "NORP": "NORP",
    "Misc": "MISC",
    "Facility": "MISC",
    "Product": "MISC",
}


def join(sentences: list[Sentence]) -> tuple[str, list[tuple[int, int, str]]]:
    """Tokens with blanks between, sentences on lines; the text and its spans by BIO tags."""
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    at = 0
    for sentence in sentences:
        open_type = ""
        for word, tag in sentence:
            kind = tag[2:]
            if tag == "O":
                open_type = ""
            elif tag.startswith("I-") and kind == open_type:
                spans[-1] = (spans[-1][0], at + len(word), kind)
            else:
                spans.append((at, at + len(word), kind))
                open_type = kind
            parts.append(word + " ")
            at += len(word) + 1
        parts.append("\n")
        at += 1
    return "".join(parts), spans


def _blocks(lines: Iterator[str], header: str) -> Iterator[tuple[str, list[list[Row]]]]:
    name = ""
    sentences: list[list[Row]] = []
    sentence: list[Row] = []
    for raw in lines:
        line = raw.rstrip("\n")
        if line.startswith(header):
            if sentences or sentence:
                yield name, [*sentences, sentence]
            name, sentences, sentence = line[len(header) :].strip(), [], []
        elif not line.strip():
            sentences, sentence = [*sentences, sentence] if sentence else sentences, []
        elif not line.startswith("# "):
            sentence.append(tuple(line.split("\t")))
    if sentences or sentence:
        yield name, [*sentences, sentence]


def _open(name: str, encoding: str = "utf-8") -> io.TextIOWrapper:
    return io.TextIOWrapper(gzip.open(shared_data() / "ner" / name), encoding)


_BLANKS_BEFORE_TAG = re.compile(r" +(?=\S+$)")


def worldwide(part: str) -> list[Document]:
    """Worldwide newswire, `train` or `dev`: all our types marked.

    Some names have names inside; further columns hold those, the second has the longest.
    """
    documents = []
    with _open(f"worldwide-{part}.tsv.gz") as lines:
        tabbed = (_BLANKS_BEFORE_TAG.sub("\t", line) for line in lines)
        for name, sentences in _blocks(tabbed, "# file"):
            text, spans = join([[(f[0], f[1]) for f in s] for s in sentences])
            kept = [Span(a, b, (WORLDWIDE[t],)) for a, b, t in spans if t in WORLDWIDE]
            documents.append(Document(name, text, kept))
    return documents


def taught_news() -> list[Document]:
    """The newswire that teaches names: train, and the tuning half of dev."""
    tuning = [d for d in worldwide("dev") if not is_check(d.document_id)]
    return [*worldwide("train"), *tuning]


def ewt(part: str) -> list[Document]:
    """Universal NER on English web text, `dev` or `test`: PER ORG LOC only."""
    documents = []
    with _open(f"uner-ewt-{part}.iob2.gz") as lines:
        for name, sentences in _blocks(lines, "# newdoc id ="):
            rows = [[(f[1], f[2]) for f in s] for s in sentences]
            rows = [[(w, t if t[2:] in TYPES else "O") for w, t in s] for s in rows]
            text, spans = join(rows)
            documents.append(
                Document(
                    name, text, [Span(a, b, (t,)) for a, b, t in spans], frozenset({"NORP", "MISC"})
                )
            )
    return documents


def wikigold() -> list[Document]:
    """WikiGold for evaluation; its MISC holds NORP too."""
    documents = []
    with _open("wikigold-wikigold.conll.txt.gz") as lines:
        spaced = ("\t".join(line.split()) for line in lines)
        for number, (_, sentences) in enumerate(_blocks(spaced, "-DOCSTART-")):
            text, spans = join([[(f[0], "".join(f[1:2])) for f in s] for s in sentences])
            kept = [Span(a, b, ("MISC", "NORP") if t == "MISC" else (t,)) for a, b, t in spans]
            documents.append(Document(f"wikigold-{number}", text, kept))
    return documents


GMB = {
    "geo": ("LOC",),
    "gpe": ("LOC", "NORP"),
    "org": ("ORG",),
    "per": ("PER",),
    "art": ("MISC",),
    "eve": ("MISC",),
    "nat": ("MISC",),
}
TITLES = frozenset(
    [
        "president",
        "prime",
        "minister",
        "mr.",
        "mrs.",
        "ms.",
        "dr.",
        "sen.",
        "senator",
        "secretary",
        "general",
        "gen.",
        "foreign",
        "defense",
        "chief",
        "king",
        "queen",
        "prince",
        "princess",
        "pope",
        "vice",
        "chancellor",
        "premier",
        "judge",
        "justice",
        "ambassador",
        "rep.",
        "gov.",
        "governor",
        "col.",
        "colonel",
        "lt.",
        "maj.",
        "major",
        "capt.",
        "captain",
        "sgt.",
        "chairman",
        "director",
        "spokesman",
        "minister",
        "state",
        "former",
        "acting",
    ]
)


def gmb(limit: int | None = None, size: int = 20) -> list[Document]:
    """The silver GMB set with titles cut off its persons; NORP outside `gpe` is not marked."""
    documents: list[Document] = []
    sentences: list[Sentence] = []
    with _open("gmb.csv.gz", "latin-1") as lines:
        for row in csv.DictReader(lines):
            if row["Sentence #"]:
                sentences.append([])
            tag = row["Tag"]
            sentences[-1].append((row["Word"] or "-", "O" if tag[2:] == "tim" else tag))
    for index in range(0, len(sentences), size):
        if limit is not None and len(documents) >= limit:
            break
        text, spans = join([_without_titles(s) for s in sentences[index : index + size]])
        kept = [Span(a, b, GMB[t]) for a, b, t in spans]
        documents.append(Document(f"gmb-{index}", text, kept, frozenset({"NORP", "MISC"})))
    return documents


def _without_titles(sentence: Sentence) -> Sentence:
    cut: Sentence = []
    leading = True
    for word, tag in sentence:
        if tag == "O" or tag[2:] != "per" or tag.startswith("B-"):
            leading = True
        if tag[2:] == "per" and leading:
            if word.lower() in TITLES:
                cut.append((word, "O"))
                continue
            leading = False
            cut.append((word, "B-per"))
        else:
            cut.append((word, tag))
    return cut


def re3d() -> list[Document]:
    """Defence reports, character offsets; weapons and platforms that are certain."""
    documents = []
    path: Path = shared_data() / "ner" / "re3d-train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            names = {"Weapon": "WEAPON", "MilitaryPlatform": "PLATFORM"}
            spans = [
                Span(e["begin"], e["end"], (names[e["type"]],))
                for e in record["entities"]
                if e["type"] in names and e["confidence"] > 0
            ]
            documents.append(Document(record["id"], record["text"], spans))
    return documents
