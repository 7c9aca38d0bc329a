"""A small bank: one question of each type, with canaries in everything that must not be seen before it counts."""

from collections.abc import Mapping
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
        hints:
          - cost: 0.25
            en: {text: "canary hint: a root of {{ d }}"}
            zh-hans: {text: "canary 提示：{{ d }} 的根"}
          - cost: 0.5
            en: {text: "canary hint: {{ sqrt(d) }}"}
            zh-hans: {text: "canary 提示：{{ sqrt(d) }}"}
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
# Those of the types below stand in no course by themselves; a test that needs them asks for them.
MORE_QUESTIONS = {
    "steps": dedent("""\
        type: stages
        order: 50
        concepts: [C1]
        draw: {q: "matrix_of(3, 4, -1, 2)", k: "matrix_of(3, 4, -1, 2)", v: "matrix_of(3, 2, 0, 3)"}
        query: "q"
        key: "k"
        value: "v"
        ask: [scores, scaled, weights, output]
        tolerance: 0.005
        texts:
          en: {prompt: "Step by step: $${{ matrix(q) }}$$", reason: canary steps}
          zh-hans: {prompt: "一步一步：$${{ matrix(q) }}$$", reason: canary 步骤}
        """),
    "shares": dedent("""\
        type: bars
        order: 50
        concepts: []
        draw: {a: "integer(1, 3)", s: "shuffled([0, a + 0.37, 2 * a + 0.11])"}
        answer: "softmax(array(s))"
        labels:
          en: [k1, "k{{ 1 + 1 }}", $k_3$]
          zh-hans: [键1, "键{{ 1 + 1 }}", $k_3$]
        texts:
          en: {prompt: "Set the weights of ${{ matrix([s]) }}$.", reason: canary shares}
          zh-hans: {prompt: "设置 ${{ matrix([s]) }}$ 的权重。", reason: canary 份额}
        mistakes:
          - value: "array(s) / sum(s)"
            en: {reason: canary without powers}
            zh-hans: {reason: canary 没有取幂}
        """),
    "sequence": dedent("""\
        type: ordering
        order: 50
        concepts: []
        draw: {d: "integer(2, 9)"}
        texts:
          en: {prompt: "Order the steps.", reason: canary order}
          zh-hans: {prompt: "给步骤排序。", reason: canary 顺序}
        items:
          - {key: canary-1, en: {text: "Score {{ d }} keys", reason: canary 1}, zh-hans: {text: "算 {{ d }} 个分数"}}
          - {key: canary-2, en: {text: Scale}, zh-hans: {text: 缩放}}
          - {key: canary-3, en: {text: Mask}, zh-hans: {text: 掩码}}
          - {key: canary-4, en: {text: Softmax}, zh-hans: {text: 归一化}}
        """),
    "pairs": dedent("""\
        type: matching
        order: 60
        concepts: []
        texts:
          en: {prompt: "What goes with what?", reason: canary pairs}
          zh-hans: {prompt: "怎样搭配？", reason: canary 搭配}
        items:
          - {key: canary-a, to: canary-1, en: {text: Dot, reason: canary a}, zh-hans: {text: 点积}}
          - {key: canary-b, to: canary-2, en: {text: Cosine}, zh-hans: {text: 余弦}}
          - {key: canary-c, to: canary-1, en: {text: Product}, zh-hans: {text: 乘积}}
          - {key: canary-d, to: canary-3, en: {text: Additive}, zh-hans: {text: 加性}}
        matches:
          - {key: canary-1, en: {text: $q k$}, zh-hans: {text: $q k$}}
          - {key: canary-2, en: {text: angle}, zh-hans: {text: 角}}
          - {key: canary-3, en: {text: tanh}, zh-hans: {text: 双曲正切}}
          - {key: canary-4, en: {text: nothing}, zh-hans: {text: 没有}}
        """),
    "named": dedent("""\
        type: text
        order: 70
        concepts: []
        draw: {k: "integer(2, 9)"}
        accept:
          any: ["canary {{ k }} softmax"]
          en: [canary normalised exponential]
          zh-hans: [canary 归一化指数函数]
        texts:
          en: {prompt: "What is it called?", reason: canary name}
          zh-hans: {prompt: "叫什么？", reason: canary 名称}
        mistakes:
          - value: "hardmax | canary argmax"
            en: {reason: canary mistake that takes one alone}
            zh-hans: {reason: canary 只取一个}
        """),
    "wrong-line": dedent("""\
        type: bug
        order: 80
        concepts: []
        draw: {first: "integer(0, 1)"}
        code: |
          s = q @ k.T / {{ [8, 64][first] }}
          w = s.softmax(axis={{ [0, -1][first] }})

          out = w @ v
        lines: "2 - first"
        texts:
          en: {prompt: "Here $d_k = 64$. Which line is wrong?", reason: canary line}
          zh-hans: {prompt: "这里 $d_k = 64$。哪一行错了？", reason: canary 行号}
        mistakes:
          - value: 4
            en: {reason: "canary mistake: the values come last"}
            zh-hans: {reason: canary 值在最后}
        """),
    "cell": dedent("""\
        type: region
        order: 90
        concepts: []
        draw: {S: "array(matrix_of(3, 3, 1, 9)) / 7", i: "integer(0, 2)", j: "integer(0, 2)"}
        require: ["i != j"]
        grid: "S"
        answer: "[[i, j]]"
        columns:
          en: [k1, "k{{ 1 + 1 }}", $k_3$]
          zh-hans: [键1, "键{{ 1 + 1 }}", $k_3$]
        texts:
          en: {prompt: "Query {{ i + 1 }} looks at key {{ j + 1 }}: which cell?", reason: canary cell}
          zh-hans: {prompt: "查询 {{ i + 1 }} 看键 {{ j + 1 }}：哪一格？", reason: canary 格}
        mistakes:
          - value: "[[j, i]]"
            en: {reason: canary transposed}
            zh-hans: {reason: canary 转置}
        """),
}
EVERY_QUESTION = QUESTIONS | MORE_QUESTIONS
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
    hints:
      - {cost: 0.25, text: "canary hint: {{ two }}"}
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


def course_with_quiz(folder: Path, questions: Mapping[str, str] = QUESTIONS) -> Path:
    """The small course, with a bank for its first module and a lesson that asks."""
    small_course(folder)
    bank = folder / "questions" / "start"
    bank.mkdir(parents=True)
    for slug, text in questions.items():
        (bank / f"{slug}.yaml").write_text(text, encoding="utf-8")
    asking = LESSON.replace("order: 1", "order: 3").replace("Last.", BLOCKS)
    write(folder, "asking", asking, CHINESE.replace("order: 1", "order: 3").replace("Last.", BLOCKS))
    return folder
