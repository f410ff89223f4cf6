"""Articles that share much text and are still different stories: none may be dropped."""

# ruff: noqa: C408, E501 - texts and their fillings are easier to read so
import pytest

from streams.records import Article, Dedup
from streams.stages.dedup import Index, fingerprint

NOTICE = """This service carries reports of member papers in the northern counties and the islands.
Members may print the reports in whole or in part if they name the paper that sent them.
Reports that are marked as early may change before the evening edition is put together.
Questions about rights to pictures go to the desk of the paper that took them, not to this service.
The service is paid for by the members and takes no money from advertisers or from the state."""

HARBOUR = """A fishing boat sank in the harbour of Skarvik on Monday night after it hit a pontoon.
The two men on board climbed onto the pontoon and were not hurt, the harbour master said.
Divers found a hole below the water line and will lift the boat by crane on Wednesday morning."""
SALMON = """The price of salmon fell by a tenth in a week as farms emptied their pens before winter.
Buyers in the south say that they expect it to rise again once the holiday orders come in.
Two of the larger farms said that they would keep fish in the sea until prices were better."""

WEATHER = """Weather for {place} on {day}: {sky} in the morning with {wind} winds of {n} km an hour.
The temperature rises to {a} degrees in the afternoon and falls to {b} degrees after midnight.
There is a {c} per cent chance of rain before noon and {d} per cent in the evening.
The sun rises at {e} and sets at {f}. Pollen counts are {pollen} for grass and low for birch.
The outlook for the rest of the week is {outlook}, with highs of about {g} degrees."""

STOCKS = """Shares in {city} closed {way} on {day}. The main index {moved} {n} points, or {p} per cent,
to {level}. Volume was {v} million shares against an average of {w} million over the past month.
{first} gained {a} per cent to {b}, {second} lost {c} per cent to {d} and {third} was unchanged at {e}.
Advancing shares outnumbered losers by {x} to {y}. The yield on ten-year bonds was {z} per cent.
In late trading the currency stood at {r} to the dollar after {s} the day before."""

MATCH = """{home} beat {away} {score} in the league on {day} in front of {crowd} people.
{one} scored in minute {a} after a pass from {two}, and {three} made it {mid} from a corner in minute {b}.
{four} pulled one back for the visitors in minute {c} but {home} held on until the end.
"{quote}," said coach {coach}. {home} are now in place {d} with {e} points from {f} games.
They play {next} away on {when}; {away} are at home to {other} on the same day."""

BLOTTER = """Police said officers were called at {a} to {street}, where {what}. No one was hurt.
A {age}-year-old {who} from {place} was taken to the station and released after questioning.
Anyone who saw anything is asked to call the police desk on the ground floor of the town hall.
In another case {other} was reported missing from {site} between {b} and {c} on {day}.
Damage was put at {sum} crowns. The file is number {file}."""

QUOTE = """"We will not close the mine before every one of the men has other work, and I have told the
board so in writing, because a promise that is not on paper is worth nothing in this valley," said
Marta Holm, the minister of labour."""
QUOTE_A = f"""The government will pay for two more years of pumping at the flooded Gronn mine, it said.
{QUOTE} The decision costs forty million crowns and has to pass parliament in the spring session.
The opposition said that the money was a gift to the owners, who had let the pumps rust for years.
Water rose in the lower shafts last month after a storm cut the power for two days."""
QUOTE_B = f"""Eight hundred miners marched through Gronn on Sunday behind a brass band and a banner.
{QUOTE} She spoke from the steps of the church, where wreaths lay for those who died in the shaft fire.
Union leaders want the state to take over the pit, as it did with the smelter eleven years ago.
The march ended at the river, where the band played until it grew dark and the lamps were lit."""

