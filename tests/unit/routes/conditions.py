from hypothesis import strategies as st

from streams.stages.routes.conditions import (
    AgencyIs,
    All,
    AnyOf,
    Condition,
    DedupIs,
    EntityNamed,
    EntityOfType,
    EntityWithId,
    HasPhrase,
    LanguageIs,
    Near,
    NoneOf,
    Part,
    PlaceIs,
    SourceIs,
    SubjectIs,
)

_PARTS: tuple[Part, ...] = ("title", "lead", "text")
VOCABULARY = ("iran", "Peace", "U.S.", "ballistic missile", "c++", "a", 'say "no"', "AND", "x=[1]")
codes = st.sampled_from(["medtop:16000000", "medtop:20000056", "medtop:11000000"])
names = st.sampled_from(VOCABULARY) | st.from_regex(r"\w[\w =,\[\]()\"\\.:-]{0,20}", fullmatch=True)
within = st.lists(st.sampled_from(_PARTS), max_size=2).map(tuple)
counts = st.integers(1, 5)
confidences = st.sampled_from([0.0, 0.5, 0.25])
phrases = st.sampled_from(VOCABULARY)
leaves = st.one_of(
    st.builds(SubjectIs, subject=codes, children=st.booleans(), confidence=confidences),
    st.builds(
        EntityNamed,
        entity=names,
        type=st.none() | names,
        count=counts,
        confidence=confidences,
        within=within,
    ),
    st.builds(EntityWithId, entity_id=names, count=counts, within=within),
    st.builds(EntityOfType, entity_type=names, count=counts, within=within),
    st.builds(
        HasPhrase,
        phrase=phrases,
        case=st.sampled_from(["any", "exact"]),
        within=within,
        count=counts,
    ),
    st.builds(
        Near,
        near=st.lists(phrases, min_size=2, max_size=3, unique=True).map(tuple),
        words=st.integers(0, 30),
        within=within,
    ),
    st.builds(SourceIs, source=names),
    st.builds(AgencyIs, agency=names),
    st.builds(LanguageIs, language=st.sampled_from(["en", "pt-BR", "zh"])),
    st.builds(PlaceIs, place=phrases),
    st.builds(DedupIs, dedup=st.sampled_from(["unique", "update"])),
)


def groups(children: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    members = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(All, all=members), st.builds(AnyOf, any=members), st.builds(NoneOf, none=members)
    )


conditions: st.SearchStrategy[Condition] = st.recursive(leaves, groups, max_leaves=8)
