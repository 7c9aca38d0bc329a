"""The task `image_attention`: non-local means against an implementation of its own and against scikit-image."""

import base64
import io
import json

import jsonschema
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio
from skimage.restoration import denoise_nl_means

from attention_core import attend
from attention_core.catalogue import task
from attention_core.models import non_local_means as nlm
from attention_core.models.sample_pictures import LABELS, sample_picture
from attention_core.params import InvalidParams, json_schema, parse_params
from attention_core.trials import KEPT

TASK = task("image_attention")
QUICK = {"reach": 3, "patch": 3}


def run(raw, report=lambda *_: None):
    return TASK.run(parse_params(TASK.params, raw), report)


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def picture_of(found, name):
    (one,) = [picture for picture in found["pictures"] if picture["name"] == name]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(one["png"]))))


def by_hand(picture, patch, reach, h, noise=0.0, *, cut_off=np.inf, exp=np.exp):
    """Non-local means one query after the other, as scikit-image's source has it.

    The distance of two patches is the mean over channels of squared differences, weighed by a Gaussian of
    σ = (patch − 1) / 4 that sums to 1, less 2 · noise² and not below 0. scikit-image adds up its rows from the top,
    and gives a key no weight whose sum exceeds 5 h² before the last row; it also has an exponential of its own.
    """
    height, width, channels = picture.shape
    half = patch // 2
    places = np.arange(-half, half + 1)
    gaussian = np.exp(-(places[:, None] ** 2 + places**2) / (2 * ((patch - 1) / 4) ** 2))
    gaussian /= gaussian.sum() * channels * h**2
    padded = np.pad(picture, ((half, half), (half, half), (0, 0)), mode="reflect")
    patches = sliding_window_view(padded, (patch, patch), axis=(0, 1))
    output = np.empty_like(picture)
    for y in range(height):
        for x in range(width):
            seen = (slice(max(0, y - reach), y + reach + 1), slice(max(0, x - reach), x + reach + 1))
            parts = gaussian * ((patches[seen] - patches[y, x]) ** 2 - 2 * noise**2)
            sums = np.cumsum(parts.sum(axis=(2, 4)), axis=-1)
            weights = exp(-np.maximum(sums[..., -1], 0))
            weights = np.where((sums[..., :-1] > cut_off).any(axis=-1), 0, weights)
            output[y, x] = np.tensordot(weights, picture[seen], 2) / weights.sum()
    return output


def schraudolph(values):
    """exp by writing into a float64's exponent, off by up to 4 %: scikit-image's, after Schraudolph 1999."""
    upper = np.trunc(2**20 / np.log(2) * values).astype(np.int64) + 1072632447
    return (np.maximum(upper, 0) << 32).view(np.float64)


def noisy(name="roofs", size=24, channels=3, noise=0.1):
    clean = sample_picture(name)[30 : 30 + size, 20 : 20 + size + 5, :channels] / 255
    return clean + np.random.default_rng(0).normal(0, noise, clean.shape)


def denoised(picture, *search):
    return nlm.attend_patches(picture, nlm.Search(*search), {"distance": nlm.by_distance}).outputs["distance"]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("search", [(3, 4, 0.1), (5, 6, 0.2), (5, 3, 0.08, 0.1), (7, 2, 0.05)])
def test_it_is_non_local_means(search, channels):
    picture = noisy(channels=channels)
    np.testing.assert_allclose(denoised(picture, *search), by_hand(picture, *search), atol=1e-12)


@pytest.mark.parametrize("search", [(5, 6, 0.1), (3, 5, 0.08), (5, 6, 0.08, 0.1), (7, 4, 0.06, 0.1)])
def test_with_the_cut_off_and_the_exponential_of_scikit_image_it_is_scikit_image_s(search):
    patch, reach, h, noise = (*search, 0.0)[:4]
    picture = noisy()
    theirs = denoise_nl_means(
        picture, patch_size=patch, patch_distance=reach, h=h, sigma=noise, fast_mode=False, channel_axis=-1
    )
    np.testing.assert_allclose(by_hand(picture, *search, cut_off=5, exp=schraudolph), theirs, atol=1e-9)
    # Their cut-off is not a detail: without it far patches, of which there are many, shift a pixel by more.
    assert abs(denoised(picture, *search) - theirs).max() > 1e-3


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_where_no_patch_is_cut_off_it_agrees_with_scikit_image(noise):
    picture = np.random.default_rng(0).uniform(0, 0.3, (30, 34, 3))
    theirs = denoise_nl_means(
        picture, patch_size=5, patch_distance=6, h=0.1, sigma=noise, fast_mode=False, channel_axis=-1
    )
    inside = (slice(8, -8), slice(8, -8))
    np.testing.assert_allclose(denoised(picture, 5, 6, 0.1, noise)[inside], theirs[inside], atol=1e-3)


