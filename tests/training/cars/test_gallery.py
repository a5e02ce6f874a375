import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.cars.boxes import BOX, block
from training.cars import draw
from training.cars.gallery import GALLERY, opened, render_gallery, shots
from training.cars.models import Model, loaded, models, there
from training.cars.mounting import FRONT, REAR, mount
from training.cars.paint import colour, repainted
from training.cars.views import LONGEST
from training.provide import listed

MODELS = [model for model in models() if there(model)]


def test_every_model_is_named_with_its_package_its_makers_and_a_free_licence() -> None:
    for model in models():
        assert model.package in listed()
        assert model.by
        assert model.licence in {"GPL-2.0-or-later", "LAL-1.3"}
    assert len({model.name for model in models()}) == len(models())


def test_without_packages_a_gallery_is_empty_and_says_what_fetches_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.cars.gallery.there", lambda model: False)
    lines = list(render_gallery(tmp_path / "gallery", 2, 1))
    assert len(lines) == len(models())
    assert all("training.provide" in line for line in lines)
    assert shots(tmp_path / "gallery") == ()


def test_a_gallery_that_was_not_finished_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "p406-00.png").write_bytes(b"half")
    assert shots(tmp_path) == ()


def test_a_picture_that_cannot_be_read_is_an_error_that_says_how_to_make_it_again(tmp_path: Path) -> None:
    (tmp_path / "mounts.json").write_text(json.dumps({"gone.png": [[0, 0], [1, 0], [1, 1], [0, 1]]}))
    with pytest.raises(OSError, match=r"gone\.png.*--gallery"):
        opened(shots(tmp_path)[0])


def test_paint_is_changed_lit_and_in_shade_and_the_rest_stays() -> None:
    texture = np.array([[[200, 20, 20], [100, 10, 10], [20, 20, 20], [240, 240, 240]]], np.uint8)
    fresh = repainted(texture, (200, 20, 20), (20, 20, 200))
    assert fresh[0, 0].tolist() == [20, 20, 200]
    assert np.abs(fresh[0, 1].astype(int) - [10, 10, 100]).max() <= 1
    np.testing.assert_array_equal(fresh[0, 2:], texture[0, 2:])


def test_colours_are_as_on_the_road_mostly_grey() -> None:
    random = np.random.default_rng(0)
    drawn = np.array([colour(random) for _ in range(300)])
    assert (np.ptp(drawn, axis=1) < 40).mean() > 0.6
    assert drawn.min() >= 8


@pytest.mark.skipif(not MODELS, reason="the models' packages have not been fetched")
@pytest.mark.parametrize("model", MODELS[::9], ids=lambda model: model.name)
def test_a_model_stands_on_the_ground_at_its_size_with_a_plate_at_both_ends(model: Model) -> None:
    mesh = loaded(model)
    low, high = mesh.points.reshape(-1, 3).min(axis=0), mesh.points.reshape(-1, 3).max(axis=0)
    assert -0.05 < low[2] < 0.1
    assert 3 < high[0] - low[0] < 12
    assert 1.2 < high[1] - low[1] < 3.2
    assert mount(mesh, REAR, model.rear)[:, 0].max() < 0 < mount(mesh, FRONT, model.front)[:, 0].min()


@pytest.mark.skipif(not shots(GALLERY), reason="no gallery has been rendered")
def test_pictures_of_the_gallery_have_their_mount_inside() -> None:
    for shot in shots(GALLERY)[::40]:
        car = opened(shot)
        assert max(car.image.shape[:2]) <= LONGEST + 1
        assert (car.mount >= 0).all()
        assert (car.mount < car.image.shape[1::-1]).all()


def test_what_is_drawn_comes_from_the_gallery_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.cars.gallery.models", lambda: models()[:1])
    monkeypatch.setattr("training.cars.gallery.there", lambda model: True)
    monkeypatch.setattr("training.cars.views.loaded", lambda model, assets: block(BOX))
    monkeypatch.setattr("training.cars.views.LONGEST", 120)
    assert list(render_gallery(tmp_path / "gallery", 2, 3)) == [f"{models()[0].name}: 2 views"]
    (one, two) = shots(tmp_path / "gallery")
    sizes = {opened(one).image.shape, opened(two).image.shape}
    random = np.random.default_rng(4)
    assert sizes & {draw(random, tmp_path / "gallery").image.shape for _ in range(12)}
