"""Random policy files as text: every construct, odd layout, comments everywhere."""

from hypothesis import strategies as st

_NAMES = st.sampled_from(("kind", "tags", "order.value", "vip", "late_return", "x"))
_TITLES = st.sampled_from(
    ('"a"', '"it is read first"', '"# not a comment"', '"' + "long " * 15 + '"')
)
_AMOUNTS = st.sampled_from(("1", "0.90", "90%", "30 days", "10_000.00 EUR", "-3 days"))
_WORDS = st.one_of(_NAMES, _TITLES, _AMOUNTS)
_MODES = st.sampled_from(("monitored", "gated_send"))
_EVENTS = st.sampled_from(("", "", "on receive "))


def _joined(
    parts: st.SearchStrategy[str], most: int = 4, word: str = ", "
) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=most).map(word.join)


_BRACES = st.one_of(
    _joined(_WORDS, 12).map(lambda inner: "{" + inner + "}"),
    _joined(_WORDS).map(lambda inner: "{ " + inner + ", }"),
    st.just("{}"),
)
_SETS = st.one_of(_BRACES, _NAMES)


def _with(template: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.fixed_dictionaries(parts).map(lambda found: template.format(**found))


_TESTS = st.one_of(
    _NAMES,
    _with("{a} {op} {b}", a=_NAMES, b=_WORDS, op=st.sampled_from(
        ("is", "is not", "has", ">=", "<", "starts with", "ends with", "contains", "matches"))),
    _with("{a} {op} {b}", a=_NAMES, b=_SETS, op=st.sampled_from(
        ("in", "not in", "has any of", "has all of", "has none of"))),
)  # fmt: skip


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map(lambda part: f"({part})"),
        _TESTS.map(lambda part: f"not {part}"),
        _joined(inner, 3, " and "),
        _joined(inner, 3, "\n    or "),
        _with("{a} implies {b}", a=inner, b=inner),
    )


_CONDITIONS = st.recursive(_TESTS, _wider, max_leaves=8)
_NOTES = st.one_of(
    _with("because {t}", t=_TITLES), _with("owner {n}", n=st.sampled_from(("finance", "legal")))
)
_CLAUSES = st.one_of(
    _with("when {c}", c=_CONDITIONS),
    _with("unless {c}", c=_CONDITIONS),
    _NOTES,
    _with("with {n}", n=_joined(_NAMES)),
    _with("copy to {w}", w=st.sampled_from(("oversight", '"a@b"'))),
    _with("hold for at most {a} then {w}", a=_AMOUNTS, w=st.sampled_from(("block", "escalate"))),
    _with("by 2 of {n}", n=_NAMES),
    st.sampled_from(
        ("review by 2027-03-31", "redact card numbers", "route to team", "undo within 30 seconds")
    ),
)
_GIVEN = st.one_of(
    _NAMES,
    _NAMES.map(lambda name: f"not {name}"),
    _with("{a} is {b}", a=_NAMES, b=_WORDS),
    _with("{a} has {b}", a=_NAMES, b=_NAMES),
    _with("{a} {op} {b}", a=_NAMES, b=_BRACES, op=st.sampled_from(("is", "has all of"))),
)


def _lines(clauses: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(clauses, max_size=most).map(
        lambda lines: "".join(f"\n  {one}" for one in lines)
    )


_ITEMS = st.one_of(
    _with("policy {t}", t=_TITLES),
    _with("{w} {n}", w=st.sampled_from(("use", "tag")), n=_joined(_NAMES, 30)),
    _with("fact {n}: {k}{u}{d}", n=_NAMES,
          k=st.sampled_from(("bool", "text", "money EUR up to 9.00", "days from -3 to 3",
                             "one of {a, b}", "set of {a}")),
          u=st.sampled_from(("", " ordinarily x", ' ordinarily "x"')),
          d=st.sampled_from(("", ' "what it is"'))),
    _with("set {n}: {b}", n=_NAMES, b=_BRACES),
    _with("define {n}: {c}", n=_NAMES, c=_CONDITIONS),
    _with("{e}allow {m} by a {t}{c}", e=_EVENTS, m=_MODES, t=_TITLES, c=_lines(_CLAUSES, 4)),
    _with("{e}require {m} {t}{c}", e=_EVENTS, m=_MODES, t=_TITLES, c=_lines(_CLAUSES, 4)),
    _with("block {t}{c}", t=_TITLES, c=_lines(_CLAUSES, 4)),
    _with("invariant {t}: {c}{n}", t=_TITLES, c=_CONDITIONS, n=_lines(_NOTES, 2)),
    _with("promise {t}: some message when {a} gets {b}", t=_TITLES, a=_CONDITIONS, b=_CONDITIONS),
    _with("promise {t}: adding any of {s} to {n} never makes it freer", t=_TITLES, s=_SETS,
          n=_NAMES),
    _with("example {t}: given {g}\n  expect {m}{b}", t=_TITLES, g=_joined(_GIVEN, 8), m=_MODES,
          b=st.sampled_from(("", ' by "a"', ' by "a", "b"'))),
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A file that parses; comments stand above, behind and between the lines of its items."""
    out: list[str] = []
    for item in draw(st.lists(_ITEMS, max_size=5)):
        lines = item.split("\n")
        for position, line in enumerate(lines):
            if draw(st.integers(0, 5)) == 0:
                out.append(draw(st.sampled_from(("# above", "  # above", "#", "", '# "quoted'))))
            behind = draw(st.sampled_from(("", "", "", "  # behind", "#behind")))
            out.append((line if position == 0 else "  " + line.strip()) + behind)
        out.extend([""] * draw(st.integers(0, 2)))
    if draw(st.booleans()):
        out.append(draw(st.sampled_from(("# end", "  # end"))))
    return "\n".join(out) + draw(st.sampled_from(("", "\n", "\n\n")))
