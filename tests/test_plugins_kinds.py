"""A kind of detector serves the labels a policy says, several detectors may serve one, and a model is built once."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Pillow

from redact import Redactor, plugins
from redact.cli import main
from redact.errors import PolicyError
from redact.model import Box, Image
from redact.policy import Policy
from redact.report import MANIFEST
from redact.styles import Blur
from tests.conftest import InstallPlugin, badge_picture
from tests.detectors.onnx.models import model

SPOTS = """
from redact import Box, Detection, PolicyError
class Detector:
    built = 0
    def __init__(self, labels, policy_folder=None, side=5, left=0):
        Detector.built += 1
        if "ghost" in labels:
            raise PolicyError("there is no ghost; there are spots")
        self.labels, self.folder, self.region = labels, policy_folder, Box(left, 0, left + side, side)
    def detect(self, image):
        return [Detection(self.region, label, 1.0) for label in self.labels]
"""

InstallKind = Callable[[str, str, str], None]


@pytest.fixture
def install_kind(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> InstallKind:
    """Installs a package that offers a kind: `install_kind(package, source, kind)`."""

    def install(package: str, source: str, kind: str) -> None:
        site = tmp_path_factory.mktemp("site")
        name = package.replace("-", "_")
        (site / f"{name}.py").write_text(source)
        (site / f"{name}-1.0.dist-info").mkdir()
        (site / f"{name}-1.0.dist-info" / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        (site / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(f"[redact.kinds]\n{kind} = {name}:Detector\n")
        monkeypatch.syspath_prepend(str(site))

    return install


def found(policy: Policy, image: Image | None = None) -> list[tuple[str, Box]]:
    seen = plugins.load(policy).detect(badge_picture() if image is None else image)
    return sorted(((each.label, each.region.bounds) for each in seen), key=str)


def policy(toml: str) -> Policy:
    return Policy.from_toml(toml)


def test_the_built_in_kinds_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "onnx" in {offer.name for offer in plugins.kinds()}
    assert main(["detectors"]) == 0
    assert "kind onnx" in capsys.readouterr().out


def test_a_kind_serves_whichever_label_is_asked_of_it(install_kind: InstallKind) -> None:
    install_kind("redact-spots", SPOTS, "spots")
    asked = policy("[hide]\nvehicle = 'blur'\n[detectors.vehicle]\nkind = 'spots'\nside = 7")
    assert found(asked) == [("vehicle", Box(0, 0, 7, 7))]
    assert plugins.load(asked).versions == ("Detector for vehicle redact-spots 1.0",)


def test_a_kind_may_serve_a_label_that_a_detector_is_registered_under(
    install_kind: InstallKind, install_plugin: InstallPlugin
) -> None:
    install_kind("redact-spots", SPOTS, "spots")
    install_plugin("redact-bomb", "raise SystemError('imported')", {"bomb": "Bomb"})
    asked = policy("[hide]\nbomb = 'blur'\n[detectors.bomb]\nkind = 'spots'")
    assert found(asked) == [("bomb", Box(0, 0, 5, 5))]


def test_what_several_detectors_find_of_one_label_adds_up(install_kind: InstallKind, badge_plugin: str) -> None:
    install_kind("redact-spots", SPOTS, "spots")
    asked = policy(
        "[hide]\nbadge = 'blur'\n[[detectors.badge]]\n[[detectors.badge]]\nkind = 'spots'\n"
        "[[detectors.badge]]\nkind = 'spots'\nleft = 100"
    )
    places = [region for _, region in found(asked)]
    assert len(places) == 3
    assert {Box(0, 0, 5, 5), Box(100, 0, 105, 5)} < set(places)
    assert max(region.overlap(Box(40, 30, 80, 70)) for region in places) == 40 * 40


def test_labels_with_the_same_options_share_one_detector_and_others_do_not(
    install_kind: InstallKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_kind("redact-counted", SPOTS, "counted")
    alike = "[hide]\nleft = 'blur'\nright = 'blur'\nwide = 'blur'\n" + "".join(
        f"[detectors.{label}]\nkind = 'counted'\nside = {side}\n"
        for label, side in (("left", 3), ("right", 3), ("wide", 9))
    )
    assert found(policy(alike)) == [
        ("left", Box(0, 0, 3, 3)),
        ("right", Box(0, 0, 3, 3)),
        ("wide", Box(0, 0, 9, 9)),
    ]
    import redact_counted  # type: ignore[import-not-found]

    assert redact_counted.Detector.built == 2


def test_one_detector_is_not_named_twice_for_a_label(badge_plugin: str) -> None:
    with pytest.raises(PolicyError, match="names one detector twice"):
        plugins.load(policy("[hide]\nbadge = 'blur'\n[[detectors.badge]]\n[[detectors.badge]]\nmin_area = 9"))


def test_two_packages_may_both_look_where_each_is_named(install_plugin: InstallPlugin) -> None:
    source = "from redact import Box, Detection\nclass Detector:\n    def detect(self, image):\n        yield {}"
    install_plugin("one-medal", source.format("Detection(Box(0, 0, 5, 5), 'medal', 1)"), {"medal": "Detector"})
    install_plugin("two-medal", source.format("Detection(Box(9, 9, 15, 15), 'medal', 1)"), {"medal": "Detector"})
    asked = (
        "[hide]\nmedal = 'blur'\n[[detectors.medal]]\npackage = 'one-medal'\n[[detectors.medal]]\npackage = 'two-medal'"
    )
    assert found(policy(asked)) == [("medal", Box(0, 0, 5, 5)), ("medal", Box(9, 9, 15, 15))]


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("kind = 'onxx'", r"kind 'onxx'; installed are .*onnx.*spots"),
        ("kind = 3", "kind 3"),
        ("kind = ['onnx']", "kind"),
        ("kind = 'spots'\npackage = 'other'", "from package other"),
        ("kind = 'spots'\nsize = 3", "no option 'size'; it takes side, left"),
        ("kind = 'spots'\nlabels = ['x']", "no option 'labels'"),
        ("kind = 'spots'\npolicy_folder = '/'", "no option 'policy_folder'"),
        ("side = 3", r"no installed detector offers 'ghost'.*kind = .*onnx"),
        ("kind = 'spots'", "no ghost; there are spots"),
    ],
)
def test_what_is_not_there_is_refused_with_what_there_is(install_kind: InstallKind, section: str, reason: str) -> None:
    install_kind("redact-spots", SPOTS, "spots")
    with pytest.raises(PolicyError, match=reason):
        plugins.load(policy(f"[hide]\nghost = 'blur'\n[detectors.ghost]\n{section}"))


def test_two_packages_with_one_kind_are_an_error_until_the_policy_chooses(install_kind: InstallKind) -> None:
    install_kind("redact-spots", SPOTS, "spots")
    install_kind("other-spots", SPOTS, "spots")
    asked = "[hide]\nvehicle = 'blur'\n[detectors.vehicle]\nkind = 'spots'\n"
    with pytest.raises(PolicyError, match="other-spots, redact-spots"):
        plugins.load(policy(asked))
    assert len(found(policy(asked + "package = 'other-spots'"))) == 1


def test_a_kind_is_told_where_the_policy_file_lies(install_kind: InstallKind, tmp_path: Path) -> None:
    source = SPOTS.replace("self.labels, self.folder, ", "Detector.told = policy_folder; self.labels, self.folder, ")
    install_kind("redact-placed", source, "placed")
    (tmp_path / "share.toml").write_text("[hide]\nspot = 'blur'\n[detectors.spot]\nkind = 'placed'")
    plugins.load(Policy.from_file(tmp_path / "share.toml"))
    import redact_placed  # type: ignore[import-not-found]

    assert redact_placed.Detector.told == tmp_path


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    """A policy file beside a folder with a model that finds what is red; returns the policy's path."""
    content = model("yolov8")
    (tmp_path / "secret-folder").mkdir()
    (tmp_path / "secret-folder" / "colours.onnx").write_bytes(content)
    (tmp_path / "share.toml").write_text(
        f"""
[hide]
red = "fill"
blue = "fill"
[detectors.red]
kind = "onnx"
path = "secret-folder/colours.onnx"
sha256 = "{hashlib.sha256(content).hexdigest()}"
layout = "yolov8"
classes = ["red", "blue"]
[detectors.blue]
kind = "onnx"
path = "secret-folder/colours.onnx"
sha256 = "{hashlib.sha256(content).hexdigest()}"
layout = "yolov8"
classes = ["red", "blue"]
"""
    )
    return tmp_path / "share.toml"