def test_it_is_attention_of_the_core_with_the_keys_length_in_one_more_feature():
    """−‖q − k‖² = 2q·k − ‖k‖² up to what is the same for a whole row."""
    picture, patch, reach, h = noisy(size=14), 3, 4, 0.15
    height, width, channels = picture.shape
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="reflect")
    patches = sliding_window_view(padded, (patch, patch), axis=(0, 1))
    profile = np.sqrt(np.outer(nlm.patch_profile(patch), nlm.patch_profile(patch)) / channels) / h
    tokens = (patches * profile).reshape(height * width, -1)
    rows, columns = np.divmod(np.arange(height * width), width)
    near = (abs(rows[:, None] - rows) <= reach) & (abs(columns[:, None] - columns) <= reach)
    lengths = (tokens**2).sum(axis=-1, keepdims=True)
    output = attend(
        np.hstack([2 * tokens, np.ones_like(lengths)]),
        np.hstack([tokens, -lengths]),
        picture.reshape(-1, channels),
        function="dot_product",
        mask=near,
    )
    np.testing.assert_allclose(
        denoised(picture, patch, reach, h), np.reshape(output, picture.shape), atol=1e-12
    )
    without_length = attend(
        2 * tokens, tokens, picture.reshape(-1, channels), function="dot_product", mask=near
    )
    ours = nlm.attend_patches(picture, nlm.Search(patch, reach, h), {"dot": nlm.by_dot_product}).outputs[
        "dot"
    ]
    np.testing.assert_allclose(ours, np.reshape(without_length, picture.shape), atol=1e-10)
    assert abs(ours - np.reshape(output, picture.shape)).max() > 0.1


def block_of(size=20):
    return next(nlm.blocks(noisy(size=size), nlm.Search(3, 3, 0.1), seed=4))


def test_uniform_and_shuffled_weights_are_what_they_say():
    block = block_of()
    seen = block.allowed.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(nlm.uniform(block), block.allowed / seen, atol=1e-15)
    weights, dealt = np.asarray(nlm.by_distance(block)), nlm.shuffled(block)
    assert not dealt[~block.allowed].any()
    np.testing.assert_array_equal(np.sort(dealt), np.sort(weights))
    assert abs(dealt - weights).max() > 0.3


def test_hiding_takes_the_keys_it_says_and_no_other():
    block = block_of()
    weights, middle = np.asarray(nlm.by_distance(block)), 24
    itself = np.asarray(nlm.without_itself(block))
    assert not itself[..., middle].any()
    strongest, random = (
        np.asarray(way(block, count=5)) for way in (nlm.without_strongest, nlm.without_random)
    )
    for hidden in (strongest, random):
        gone = (weights > 0) & (hidden == 0)
        assert (gone.sum(axis=-1) == 5).all()
        assert not gone[..., middle].any()
        np.testing.assert_allclose(hidden.sum(axis=-1), 1, atol=1e-12)
    gone = (weights > 0) & (strongest == 0)
    others = np.delete(np.where(gone, -1, weights), middle, axis=-1)
    assert (np.where(gone, weights, 2).min(axis=-1) >= others.max(axis=-1)).all()


def test_the_blocks_leave_no_seam(monkeypatch):
    picture, search = noisy(size=30), (5, 4, 0.1)
    whole = denoised(picture, *search)
    monkeypatch.setattr(nlm, "BLOCK_CELLS", 1)
    np.testing.assert_allclose(denoised(picture, *search), whole, atol=1e-14)


def test_the_coarse_map_adds_up_the_weights_of_every_query():
    picture = noisy(size=16)
    found = nlm.attend_patches(
        picture, nlm.Search(3, 2, 0.2), {"distance": nlm.by_distance}, grid=(2, 3), chosen=(15, 3)
    )
    np.testing.assert_allclose(found.coarse.sum(axis=-1), 1, atol=1e-12)
    assert found.coarse[0, 2] == found.coarse[5, 0] == 0  # two cells away, beyond the window
    assert found.chosen.sum() == pytest.approx(1)
    assert np.unravel_index(found.chosen.argmax(), found.chosen.shape) == (15, 3)
    assert not found.chosen[:13].any()
    assert not found.chosen[:, 6:].any()


def test_the_best_blur_is_no_worse_than_any_other():
    clean = sample_picture("flower") / 255
    picture = clean + np.random.default_rng(1).normal(0, 0.1, clean.shape)
    from scipy.ndimage import gaussian_filter

    best, width = nlm.best_blur(picture, clean)
    theirs = gaussian_filter(picture, (width, width, 0), mode="mirror")
    np.testing.assert_allclose(best, theirs, atol=1e-12)
    for other in (width - 0.1, width + 0.1):
        blurred = gaussian_filter(picture, (other, other, 0), mode="mirror")
        assert ((best - clean) ** 2).mean() < ((blurred - clean) ** 2).mean()


