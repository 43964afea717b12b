"""Images in few colours and in segments."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import autograd_core as ac
from clustering.errors import DataError, DataTypeError, ParameterError
from clustering.images import different_colors, quantize, segment


@pytest.fixture(scope="module")
def china():
    return pytest.importorskip("sklearn.datasets").load_sample_image("china.jpg")[::6, ::6]


def stripes(colors, height=6, width=5):
    colors = np.asarray(colors)
    return np.repeat(np.repeat(colors[:, None], width, axis=1), height, axis=0)


# -- few colours ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
def test_a_photograph_in_few_colours(china):
    result = quantize(china, 16)
    assert result.image.shape == china.shape and result.image.dtype == np.uint8
    assert result.palette.shape == (16, 3) and result.palette.dtype == np.uint8
    pixels, palette = china.reshape(-1, 3) * 1.0, result.palette * 1.0
    nearest = cdist(pixels, palette).min(axis=1)
    drawn = result.image.reshape(-1, 3) * 1.0
    np.testing.assert_allclose(np.linalg.norm(pixels - drawn, axis=1), nearest)
    assert result.error == pytest.approx(np.sqrt(np.mean((pixels - drawn) ** 2)))
    np.testing.assert_array_equal(result.palette[result.labels], result.image)
    counts = np.bincount(result.labels.ravel())
    assert (np.diff(counts) <= 0).all()


def test_the_error_is_that_of_k_means(china):
    from sklearn.cluster import KMeans

    pixels = china.reshape(-1, 3) * 1.0
    theirs = KMeans(8, n_init=1, random_state=0).fit(pixels)
    best = np.sqrt(theirs.inertia_ / pixels.size)
    errors = [quantize(china, colors).error for colors in (1, 2, 8, 24)]
    assert 0.9 * best < errors[2] < 1.02 * best
    assert (np.diff(errors) < 0).all()
    assert errors[0] == pytest.approx(np.sqrt(np.mean(pixels.var(axis=0))), rel=1e-3)


def test_the_same_seed_gives_the_same_image(china):
    first, second = quantize(china, 8, random_state=3), quantize(china, 8, random_state=3)
    np.testing.assert_array_equal(first.image, second.image)


def test_many_colours_are_summarised(monkeypatch, china):
    whole = quantize(china, 8)
    monkeypatch.setattr("clustering.images.MANY", 1000)
    summarised = quantize(china, 8)
    assert summarised.error == pytest.approx(whole.error, rel=0.02)
    assert (summarised.palette != whole.palette).any()


def test_images_of_few_colours_stay():
    image = stripes(np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8))
    result = quantize(image, 5)
    np.testing.assert_array_equal(result.image, image)
    assert result.error == 0 and len(result.palette) == 3
    one = quantize(np.full((4, 3, 3), 7, np.uint8))
    assert one.palette.tolist() == [[7, 7, 7]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 3)])
def test_kinds_of_images(dtype, shape):
    random = np.random.default_rng(0)
    image = random.integers(0, 200, shape).astype(dtype)
    image = image / 255 if image.dtype.kind == "f" else image
    image = image.astype(dtype)
    result = quantize(image, 4)
    assert result.image.shape == shape and result.image.dtype == dtype
    assert len(np.unique(result.image.reshape(600, -1), axis=0)) == len(result.palette) == 4
    assert quantize(ac.Tensor(image * 1.0), 4).image.shape == shape


def test_alpha_is_kept_and_transparent_pixels_do_not_count():
    visible = stripes(np.array([[250, 0, 0], [0, 250, 0]], np.uint8))
    hidden = np.random.default_rng(0).integers(0, 255, visible.shape).astype(np.uint8)
    image = np.zeros((24, 5, 4), np.uint8)
    image[:12, :, :3], image[12:, :, :3] = visible, hidden
    image[:12, :, 3] = np.random.default_rng(1).integers(1, 255, (12, 5))
    result = quantize(image, 2)
    np.testing.assert_array_equal(result.image[..., 3], image[..., 3])
    np.testing.assert_array_equal(result.image[:12], image[:12])
    assert result.error == 0
    image[..., 3] = 0  # nothing is visible: all pixels count
    assert quantize(image, 2).error > 0
    grey = image[..., :2].copy()
    grey[..., 1] = 9
    assert (quantize(grey, 3).image[..., 1] == 9).all()


def test_different_colours():
    random = np.random.default_rng(0)
    for dtype, channels in ((np.uint8, 3), (np.uint8, 1), (np.uint16, 3), (np.int16, 3)):
        low = -2 if np.issubdtype(dtype, np.signedinteger) else 250
        pixels = random.integers(low, low + 4, (300, channels)).astype(dtype)
        kinds, kind = different_colors(pixels)
        np.testing.assert_array_equal(kinds[kind], pixels)
        assert len(kinds) == len(np.unique(pixels, axis=0))


# -- segments ------------------------------------------------------------------------------------


def test_segments_of_flat_colours():
    random = np.random.default_rng(0)
    colors = np.array([[200, 30, 30], [30, 200, 30], [30, 30, 200]])
    image = stripes(colors, height=10, width=30)[:25]
    noisy = (image + random.integers(-8, 9, image.shape)).astype(np.uint8)
    result = segment(noisy, bandwidth=40.0)
    assert result.labels.shape == (25, 30) and result.image.dtype == np.uint8
    np.testing.assert_array_equal(
        result.labels, np.repeat([0, 1, 2], [10, 10, 5])[:, None] * np.ones((1, 30), int)
    )
    for k in range(3):
        mean = noisy[result.labels == k].mean(axis=0)
        np.testing.assert_array_equal(result.colors[k], np.rint(mean))
    np.testing.assert_array_equal(result.image, result.colors[result.labels])


def test_places_part_what_has_the_same_colour():
    image = np.full((20, 60, 3), 10.0)
    image[:, 20:40] = 200.0
    assert segment(image, bandwidth=30.0).labels.max() == 1
    apart = segment(image, bandwidth=100.0, spatial=400.0).labels
    assert len(np.unique(apart[:, [0, 30, 59]])) == 3


def test_segments_of_a_photograph(china):
    result = segment(china, samples=1500)
    assert 2 <= result.labels.max() + 1 < 50 and result.bandwidth > 0
    counts = np.bincount(result.labels.ravel())
    assert (counts > 0).all() and (np.diff(counts) <= 0).all()
    original = china.astype(float)
    assert np.mean((result.image - original) ** 2) < np.mean(
        (original - original.mean(axis=(0, 1))) ** 2
    )
    again = segment(china, samples=1500)
    np.testing.assert_array_equal(result.labels, again.labels)


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [quantize, segment])
@pytest.mark.parametrize(
    ("image", "error", "text"),
    [
        (np.zeros(5), DataError, "expected an image"),
        (np.zeros((4, 4, 5)), DataError, r"shape \(4, 4, 5\)"),
        (np.zeros((0, 4, 3)), DataError, "expected an image"),
        (np.full((4, 4), np.nan), DataError, "NaN"),
        (np.zeros((4, 4), bool), DataTypeError, "bool"),
        (np.array([["a"]]), DataTypeError, "integers or floats"),
    ],
)
def test_bad_images(function, image, error, text):
    with pytest.raises(error, match=text):
        function(image)


def test_bad_options():
    image = np.zeros((4, 4, 3), np.uint8)
    for colors in (0, -1, 2.5, "16"):
        with pytest.raises(ParameterError, match="colors"):
            quantize(image, colors)
    with pytest.raises(ParameterError, match="max_iter"):
        quantize(image, 2, max_iter=0)
    with pytest.raises(ParameterError, match="random_state"):
        quantize(image, 2, random_state="x")
    with pytest.raises(ParameterError, match="spatial"):
        segment(image, 1.0, spatial=-1)
    with pytest.raises(ParameterError, match="bandwidth"):
        segment(image, 0.0)
    with pytest.raises(DataError, match="bandwidth"):
        segment(image)
