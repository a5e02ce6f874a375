import numpy as np
import pytest

from training.cars.ac3d import ModelError
from training.cars.wavefront import read_wavefront

WHITE = np.full((2, 2, 3), 255, np.uint8)
SQUARE = "# x\n\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nf 1/1 2/2 3/3 4/4\n"


def test_a_face_of_four_corners_becomes_two_triangles() -> None:
    mesh = read_wavefront(SQUARE, WHITE)
    assert mesh.points.shape == (2, 3, 3)
    assert mesh.places[1].tolist() == [[0, 0], [1, 1], [0, 1]]


@pytest.mark.parametrize(
    "broken", ["", "v 0 0 0\nf 1 2 3\n", SQUARE.replace("4/4", "9/4"), SQUARE.replace("v 0 0 0\n", "v 0 0\n")]
)
def test_a_file_without_sound_faces_is_refused(broken: str) -> None:
    with pytest.raises(ModelError):
        read_wavefront(broken, WHITE)
