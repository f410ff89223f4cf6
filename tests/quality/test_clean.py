import pytest

from streams.evaluation.clean import WHOLE, Page, Score, figures, pages, score
from streams.evaluation.split import shared_data
from streams.records import Article
from streams.stages.clean import RawArticle, clean

pytestmark = pytest.mark.quality


@pytest.fixture(scope="module")
def check() -> list[Page]:
    try:
        return pages(shared_data(), check=True)
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def found(check: list[Page]) -> dict[str, tuple[Score, Score]]:
    return figures(check)


def test_whole_pages(found: dict[str, tuple[Score, Score]]) -> None:
    assert found[WHOLE][1].f1 >= 0.91


def test_extracted_text_gets_better(found: dict[str, tuple[Score, Score]]) -> None:
    before, after = found["extracted"]
    assert after.f1 >= 0.954
    assert after.f1 > before.f1


@pytest.mark.parametrize("name", ["newspaper", "readability_js", "trafilatura"])
def test_no_extractor_s_text_gets_worse(found: dict[str, tuple[Score, Score]], name: str) -> None:
    before, after = found[name]
    assert after.f1 >= before.f1


def test_the_agency_article_loses_residue_only() -> None:
    try:
        [file] = (shared_data() / "articles").glob("000_*.txt")
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    raw = RawArticle(text=file.read_text("utf-8"))
    [article] = clean([raw])
    assert isinstance(article, Article)
    body = raw.text.split("\n")
    end = next(at for at, line in enumerate(body) if line.startswith("bur-"))
    assert article.text == "\n".join(body[:end])[len(" date 2024-11-01 ") :]
    assert {removed.reason for removed in article.removed} == {
        "dateline_stamp",
        "sign_off",
        "related_links",
        "newsletter",
        "markup",
        "headline_list",
    }


def test_a_text_is_itself() -> None:
    same = score([("a b c d e", "a b c d e"), ("a", "a")])
    assert same.f1 == 1.0
    assert score([("a b c d x y", "a b c d")]).precision == pytest.approx(1 / 3)
