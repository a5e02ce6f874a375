import numpy as np
import pytest
from numpy.typing import NDArray

from training.cars.ac3d import ModelError, read_ac3d

BLUE = np.zeros((2, 2, 3), np.uint8) + np.array([0, 0, 255], np.uint8)

SQUARE = """AC3Db
MATERIAL "paint" rgb 1 0.5 0  amb 1 1 1  emis 0 0 0  spec 0 0 0  shi 0  trans 0
OBJECT world
kids 1
OBJECT poly
name "a name with spaces"
data 5
kids!
loc 10 0 0
texture "side.png"
numvert 4
0 0 0
1 0 0
1 1 0
0 1 0
numsurf 1
SURF 0x20
mat 0
refs 4
0 0 0
1 1 0
2 1 1
3 0 1
kids 0
"""

STRIP = """AC3Db
OBJECT world
kids 1
OBJECT poly
texture "car.rgb" base
texture "car.rgb" tiled
numvert 4
0 0 0 0 0 1
1 0 0 0 0 1
0 1 0 0 0 1
1 1 0 0 0 1
numsurf 1
SURF 0x14
refs 4
0 0 0 0 0
1 1 0 0 0
2 0 1 0 0
3 1 1 0 0
kids 0
"""


def test_a_polygon_becomes_a_fan_of_triangles_at_its_objects_place() -> None:
    mesh = read_ac3d(SQUARE, lambda name: BLUE)
    assert mesh.points.shape == (2, 3, 3)
    assert mesh.points[..., 0].min() == 10
    assert mesh.points[..., 0].max() == 11


def test_a_surface_has_its_materials_colour_and_its_objects_texture() -> None:
    asked: list[str] = []

    def texture(name: str) -> NDArray[np.uint8]:
        asked.append(name)
        return BLUE

    mesh = read_ac3d(SQUARE, texture)
    assert asked == ["side.png"]
    assert mesh.surfaces[mesh.worn[0]].colour == (1, 0.5, 0)


def test_a_flat_thing_without_normals_gets_those_of_its_plane() -> None:
    normals = read_ac3d(SQUARE, lambda name: BLUE).normals
    np.testing.assert_allclose(np.abs(normals), np.broadcast_to([0, 0, 1], (2, 3, 3)), atol=1e-6)


def test_lines_are_not_drawn() -> None:
    line = SQUARE.replace("SURF 0x20", "SURF 0x22")
    with pytest.raises(ModelError, match="nothing"):
        read_ac3d(line, lambda name: BLUE)


def test_a_turned_object_is_turned_in_the_roots_axes() -> None:
    turned = SQUARE.replace("loc 10 0 0", "rot 0 1 0 -1 0 0 0 0 1")
    points = read_ac3d(turned, lambda name: BLUE).points.reshape(-1, 3)
    np.testing.assert_allclose(points.min(axis=0), [-1, 0, 0], atol=1e-6)


def test_a_strip_gives_one_triangle_less_two_than_it_has_corners() -> None:
    mesh = read_ac3d(STRIP.replace("OBJECT world", MATERIAL + "OBJECT world"), lambda name: BLUE)
    assert mesh.points.shape == (2, 3, 3)
    np.testing.assert_allclose(mesh.normals[..., 2], 1)


MATERIAL = 'MATERIAL "m" rgb 1 1 1 amb 1 1 1 emis 0 0 0 spec 0 0 0 shi 0 trans 0\n'


@pytest.mark.parametrize("end", range(40, len(SQUARE) - 8, 31))
def test_a_file_that_ends_early_is_refused(end: int) -> None:
    with pytest.raises(ModelError):
        read_ac3d(SQUARE[:end], lambda name: BLUE)


def test_another_format_is_refused() -> None:
    with pytest.raises(ModelError, match="AC3D"):
        read_ac3d("# Wavefront\n", lambda name: BLUE)
