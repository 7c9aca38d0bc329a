"""The words of texts and queries, and the plain text of a lesson."""

import pytest

from camp.search.excerpts import excerpt, marked
from camp.search.plain_text import plain, sections
from camp.search.words import MOST_LETTERS, asked, indexed


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("掩码", ["掩码"]),
        ("码", ["码"]),
        ("缩放点积", ["缩放", "放点", "点积"]),
        ("softmax沿哪个轴", ["softmax", "沿哪", "哪个", "个轴"]),
        ("Causal Masks, causal", ["causal", "mask"]),
        ("ＳＯＦＴＭＡＸ", ["softmax"]),
        ("naïve queries", ["naive", "query"]),
        ("bias axis loss is", ["bia", "axis", "loss", "is"]),
        ("scaled_dot_product np.array", ["scaled", "dot", "product", "np", "array"]),
        ("d_k dₖ d_model", ["dk", "dmodel"]),
        ("self-attention", ["self", "attention"]),
        ("", []),
        ("%_'\"\\ 😀 \x00", []),
        ("a\x00b", ["a", "b"]),
    ],
)
def test_what_a_query_asks_for(query: str, words: list[str]) -> None:
    assert asked(query) == words


@pytest.mark.parametrize("query", ["掩码", "码", "softmax 掩码", "d_k", "Keys", "𠮷野", "Straße", "x" * 1000])
def test_whatever_is_asked_for_is_found_where_it_stands(query: str) -> None:
    text = f"before {query}, behind"
    assert set(asked(query)) <= {word.text for word in indexed(text)}
    assert all(len(word.text) <= MOST_LETTERS for word in indexed(text))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two</p>", "One two"),
        ("a<strong>b</strong>&amp;c", "ab&c"),
        ("<math><msub><mi>d</mi><mi>k</mi></msub></math>", "d_k"),
        ("<math><msup><mi>q</mi><mi>T</mi></msup><mi>k</mi></math>", "q^Tk"),
        ("<math><mfrac><mn>1</mn><msqrt><mi>d</mi></msqrt></mfrac></math>", "1/√d"),
        ("<math><mi>softmax</mi><mo>(</mo><mi>s</mi><mo>)</mo></math>", "softmax(s)"),
        ('<th><span class="unseen">k1</span><math aria-hidden="true"><mi>k</mi></math></th>', "k1"),
        ("<pre><code>weights = softmax(scores)\n</code></pre>", "weights = softmax(scores)"),
    ],
)
def test_html_as_plain_text(html: str, text: str) -> None:
    assert plain(html) == text


def test_a_document_falls_into_sections_at_its_headings() -> None:
    document = {
        "question": "Why?",
        "goals": ["say why"],
        "parts": [
            {"html": '<p>Above.</p><h2 id="section-1">One <em>heading</em></h2><p>Below.</p>'},
            {"block": "note", "fields": {"html": "<p>Apart.</p>"}},
            {"block": "a-kind-that-is-no-more", "fields": {"html": "gone"}},
            {"html": '<h3 id="section-2">Two</h3><p>Last.</p>'},
        ],
    }
    found = [(one.place, one.heading, one.text) for one in sections(document, "en")]
    assert found == [
        ("", "", "Why? say why Above."),
        ("section-1", "One heading", "Below. Apart."),
        ("section-2", "Two", "Last."),
    ]


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Two masks & <b>", "mask", "Two <mark>masks</mark> &amp; &lt;b&gt;"),
        ("缩放点积注意力", "缩放点积", "<mark>缩放点积</mark>注意力"),
        ("nothing", "mask", "nothing"),
    ],
)
def test_what_was_asked_for_is_marked_and_the_rest_escaped(text: str, query: str, shown: str) -> None:
    assert marked(text, asked(query)) == shown


def test_an_excerpt_shows_the_stretch_with_most_of_the_words() -> None:
    text = "mask " + "filler " * 100 + "a causal mask here " + "filler " * 100
    shown = excerpt(text, asked("causal mask"), "en")
    assert "<mark>causal</mark> <mark>mask</mark> here" in shown
    assert shown.startswith("…filler")
    assert shown.endswith("…")
    assert len(shown) < 300
    chinese = excerpt("前" * 500 + "因果掩码" + "后" * 500, asked("因果掩码"), "zh-hans")
    assert "<mark>因果掩码</mark>" in chinese
    assert len(chinese) < 130
