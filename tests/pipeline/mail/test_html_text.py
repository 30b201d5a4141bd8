import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mail.html_text import html_text


def test_blocks_break_lines_and_inline_elements_do_not() -> None:
    page = html_text("<p>Hel<b>lo</b></p><div>there<br>you</div><ul><li>a<li>b</ul>")
    assert page.visible.split() == ["Hello", "there", "you", "a", "b"]
    assert "Hello" in page.visible.splitlines()


def test_what_is_not_text_is_left_out() -> None:
    page = html_text("<head><title>t</title><style>p{}</style></head><script>x()</script>Yes")
    assert (page.visible, page.hidden) == ("Yes", "")


@pytest.mark.parametrize(
    "element",
    [
        '<div style="display: none">secret</div>',
        '<span style="font-size:0px">secret</span>',
        '<span style="VISIBILITY:hidden;color:red">secret</span>',
        '<span style="opacity: 0">secret</span>',
        '<div style="max-height:0;overflow:hidden">secret</div>',
        "<p hidden>secret</p>",
        "<style>.gone, .x { display : none }</style><p class='a gone'>secret</p>",
    ],
)
def test_text_no_reader_sees_is_set_apart(element: str) -> None:
    page = html_text(f"<body>before{element}after</body>")
    assert page.hidden == "secret"
    assert page.visible == "beforeafter"


@pytest.mark.parametrize(
    "element",
    [
        '<p style="font-size:10px;opacity:0.9">shown</p>',
        '<td style="height:0">shown</td>',
        "<style>@media print { .m { display:none } }</style><p class='m'>shown</p>",
    ],
)
def test_text_a_reader_sees_is_not_called_hidden(element: str) -> None:
    assert html_text(element).visible == "shown"


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote">On Monday wrote: <blockquote>old</blockquote></div>',
        '<blockquote type="cite">old</blockquote>',
        '<div id="divRplyFwdMsg">From: a</div><div>old</div>',
        '<div id="appendonsend"></div><hr><div>old</div>',
    ],
)
def test_quoted_mail_is_set_apart(quote: str) -> None:
    page = html_text(f"<div>new</div>{quote}")
    assert page.visible == "new"
    assert page.quoted.endswith("old")


def test_a_quote_written_as_a_plain_blockquote_stays() -> None:
    assert html_text("<blockquote>as the shop says</blockquote>").visible == "as the shop says"


@pytest.mark.parametrize(
    "document",
    ["<div>" * 100_000 + "word", "<b><div>" * 20_000 + "word",
     "<p " + " ".join(f"a{i}=1" for i in range(60_000)) + ">word",
     '<div style="display:none">' * 7_000 + "word"],
    ids=["nesting", "formatting", "attributes", "hidden"],
)  # fmt: skip
def test_hostile_documents_are_stripped_and_keep_their_text(document: str) -> None:
    page = html_text(document)
    assert "word" in page.visible + page.hidden


def test_what_exceeds_the_parsed_part_is_kept() -> None:
    document = "<p>" + "many words " * 30_000 + "</p><p>the end</p>"
    assert html_text(document).visible.endswith("the end")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300) | st.lists(st.sampled_from(
    ["<div", ">", "<", "</div>", "style=", '"display:none"', "hidden", " ", "x", "<style>", "}",
     "{", ".a", "&amp;", "&#0;", "<table>", "<td>", "class=gmail_quote", "<!--", "\x00"]
), max_size=40).map("".join))  # fmt: skip
def test_nothing_raises(document: str) -> None:
    assert "\x00" not in html_text(document).visible


PIECES = st.sampled_from(
    [
        "<p>a</p>",
        "b",
        "<br>",
        "<style>.g{display:none}</style>",
        "<p class=g>c</p>",
        "<p hidden>d</p>",
        "<script>e</script>",
        "<title>f</title>",
        '<p style="font-size: 0px">g</p>',
        "<noscript>h",
        '<p style="visibility:hidden">i</p>',
        "<table><tr><td>j<td>k</table>",
        "<template>l</template>",
        "<blockquote type=cite>m</blockquote>",
        '<div id="appendonsend"></div>n',
        "&#104;idden",
        '<div class="moz-cite-prefix">o</div>',
        '<p style="displ&#97;y:n&#111;ne">p</p>',
        "<div id=divRplyFwdMsg>q</div>",
        "<div class=gmail_quote>r</div>",
        "<HEAD><p>s",
    ]
)
EVERYTHING = "<!-- & <style none cite <td <script <template <noscript <title -->"


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_quick_look_at_the_letters_changes_nothing(document: str) -> None:
    assert html_text(document) == html_text(EVERYTHING + document)
