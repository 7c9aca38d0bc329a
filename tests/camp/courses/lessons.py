"""A lesson to write tests with."""

from textwrap import dedent

LESSON = dedent("""\
    ---
    title: A lesson
    order: 1
    minutes: 5
    concepts: [C3]
    question: What is $2 + 2$?
    goals:
      - say what {{ two }} is
    sources: [vaswani2017]
    let:
      two: "1 + 1"
    ---

    First $x = {{ two }}$.

    ## A heading

    ::: note
    Apart: it is {{ two * two }}.
    :::

    ::: diagram softmax-axes
    :::

    Last.
    """)
CHINESE = LESSON.replace("A lesson", "一课").replace("First", "先看").replace("Apart: it is", "另说：")
"""The twin of LESSON."""