def test_the_result_has_pictures_a_map_of_patches_and_what_the_weights_did():
    result = run({})
    found = json.loads(json.dumps(result.document, allow_nan=False))
    jsonschema.validate({}, json_schema(TASK.params))
    assert {one["name"] for one in found["pictures"]} >= {"clean", "noisy", "denoised", "removed", "chosen"}
    assert (picture_of(found, "clean") == sample_picture("roofs")).all()
    maps = found["maps"]
    assert maps["picture"] == "noisy"
    assert maps["row_grid"] == maps["column_grid"] == [12, 12]
    assert np.shape(maps["weights"]) == (1, 1, 144, 144)
    answer, clean = found["answer"], result.arrays["clean"]
    for name in ("noisy", "denoised"):
        theirs = peak_signal_noise_ratio(clean, result.arrays[name], data_range=1)
        assert answer[f"psnr_{name}"] == pytest.approx(theirs, abs=1e-6)
    assert answer["gain"] >= 3
    gain, _psnr, *_others = found["metrics"]
    assert gain["value"] > gain["control"] > 0
    changes = {one["label"]: one["value"] for one in found["matters"]["changes"]}
    assert len(changes) == 6
    for label in ("Uniform weights in the window (a box blur)", "Score q·k in place of the distance"):
        assert changes[label] < answer["gain"] - 3
    strongest, random = (found["matters"]["changes"][place]["change"] for place in (4, 5))
    assert strongest < random < 0.1
    assert "why" in found["matters"]["says"][-1]["text"]


def test_the_same_seed_gives_the_same_result_and_another_seed_another():
    one, same, other = (run({**QUICK, "seed": seed}).arrays for seed in (7, 7, 8))
    for name, values in one.items():
        np.testing.assert_allclose(values, same[name], atol=1e-12)
    assert abs(one["noisy"] - other["noisy"]).max() > 0.1


def test_a_picture_of_one_s_own_is_taken_whatever_its_shape():
    pixels = np.zeros((40, 20, 3), np.uint8)
    pixels[:, 10:] = (250, 120, 0)
    found = run({**QUICK, "image": png(pixels), "row": 39, "column": 0}).document
    assert (picture_of(found, "clean") == pixels).all()
    assert found["maps"]["row_grid"] == (5, 2) or found["maps"]["row_grid"] == [5, 2]
    assert found["answer"]["gain"] > 5
    assert found["answer"]["row"] == 39


def test_it_says_so_where_attention_does_not_help():
    flat = np.full((30, 30, 3), 128, np.uint8)
    said = [one["text"] for one in run({**QUICK, "image": png(flat), "h": 0.05}).document["matters"]["says"]]
    assert said[0].startswith("Attention does not help here")
    assert "Gaussian blur" in said[1]


@pytest.mark.parametrize(
    ("change", "pointer", "detail"),
    [
        ({"patch": 4}, "/patch", "odd"),
        ({"row": 96}, "/row", "0 to 95"),
        ({"image": png(np.zeros((20, 30, 3), np.uint8)), "row": 20}, "/row", "0 to 19"),
        ({"image": png(np.zeros((20, 30, 3), np.uint8)), "column": 30}, "/column", "0 to 29"),
        ({"image": "no picture"}, "/image", "base64"),
        ({"noise": 0}, "/noise", "0.01"),
        ({"h": 0}, "/h", "0.01"),
        ({"reach": 11}, "/reach", "10"),
        ({"picture": "lena"}, "/picture", "roofs"),
    ],
)
def test_what_cannot_be_computed_is_refused(change, pointer, detail):
    with pytest.raises(InvalidParams) as caught:
        parse_params(TASK.params, change)
    (problem,) = caught.value.problems
    assert problem.pointer_text == pointer
    assert detail in problem.detail


def test_it_reports_often_and_stops_when_told():
    told = []
    run({}, lambda share, *_: told.append(share))
    assert told == sorted(told)
    assert len(told) > 10
    assert told[-1] == 1

    class Cancelled(Exception):
        pass

    def cancel(share, *_):
        if share > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        run({}, cancel)


def test_what_was_measured_reaches_the_goals_and_is_measured_again():
    kept = json.loads(KEPT.read_text("utf-8"))["image_attention"]["runs"]
    assert len(kept) == 5
    for name, goal in TASK.goals.items():
        figures = [one[name] for one in kept]
        assert goal.mean is None or np.mean(figures) >= goal.mean
        assert goal.worst is None or min(figures) >= goal.worst
    for name in LABELS:
        answer = run({"picture": name, "seed": 3}).document["answer"]
        assert answer["gain"] == pytest.approx(kept[3][f"gain_{name}"], abs=0.01)
