"""Words without a subject: they make no feature, and pairs of words reach over them."""

STOPWORDS = frozenset(
    """
a about above after again against all also although am among an and another any are around as
at away back be because been before behind being below between both but by came can cannot come
could did do does doing done down during each either else ever every few for from further get
gets getting give given go goes going gone got had has have having he her here hers herself him
himself his how however i if in into is it its itself just last let like made make makes making
many may me might more most much must my near neither never next no nor not now of off often on
once one only onto or other others our ours out over own per put quite rather really said same
say saying says see seen several shall she should since so some still such take taken taking
than that the their theirs them themselves then there these they thing this those though through
thus to today together told too took toward towards two under until up upon us use used using
very via want was we well went were what when where whether which while who whole whom whose why
will with within without would yet you your yours yesterday monday tuesday wednesday thursday
friday saturday sunday january february march april may june july august september october
november december don't doesn't didn't isn't wasn't weren't can't couldn't wouldn't won't hasn't
haven't it's i'm i've we're they're that's there's he's she's you're reuters afp ap st nd rd th
mr mrs ms according added adding year years month months week weeks day days
""".split()
)