def test_a_model_of_ones_own_is_built_once_for_its_labels(own_model: Path) -> None:
    detectors = plugins.load(Policy.from_file(own_model))
    assert len(detectors.versions) == 1
    assert {each.label for each in detectors.detect(badge_picture())} == {"red"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_model_of_ones_own_hides_what_it_finds_and_its_folder_is_not_told(
    own_model: Path, tmp_path: Path, workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(int(workers)):
        (tmp_path / "card").mkdir(exist_ok=True)
        Pillow.fromarray(badge_picture(96 + number, 128)).save(tmp_path / "card" / f"badge{number}.png")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "card", "share", "--policy", "share.toml", "--workers", workers]) == 0
    shared = Pillow.open(tmp_path / "share" / "badge0.png").convert("RGB")
    assert shared.getpixel((60, 40)) == (0, 0, 0)
    manifest = (tmp_path / "share" / MANIFEST).read_text()
    assert "colours.onnx" in manifest
    assert "secret-folder" not in manifest
    assert main(["verify", "share"]) == 0


def test_a_policy_with_a_model_travels_to_another_process(own_model: Path) -> None:
    asked = Policy.from_file(own_model)
    again = pickle.loads(pickle.dumps(asked))
    assert again == asked
    assert again.folder == own_model.parent
    assert Redactor(again).setting == Redactor(asked).setting


def test_a_model_and_a_built_in_detector_may_serve_one_label(own_model: Path) -> None:
    section = dict(Policy.from_file(own_model).sections("red")[0])
    asked = Policy(
        hide={"face": Blur()}, detectors={"face": [{}, {**section, "only": ["red"]}]}, folder=own_model.parent
    )
    seen = plugins.load(asked)
    assert len(seen.versions) == 2
    assert {each.label for each in seen.detect(badge_picture())} == {"face"}
