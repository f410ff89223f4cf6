from itertools import pairwise

from streams.text.tokens import TokenBatch, tokenise


def rebuilt(batch: TokenBatch) -> list[str]:
    return [
        batch.texts[d][batch.start[i] : batch.end[i]]
        for d in range(len(batch.texts))
        for i in range(batch.doc[d], batch.doc[d + 1])
    ]


def test_offsets_and_ids_point_at_the_words() -> None:
    batch = tokenise(["Mr. O'Brien's F-16 left.", "", "e\u0301lan 👩‍🚀 שלום עליכם", " \n "])
    assert rebuilt(batch) == batch.words == [batch.vocabulary[i] for i in batch.ids]
    assert batch.doc.tolist() == [0, 8, 8, 14, 14]


def test_possessives_hyphens_and_abbreviations() -> None:
    words = tokenise(["Gen. Dung of U.S.-backed Sana'a met China's envoy."]).words
    assert words == [
        *("Gen.", "Dung", "of", "U.S.", "-", "backed", "Sana'a", "met", "China", "'s", "envoy"),
        ".",
    ]


def test_nothing_but_white_space_is_left_out() -> None:
    text = "a\u0301\u00adb \u200b ½ €5,000.50 #x_y http://a.b/c?d=e. \U0001f600\ufe0f"
    batch = tokenise([text])
    covered = "".join(batch.words)
    assert covered == "".join(text.split())


def test_sentences_end_at_stops_and_lines_never_across_texts() -> None:
    batch = tokenise(['He said "no." Then left\nHeadline here', "Next. One"])
    bounds = batch.sentence.tolist()
    sentences = [" ".join(batch.words[a:b]) for a, b in pairwise(bounds)]
    assert sentences == [
        'He said " no . "',
        "Then left",
        "Headline here",
        "Next .",
        "One",
    ]


def test_an_empty_batch() -> None:
    batch = tokenise([])
    assert batch.words == []
    assert batch.doc.tolist() == [0]