WIRE = """A train left the rails near Oster on Friday morning and 4 people were hurt, police said.
The train from Lund carried about 60 passengers. The line is closed until the evening."""
FULL = """A commuter train from Lund came off the rails near Oster on Friday and 11 people were hurt, two
of them badly, the regional hospital said in the afternoon.
Investigators found a cracked rail 200 metres before the place where the first car tipped over.
"There was a bang and then the seats came loose," said Ida Berg, who sat in the third car.
The line will stay closed until Monday. Buses run every twenty minutes between Lund and Sund.
The operator said that the track had been checked in May and nothing had been found."""

COURT = """The high court ruled on Tuesday that the city must pay 300,000 crowns to the owners of a
bakery that was closed for two years while a tunnel was dug below it.
The judges found that the city had known of the delay for months and had not told the owners.
"We can pay our debts now," said Jonas Lie, who runs the bakery with his sister.
The city's lawyer said that it would study the ruling before it decided on an appeal.
Four other shops in the street have cases before the lower court, the first of them in May."""

CANAL = """The lock office at Sund said in its daily report that ships were waiting to enter the canal.
Over the next two days it expects:
Due: {a} {b}
To pass: {c} {d}
Waiting at the end of the day: {e} {f}
Hours to wait, north end: {g} {h}"""
CANAL_FILLS = (
    dict(a="27", b="35", c="35", d="41", e="31", f="25", g="13", h="15"),
    dict(a="34", b="30", c="46", d="39", e="22", f="29", g="26", h="11"),
)
CROPS = """Wheat Rye Barley Oats Maize Beans Lentils Rape Flax Hops
Clover Vetch Hay Straw Apples Pears Plums Cherries Onions Leeks""".split()
PRICES = "\n".join(
    [
        "The farm office gives the average prices of the week, in crowns for a sack, with the",
        "lowest price at which it buys for the state store and the prices of the years before:",
        *(f"{c} {{{n}}} {500 + n} {600 + n} {700 + n} {800 + n} {900 + n} {1000 + n}"
          for n, c in enumerate(CROPS)),
    ]
)  # fmt: skip
DIVIDEND = "Div 10 cts vs 10 cts prior\nPay April 30\nRecord April 21"

FILLS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "weather": (
        WEATHER,
        dict(place="Alta", day="Monday", sky="fog", wind="light", n="9", a="14", b="6", c="20",
             d="45", e="5:10", f="21:32", pollen="high", outlook="dry and mild", g="16"),
        dict(place="Bergen", day="Tuesday", sky="showers", wind="strong westerly", n="48", a="11",
             b="8", c="90", d="75", e="5:26", f="21:05", pollen="low", outlook="wet", g="12"),
    ),
    "stocks": (
        STOCKS,
        dict(city="Oslo", way="higher", day="Monday", moved="rose", n="14", p="1.1", level="1,288",
             v="91", w="84", first="Nordfisk", a="3.2", b="41.10", second="Malmgruven", c="1.9",
             d="17.35", third="Havnebank", e="88.00", x="5", y="3", z="3.41", r="10.62", s="10.58"),
        dict(city="Vienna", way="lower", day="Friday", moved="lost", n="37", p="1.0", level="3,604",
             v="45", w="52", first="Donaustahl", a="0.8", b="27.44", second="Alpenbahn", c="4.4",
             d="9.02", third="Wiener Gas", e="61.50", x="2", y="7", z="2.97", r="0.93", s="0.94"),
    ),
    "match": (
        MATCH,
        dict(home="Lulea", away="Rogle", score="2-1", day="Saturday", crowd="5,104", one="Berg",
             a="11", two="Strand", three="Ek", mid="2-0", b="38", four="Vik", c="77",
             quote="We ran more than they did", coach="Lars Holm", d="3", e="41", f="22",
             next="Timra", when="Tuesday", other="Farjestad"),
        dict(home="Celje", away="Koper", score="3-1", day="Sunday", crowd="2,870", one="Novak",
             a="4", two="Zupan", three="Horvat", mid="3-0", b="59", four="Kos", c="88",
             quote="The boys earned a day off", coach="Ivan Turk", d="1", e="57", f="25",
             next="Maribor", when="Friday", other="Domzale"),
    ),
    "blotter": (
        BLOTTER,
        dict(a="2:15", street="Kirkegata", what="two cars had been scratched with a key", age="24",
             who="man", place="Hamar", other="a boat engine", b="22:00", c="6:00", day="Sunday",
             site="the north pier", sum="18,000", file="4471"),
        dict(a="19:40", street="Storgata", what="a shop window had been broken by a stone", age="51",
             who="woman", place="Gjovik", other="a trailer", b="noon", c="15:30", day="Thursday",
             site="a yard behind the dairy", sum="7,500", file="4502"),
    ),
}  # fmt: skip


