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
        sidecars="strip",
        names="serial",
        location="coarsen:5km",
    )
    assert Policy.from_toml(policy.to_toml()) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert hash(policy) == hash(Policy.from_toml(policy.to_toml()))


def test_a_default_may_be_written_out() -> None:
    assert Policy.from_toml('location = "drop"\nsidecars = "drop"\nnames = "keep"').digest == Policy().digest


def test_different_policies_have_different_digests() -> None:
    policies = [Policy(), Policy(hide={}), Policy(hide={"face": Fill()}), Policy(keep=frozenset({"time"}))]
    policies += [Policy(sidecars="strip"), Policy(names="random"), Policy(names="serial")]
    assert len({policy.digest for policy in policies}) == len(policies)


@pytest.mark.parametrize(
    ("location", "km"), [("drop", None), ("coarsen:1km", 1), ("coarsen:25km", 25), ("coarsen:1000km", 1000)]
)
def test_a_position_stays_as_coarse_as_the_policy_says(location: str, km: float | None) -> None:
    policy = Policy(location=location)
    assert policy.kept.grid_km == km
    assert Policy.from_toml(policy.to_toml()) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert (policy.digest == Policy().digest) == (location == "drop")


@pytest.mark.parametrize(
    "location",
    [
        "",
        None,
        "none",
        "coarsen",
        "coarsen:0km",
        "coarsen:01km",
        "coarsen:1001km",
        "coarsen:1.5km",
        "coarsen:1 km",
        "coarsen:1km\n",
        "coarsen:\u0661km",
        "keep",
        5,
        True,
    ],
)
def test_a_position_stays_in_no_other_way(location: object) -> None:
    with pytest.raises(PolicyError, match="location is"):
        Policy(location=location)  # type: ignore[arg-type]


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
        "sidecars = 'keep'",
        "sidecars = true",
        "names = 'hash'",
        "names = ['random']",
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


SEVERAL = """
[[detectors.face]]
[[detectors.face]]
kind = "onnx"
path = "models/face.onnx"
classes = ["face", "head"]
input = [640, 480]
"""


def test_several_detectors_of_one_label_survive_toml_and_pickle() -> None:
    policy = Policy.from_toml(SEVERAL)
    assert [dict(section) for section in policy.sections("face")] == [
        {},
        {"kind": "onnx", "path": "models/face.onnx", "classes": ("face", "head"), "input": (640, 480)},
    ]
    assert Policy.from_toml(policy.to_toml()) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert hash(pickle.loads(pickle.dumps(policy))) == hash(policy)


def test_options_within_options_cannot_be_changed() -> None:
    names = ["face"]
    policy = Policy(detectors={"face": {"classes": names, "more": {"deep": [1]}}})
    before = policy.digest
    names.append("head")
    assert policy.digest == before
    assert policy.sections("face")[0]["classes"] == ("face",)
    with pytest.raises(TypeError):
        policy.sections("face")[0]["more"]["deep"] = 2


def test_digests_of_earlier_policies_stay_what_they_were() -> None:
    path = "[detectors.face]\nthreshold = 0.3\nlist = [1, [2]]\npath = '/a/b'"
    known = {
        "": "fc604b39c16120d58a9614eedcb1ec46b212675145e04beab8b2655fac0e99d6",
        path: "b4399a89d6a2f97e6cc4840dbabe0bb384c3cb7e48530637561532f678f92042",
    }
    assert {text: Policy.from_toml(text).digest for text in known} == known


def test_one_table_in_a_list_is_that_table() -> None:
    assert Policy(detectors={"face": [{"threshold": 0.3}]}) == Policy(detectors={"face": {"threshold": 0.3}})


@pytest.mark.parametrize("detectors", [{"face": []}, {"face": ["onnx"]}, {"face": [[{}]]}, {"face": "onnx"}])
def test_what_is_no_table_of_options_is_refused(detectors: dict[str, object]) -> None:
    with pytest.raises(PolicyError, match=r"detectors\.face"):
        Policy(detectors=detectors)  # type: ignore[arg-type]


def test_a_policy_knows_the_folder_of_its_file_and_does_not_tell_it(tmp_path: Path) -> None:
    (tmp_path / "share.toml").write_text(SEVERAL)
    policy = Policy.from_file(tmp_path / "share.toml")
    assert policy.folder == tmp_path
    assert policy == Policy.from_toml(SEVERAL)
    assert policy.digest == Policy.from_toml(SEVERAL).digest
    assert str(tmp_path) not in policy.to_toml() + repr(policy)


@pytest.mark.parametrize("path", ["/home/somebody/models/face.onnx", "face.onnx", "C:\\Users\\somebody\\face.onnx"])
def test_in_which_folder_a_model_lies_is_no_part_of_what_a_policy_says(path: str) -> None:
    policy = Policy(detectors={"face": [{}, {"kind": "onnx", "path": path}]})
    told = policy.portable
    assert "somebody" not in told.to_toml()
    assert told.sections("face")[1]["path"] == "face.onnx"
    assert told.digest == policy.digest == Policy.from_toml(told.to_toml()).digest
    assert policy.sections("face")[1]["path"] == path
