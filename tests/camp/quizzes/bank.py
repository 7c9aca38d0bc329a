"""A small bank: one question of each type, with canaries in everything that must not be seen before it counts."""

from pathlib import Path
from textwrap import dedent

from tests.camp.courses.lessons import CHINESE, LESSON, small_course, write

CANARY = "canary"
QUESTIONS = {
    "scale": dedent("""\
        type: numeric
        order: 10
        concepts: [C4]
        draw: {d: "choice([16, 64, 256])"}
        require: ["d > 4"]
        answer: "sqrt(d) + 7.4321"
        tolerance: 0.005
        texts:
          en: {prompt: "Give the divisor for $d_k = {{ d }}$.", reason: "canary reason {{ sqrt(d) }}"}
          zh-hans: {prompt: "$d_k = {{ d }}$ 时除以几？", reason: "canary 理由"}
        mistakes:
          - value: "d + 7.4321"
            en: {reason: "canary mistake: the root is missing"}
            zh-hans: {reason: "canary 没有开方"}
        """),
    "which": dedent("""\
        type: single
        order: 20
        concepts: []
        options:
          - {key: a, right: true, en: {text: One, reason: canary a}, zh-hans: {text: 甲, reason: canary 甲}}
          - {key: b, right: false, en: {text: Two, reason: canary b}, zh-hans: {text: 乙, reason: canary 乙}}
          - {key: c, right: "1 > 2", en: {text: Three, reason: canary c}, zh-hans: {text: 丙, reason: canary 丙}}
        texts:
          en: {prompt: "Which?", reason: canary which}
          zh-hans: {prompt: "哪一个？", reason: canary 哪个}
        """),
    "several": dedent("""\
        type: multiple
        order: 30
        concepts: []
        options:
          - {key: a, right: true, en: {text: One, reason: canary a}, zh-hans: {text: 甲, reason: canary 甲}}
          - {key: b, right: true, en: {text: Two, reason: canary b}, zh-hans: {text: 乙, reason: canary 乙}}
          - {key: c, right: false, en: {text: Three, reason: canary c}, zh-hans: {text: 丙, reason: canary 丙}}
          - {key: d, right: false, en: {text: Four, reason: canary d}, zh-hans: {text: 丁, reason: canary 丁}}
        texts:
          en: {prompt: "Which ones?", reason: canary several}
          zh-hans: {prompt: "哪些？", reason: canary 哪些}
        """),
    "weights": dedent("""\
        type: matrix
        order: 40
        concepts: []
        draw: {S: "array(matrix_of(2, 2, 0, 2))"}
        require: ["S[0][0] != S[0][1]", "S[0][0] != S[1][0]", "S[0][1] != S[1][1]"]
        answer: "softmax(S) + 0.1234567"
        tolerance: 0.005
        texts:
          en: {prompt: "Weights of $${{ matrix(S) }}$$", reason: canary rows}
          zh-hans: {prompt: "权重：$${{ matrix(S) }}$$", reason: canary 行}
        mistakes:
          - value: "softmax(S, axis=0) + 0.1234567"
            en: {reason: canary columns}
            zh-hans: {reason: canary 列}
        """),
}
BLOCKS = dedent("""\
    ::: check
    id: two-and-two
    type: numeric
    prompt: What is two and {{ two }}, and 7.4321 more?
    answer: "two + two + 7.4321"
    tolerance: 0.005
    reason: canary check reason
    mistakes:
      - value: "two + 7.4321"
        reason: canary only one two
    :::

    ::: check
    id: pick-one
    type: single
    prompt: Which?
    options:
      - {key: a, right: true, text: One, reason: canary a}
      - {key: b, right: false, text: Two, reason: canary b}
    reason: canary single reason
    :::

    ::: predict
    id: three-bars
    prompt: Spread 100 points.
    labels: [k1, k2, k3]
    answer: "array([0.62, 0.27, 0.11])"
    reveal: canary reveal
    :::

    ::: predict
    id: a-number
    type: numeric
    prompt: How large?
    answer: "8 + 7.4321"
    reveal: canary number
    :::
    """).replace("and 7.4321 more", "and some more")


def course_with_quiz(folder: Path) -> Path:
    """The small course, with a bank for its first module and a lesson that asks."""
    small_course(folder)
    bank = folder / "questions" / "start"
    bank.mkdir(parents=True)
    for slug, text in QUESTIONS.items():
        (bank / f"{slug}.yaml").write_text(text, encoding="utf-8")
    asking = LESSON.replace("order: 1", "order: 3").replace("Last.", BLOCKS)
    write(folder, "asking", asking, CHINESE.replace("order: 1", "order: 3").replace("Last.", BLOCKS))
    return folder
