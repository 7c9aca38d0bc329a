"""Writes the built-in short reviews, reviews.en.csv and reviews.zh-hans.csv, from word lists and patterns.

python attention_core/data/make_reviews.py

Nobody wrote these reviews: every sentence is put together by chance from the lists below, always from the same seed.
A review has details ("the soup was salty"), filler ("with my two cousins") and often a verdict ("I was delighted").
**The label is the verdict's, and where there is no verdict the details'.** In the `mixed` half all details speak
against the verdict; in the `plain` half nothing contradicts. Held-out sentences use patterns and filler that no
training sentence has; the telling words are the same, since nothing can be learned of a word never met.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SEED = 20261130
TRAIN, HELD_OUT = 800, 400
FOLDER = Path(__file__).parent
_A_BEFORE_VOWEL = re.compile(r"\ba(?= [aeiou])")


@dataclass(frozen=True)
class Patterns:
    """How details and verdicts are said, what fills the sentence, and what joins the parts."""

    detail: Sequence[str]
    verdict: Sequence[str]
    filler: Sequence[str]


@dataclass(frozen=True)
class Language:
    """The lists of one language.

    Attributes:
        labels: of a good and a bad review.
        verdicts: the words of a good and of a bad verdict.
        details: (things, good words, bad words), each separated by spaces; "_" stands for a space in them.
        patterns: by split.
        agreeing, against: between verdict and details, as they agree or not; each has {first} and {second}.
        listed: between details.
        comma, stop: marks.
    """

    labels: tuple[str, str]
    verdicts: tuple[str, str]
    details: Sequence[tuple[str, str, str]]
    patterns: Mapping[str, Patterns]
    agreeing: Sequence[str]
    against: Sequence[str]
    listed: str
    comma: str
    stop: str


ENGLISH = Language(
    labels=("positive", "negative"),
    verdicts=(
        "delighted thrilled enchanted impressed satisfied overjoyed charmed grateful pleased amazed enthusiastic "
        "captivated elated contented fascinated happy glad uplifted inspired ecstatic",
        "disappointed furious annoyed disgusted frustrated appalled upset dissatisfied irritated dismayed "
        "exasperated outraged disenchanted bitter unhappy angry sorry embittered dispirited miserable",
    ),
    details=(
        (
            "soup stew curry sauce",
            "fragrant tasty savoury flavourful wholesome",
            "lukewarm salty bland watery greasy",
        ),
        (
            "bread pie pancake pizza",
            "crisp fresh fluffy warm homemade",
            "soggy burnt stale rubbery undercooked",
        ),
        (
            "waiter cook guide receptionist",
            "friendly patient attentive cheerful polite",
            "rude grumpy slow careless arrogant",
        ),
        (
            "room cabin tent apartment",
            "cosy spotless spacious sunny quiet",
            "damp dirty cramped draughty noisy",
        ),
        (
            "weather sky morning evening",
            "mild bright clear balmy calm",
            "stormy foggy freezing muggy drizzly",
        ),
        (
            "film story plot script",
            "gripping witty original touching clever",
            "dull predictable silly confusing shallow",
        ),
        (
            "band singer orchestra choir",
            "lively tuneful polished rousing spirited",
            "shrill unrehearsed tired wooden monotonous",
        ),
        (
            "goalkeeper striker team captain",
            "brilliant fast fair brave nimble",
            "clumsy lazy unfair sluggish timid",
        ),
        (
            "train bus ferry tram",
            "punctual comfortable smooth clean modern",
            "late crowded bumpy smelly rickety",
        ),
        (
            "beach garden park lake",
            "peaceful lush scenic unspoilt green",
            "littered muddy overrun barren murky",
        ),
    ),
    patterns={
        "train": Patterns(
            detail=(
                "the {thing} was {word}",
                "the {thing} seemed {word}",
                "we found the {thing} {word}",
                "the {thing} turned out {word}",
                "there was a really {word} {thing}",
            ),
            verdict=(
                "I was {word}",
                "in the end we were {word}",
                "all in all I am {word}",
                "we went home {word}",
                "it left me {word}",
                "my whole family was {word}",
            ),
            filler=(
                "with my two cousins",
                "on a Tuesday in March",
                "after a long ride through the hills",
                "near the old post office",
                "during our second week there",
                "as my neighbour had suggested",
                "at about half past seven",
                "just around the corner from the station",
                "while the children were playing cards",
                "before we had unpacked our bags",
                "with a map from the library",
                "for my aunt's sixtieth birthday",
                "on the way to the coast",
                "between two meetings in town",
                "since the museum was closed that day",
                "with four colleagues from the office",
                "for the first time in three years",
                "under the big clock in the hall",
                "after we had parked behind the church",
                "together with a class from Vienna",
                "in the street where my sister lives",
                "because somebody had given us a voucher",
                "on the last weekend of the season",
                "next to a shop that sells umbrellas",
                "when the lights went on",
                "at the table by the window",
                "on a Sunday before lunch",
                "with the dog and two suitcases",
                "not far from the northern gate",
                "as it says in the brochure",
                "an hour later than planned",
                "in a town whose name I forget",
            ),
        ),
        "held-out": Patterns(
            detail=(
                "the {thing} struck us as {word}",
                "the {thing}, by the way, was {word}",
                "they had such a {word} {thing}",
            ),
            verdict=(
                "looking back I feel {word}",
                "everyone came away {word}",
                "to sum up, the two of us were {word}",
            ),
            filler=(
                "with grandfather and his chess partner",
                "one Thursday in October",
                "opposite the municipal swimming pool",
                "halfway along the canal",
                "while our laundry was drying",
                "thanks to a leaflet at the pharmacy",
                "on platform nine",
                "shortly after the conference had finished",
                "with seventeen pupils and their teacher",
                "across from where the bakery used to be",
                "on the ninth day of our journey",
                "as the newspaper had announced",
                "beneath a painted ceiling",
                "past the second roundabout",
                "with tickets from a raffle",
                "because the bridge was being repaired",
            ),
        ),
    },
    agreeing=("{first}, and {second}", "{first}; {second}", "{first}, so {second}"),
    against=("{first}, but {second}", "{first}; still, {second}", "{first}, and yet {second}"),
    listed=" and ",
    comma=", ",
    stop=".",
)

CHINESE = Language(
    labels=("好评", "差评"),
    verdicts=(
        "满意 惊喜 开心 感动 佩服 欣慰 高兴 庆幸 着迷 陶醉 畅快 尽兴 痛快 舒心 欢喜 振奋 愉快 知足 兴奋 欣喜",
        "失望 后悔 生气 恼火 扫兴 郁闷 心寒 懊恼 气愤 无奈 难过 沮丧 窝火 憋屈 不满 愤怒 伤心 烦躁 心凉 泄气",
    ),
    details=(
        ("汤 粥 炖菜 酱汁", "鲜美 香浓 可口 醇厚 清甜", "太咸 寡淡 油腻 发酸 半凉"),
        ("面包 馅饼 油条 披萨", "酥脆 新鲜 松软 喷香 热乎", "焦糊 发硬 夹生 受潮 干瘪"),
        ("服务员 厨师 导游 前台", "热情 耐心 周到 和气 礼貌", "粗鲁 冷淡 拖拉 马虎 傲慢"),
        ("房间 船舱 帐篷 公寓", "温馨 整洁 宽敞 明亮 安静", "潮湿 脏乱 狭小 漏风 吵闹"),
        ("天气 早晨 傍晚 山上", "暖和 晴朗 凉爽 清新 宜人", "阴冷 闷热 多雾 湿冷 灰暗"),
        ("电影 故事 剧情 剧本", "精彩 风趣 新颖 动人 巧妙", "沉闷 老套 幼稚 混乱 肤浅"),
        ("乐队 歌手 合唱团 鼓手", "活泼 悦耳 娴熟 激昂 默契", "刺耳 生疏 疲沓 呆板 单调"),
        ("守门员 前锋 主队 队长", "出色 敏捷 公道 勇敢 灵活", "笨拙 懒散 蛮横 迟缓 胆怯"),
        ("火车 大巴 渡轮 电车", "准点 舒适 平稳 干净 崭新", "晚点 拥挤 颠簸 难闻 破旧"),
        ("海滩 花园 湖边 步道", "幽静 葱郁 秀丽 开阔 清幽", "杂乱 泥泞 荒凉 浑浊 嘈杂"),
    ),
    patterns={
        "train": Patterns(
            detail=(
                "{thing}很{word}",
                "{thing}确实{word}",
                "{thing}特别{word}",
                "我们觉得{thing}{word}",
                "{thing}显得{word}",
            ),
            verdict=(
                "总的来说我很{word}",
                "最后我们都挺{word}",
                "回家路上我还是很{word}",
                "这一趟让人{word}",
                "一句话，我{word}得很",
                "全家人都觉得{word}",
            ),
            filler=(
                "和两个表弟一起",
                "三月里的一个星期二",
                "坐了很久的车以后",
                "就在老邮局旁边",
                "到那儿的第二周",
                "听邻居提起过",
                "大约七点半的时候",
                "车站拐个弯就到",
                "孩子们在打牌",
                "行李还没打开",
                "手里拿着图书馆的地图",
                "给姑姑过六十岁生日",
                "去海边的途中",
                "两场会议之间",
                "那天博物馆闭馆",
                "同办公室的四个同事",
                "三年来头一回",
                "在大厅的挂钟底下",
                "车停在教堂后面",
                "跟一个来自成都的班级",
                "在我姐姐住的那条街",
                "因为有人送了券",
                "旺季的末尾",
                "隔壁是家卖伞的铺子",
                "灯刚亮起来",
                "坐在靠窗的桌子",
                "星期天午饭之前",
                "带着狗和两只箱子",
                "离北门不远",
                "照小册子上写的",
                "比计划晚了一小时",
                "在一座叫不出名字的镇上",
            ),
        ),
        "held-out": Patterns(
            detail=("{thing}相当{word}", "{thing}嘛，可以说{word}", "那里的{thing}{word}"),
            verdict=("归根结底大伙儿十分{word}", "如今想起来依然{word}", "我和同伴心里都{word}"),
            filler=(
                "陪爷爷和他的棋友",
                "十月底某个周四",
                "游泳馆对面",
                "沿运河走到一半",
                "衣服正在晾",
                "药店里拿到的传单",
                "在九号站台",
                "学术会议刚结束",
                "十七名学生由老师领着",
                "从前那间糕饼店对过",
                "旅途的第九天",
                "报纸登过消息",
                "彩绘的天花板下",
                "过了第二个环岛",
                "门票是抽奖抽中的",
                "桥梁正在维修",
            ),
        ),
    },
    agreeing=("{first}，{second}", "{first}，而且{second}", "{first}，所以{second}"),
    against=("{first}，但是{second}", "{first}，不过{second}", "{first}，可{second}"),
    listed="，",
    comma="，",
    stop="。",
)


def review(language: Language, patterns: Patterns, label: int, kind: str, chance: np.random.Generator) -> str:
    """One review: `label` 0 is good, 1 bad; `kind` is plain or mixed."""

    def one(of: Sequence[str]) -> str:
        return of[int(chance.integers(len(of)))].replace("_", " ")

    with_verdict = kind == "mixed" or chance.random() < 1 / 3
    of_details = 1 - label if kind == "mixed" else label
    groups = chance.permutation(len(language.details))[: chance.integers(1, 4)]
    details = []
    for group in groups:
        thing, *words = (part.split() for part in language.details[group])
        details.append(one(patterns.detail).format(thing=one(thing), word=one(words[of_details])))
    parts = [language.listed.join(details)]
    if with_verdict:
        parts.append(one(patterns.verdict).format(word=one(language.verdicts[label].split())))
        if chance.random() < 1 / 3:
            parts.reverse()
    fillers = list(chance.permutation(np.array(patterns.filler))[: chance.integers(2, 5)])
    parts[-1 if chance.random() < 1 / 2 else 0] += language.comma + str(fillers.pop())
    if len(parts) == 2:
        joined = one(language.against if kind == "mixed" else language.agreeing)
        parts = [joined.format(first=parts[0], second=parts[1])]
    text = _A_BEFORE_VOWEL.sub("an", language.comma.join([*map(str, fillers), *parts]))
    return text[0].upper() + text[1:] + language.stop


def reviews(language: Language) -> list[tuple[str, str, str, str]]:
    """(text, label, kind, split), no text twice, labels and kinds in equal parts."""
    chance = np.random.Generator(np.random.PCG64(SEED))
    rows, seen = [], set[str]()
    for split, count in (("train", TRAIN), ("held-out", HELD_OUT)):
        for number in range(count):
            label, kind = number % 2, ("plain", "mixed")[number // 2 % 2]
            text = review(language, language.patterns[split], label, kind, chance)
            while text in seen:
                text = review(language, language.patterns[split], label, kind, chance)
            seen.add(text)
            rows.append((text, language.labels[label], kind, split))
    return rows


def write(folder: Path) -> None:
    """Write both files."""
    for code, language in (("en", ENGLISH), ("zh-hans", CHINESE)):
        with (folder / f"reviews.{code}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("text", "label", "kind", "split"))
            writer.writerows(reviews(language))


if __name__ == "__main__":
    write(FOLDER)
