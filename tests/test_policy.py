"""A policy makes sense or is refused; the same policy has the same digest everywhere."""

import pickle
from pathlib import Path

import pytest

from redact.errors import PolicyError
from redact.model import Image, Region
from redact.policy import Policy, Tracking, style_from
from redact.styles import Blur, Fill, Pixelate


def test_the_default_hides_faces_plates_and_coordinates_and_keeps_what_shows_the_picture_right() -> None:
    policy = Policy()
    assert set(policy.hide) == {"face", "plate", "coordinates"}
    assert policy.keep == {"orientation", "colour"}


def test_a_policy_survives_toml_and_pickle() -> None:
    policy = Policy(
        hide={"face": Pixelate(4), "plate": Fill((1, 2, 3)), "badge": Blur()},
        keep=frozenset({"time"}),
        detectors={"face": {"threshold": 0.5}},
        tracking=Tracking(every=6),
    )
    assert Policy.from_toml(policy.to_toml()) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert hash(policy) == hash(Policy.from_toml(policy.to_toml()))


def test_different_policies_have_different_digests() -> None:
    policies = [Policy(), Policy(hide={}), Policy(hide={"face": Fill()}), Policy(keep=frozenset({"time"}))]
    assert len({policy.digest for policy in policies}) == len(policies)


def test_the_digest_does_not_depend_on_the_order_of_what_is_said() -> None:
    one = Policy(hide={"face": Blur(), "plate": Fill()})
    assert one.digest == Policy(hide={"plate": Fill(), "face": Blur()}).digest


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        Policy().hide["face"] = Fill()  # type: ignore[index]


@pytest.mark.parametrize(
    "text",
    [
        "hdie = {face = 'blur'}",
        "[hide]\nface = 'blurr'",
        "[hide]\nface = 3",
        "[hide]\nface = {style = 'fill', color = [0, 0, 0]}",
        "[hide]\nface = {style = 'fill', colour = 'red'}",
        "keep = ['location']",
        "keep = ['gps']",
        "keep = 'time'",
        "[tracking]\nevery = 0",
        "[tracking]\never = 3",
        "[tracking]\nevery = 'often'",
        "detectors = 3",
        "[hide]\nface = true",
        "[hide]\nface = {style = ['blur']}",
        "hide = ['face']",
        "keep = [['time']]",
        "[tracking]\nlooks = 2.5",
        "[tracking]\nwithin_seconds = nan",
        "[detectors.face]\nsince = 2024-05-06",
        "not toml",
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(PolicyError, match=r"\w{3}"):
        Policy.from_toml(text)


@pytest.mark.parametrize("style", ["blurr", Blur, 3, None, ["blur"]])
def test_a_style_that_is_none_is_refused(style: object) -> None:
    with pytest.raises(PolicyError, match="style"):
        Policy(hide={"face": style})  # type: ignore[dict-item]


def test_a_style_that_cannot_be_told_from_others_is_refused() -> None:
    class Listed:
        name = "listed"
        __hash__ = None  # type: ignore[assignment]

        def paint(self, image: Image, region: Region) -> None:
            """Paints nothing."""

    with pytest.raises(PolicyError, match="style"):
        Policy(hide={"face": Listed()})


def test_a_style_may_be_named() -> None:
    assert Policy(hide={"face": "fill"}) == Policy(hide={"face": Fill()})  # type: ignore[dict-item]


def test_styles_are_named_or_described() -> None:
    assert style_from("blur") == Blur()
    assert style_from({"style": "fill", "colour": [1, 2, 3]}) == Fill((1, 2, 3))


def test_a_policy_file_that_is_not_there_is_a_policy_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.from_file(tmp_path / "none.toml")