def second(first: str, later: str) -> Dedup:
    articles = [Article(article_id=f"{n:032x}", text=t) for n, t in enumerate((first, later), 1)]
    dedup = Index().observe(fingerprint(articles), [0, 1], [0, 1])[1].dedup
    assert dedup is not None
    return dedup


@pytest.mark.parametrize("name", FILLS)
def test_reports_from_one_template(name: str) -> None:
    template, first, later = FILLS[name]
    assert second(template.format(**first), template.format(**later)).status != "duplicate"


@pytest.mark.parametrize(("first", "later"), [(QUOTE_A, QUOTE_B), (WIRE, FULL), (FULL, WIRE)])
def test_a_shared_statement_or_a_summary_with_other_facts(first: str, later: str) -> None:
    assert second(first, later).status != "duplicate"


def test_two_short_stories_under_one_long_notice() -> None:
    first, later = f"{HARBOUR}\n{NOTICE}", f"{SALMON}\n{NOTICE}"
    assert second(first, later).status != "duplicate"


def test_a_daily_report_whose_news_is_its_table() -> None:
    first, later = (CANAL.format(**fill) for fill in CANAL_FILLS)
    assert second(first, later).status != "duplicate"


def test_a_weekly_table_with_some_new_prices_in_the_old_frame() -> None:
    first = PRICES.format(*range(100, 120))
    later = PRICES.format(*range(100, 114), *range(214, 220))
    assert second(first, later).status != "duplicate"


@pytest.mark.parametrize(
    ("titles", "merged"),
    [
        (("Nordfisk sets dividend", "Malmgruven sets dividend"), False),
        (("Nordfisk sets dividend", "Nordfisk sets dividend"), True),
    ],
)
def test_a_short_text_says_whom_it_is_about_in_its_title(
    titles: tuple[str, str],
    merged: bool,  # noqa: FBT001
) -> None:
    articles = [
        Article(article_id=f"{n:032x}", title=title, text=DIVIDEND)
        for n, title in enumerate(titles, 1)
    ]
    decision = Index().observe(fingerprint(articles), [0, 1], [0, 1])[1].dedup
    assert decision is not None
    assert (decision.status == "duplicate") is merged


@pytest.mark.parametrize("mark", ["CORRECTED: ", "Correction - ", "(CORRECTS sum in first line) "])
def test_a_correction_is_an_update_and_not_a_duplicate(mark: str) -> None:
    later = mark + COURT.replace("300,000", "30,000")
    assert second(COURT, later).status == "update"
    assert second(later, COURT).status == "update"


def test_a_copy_of_a_correction_is_a_duplicate_of_it() -> None:
    later = "CORRECTED: " + COURT.replace("300,000", "30,000")
    copy = later + "\nThe paper's readers may write to the desk until noon."
    articles = [Article(article_id=f"{n:032x}", text=t) for n, t in enumerate((COURT, later, copy))]
    dedups = [d.dedup for d in Index().observe(fingerprint(articles), range(3), [0, 0, 0])]
    assert [d.status for d in dedups if d] == ["unique", "update", "duplicate"]
    assert dedups[2] is not None
    assert dedups[2].of == articles[1].article_id
