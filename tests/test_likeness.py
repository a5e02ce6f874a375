"""Who resembles every reference picture is known; who is not surely known is not, and who cannot look says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import redact
from redact import Allow, plugins
from redact.errors import PluginError, PolicyError
from redact.likeness import acquaint
from redact.redactor import Redactor
from tests.badges import filmed, install_embedder, references, saved, worn

HIDE = {"badge": redact.Blur()}
ANNA = Allow("badge", "anna", faces="people/anna")
LEFT, RIGHT = (40, 80), (200, 80)


@pytest.fixture
def people(badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The badge detector and an embedder, installed, and a folder of references where the program runs."""
    assert badge_plugin == "badge"
    install_embedder(tmp_path / "ink", monkeypatch)
    monkeypatch.chdir(tmp_path)
    return references(tmp_path / "people" / "anna", "anna").parent


def known(policy: redact.Policy, image: redact.model.Image) -> dict[int, frozenset[str]]:
    """Left edge of each badge in a picture, tens of pixels -> whom it resembles."""
    looker = plugins.load(policy)
    found = acquaint(policy, looker).among(policy.allow, looker).detect(image)
    return {round(each.region.bounds.left / 10): each.resembles for each in found}


def test_one_badge_is_told_from_another(people: Path) -> None:
    policy = redact.Policy(hide=HIDE, allow=(ANNA,))
    assert known(policy, worn({LEFT: "anna", RIGHT: "bert"})) == {4: {"anna"}, 20: frozenset()}


def test_each_entry_knows_its_own(people: Path) -> None:
    references(people / "bert", "bert")
    bert = Allow("badge", "bert", faces="people/bert")
    policy = redact.Policy(hide=HIDE, allow=(ANNA, bert))
    assert known(policy, worn({LEFT: "anna", RIGHT: "bert"})) == {4: {"anna"}, 20: {"bert"}}


def test_whoever_asks_for_more_likeness_than_there_is_knows_nobody(people: Path) -> None:
    policy = redact.Policy(hide=HIDE, allow=(Allow("badge", "anna", faces="people/anna", likeness=0.99999),))
    with pytest.raises(PolicyError, match="not all of one and the same"):
        known(policy, worn({LEFT: "anna"}))
    (people / "anna" / "64.png").unlink()
    assert known(policy, worn({LEFT: "anna"}, 56)) == {4: frozenset()}


def test_less_likeness_than_the_embedder_needs_is_refused(people: Path) -> None:
    with pytest.raises(PolicyError, match=r"allow 1: likeness is at least 0\.9"):
        Redactor(redact.Policy(hide=HIDE, allow=(Allow("badge", faces="people/anna", likeness=0.5),)))


def test_what_cannot_be_told_is_not_known(people: Path) -> None:
    policy = redact.Policy(hide=HIDE, allow=(ANNA,), detectors={"badge": {"min_area": 20}})
    (people / "anna" / "40.png").unlink()
    tiny = known(policy, worn({LEFT: "anna"}, 8))
    assert all(not names for names in tiny.values())


def test_without_an_embedder_the_group_of_its_entry_points_is_named(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    references(tmp_path / "people" / "anna", "anna")
    with pytest.raises(PolicyError, match=r"nobody can tell one badge from another: .* redact\.embedders"):
        Redactor(redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(ANNA,)))


def test_nobody_is_asked_where_no_entry_names_faces(badge_plugin: str) -> None:
    redactor = Redactor(redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(Allow("badge", file="a.jpg"),)))
    assert redactor.image(worn({LEFT: "anna"})).shape == (240, 320, 3)


def test_of_two_packages_the_policy_chooses(people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_embedder(tmp_path / "other", monkeypatch, "redact-other")
    with pytest.raises(PolicyError, match=r"redact-ink, redact-other .* choose with package"):
        Redactor(redact.Policy(hide=HIDE, allow=(ANNA,)))
    chosen = Allow("badge", "anna", faces="people/anna", package="redact-other")
    assert known(redact.Policy(hide=HIDE, allow=(chosen,)), worn({LEFT: "anna"})) == {4: {"anna"}}
    with pytest.raises(PolicyError, match="package redact-none"):
        Redactor(redact.Policy(hide=HIDE, allow=(Allow("badge", faces="people/anna", package="redact-none"),)))


def stranger(folder: Path) -> None:
    saved(folder / "z.png", worn({(100, 60): "bert"}, 64))


def crowd(folder: Path) -> None:
    saved(folder / "z.png", worn({LEFT: "anna", RIGHT: "anna"}))


def nobody(folder: Path) -> None:
    saved(folder / "z.png", worn({}))


def small(folder: Path) -> None:
    saved(folder / "z.png", worn({LEFT: "anna"}, 9))


def notes(folder: Path) -> None:
    (folder / "notes.txt").write_text("Anna's badge")


def cut(folder: Path) -> None:
    data = (folder / "64.png").read_bytes()
    (folder / "z.png").write_bytes(data[: len(data) // 2])


def folder_in_it(folder: Path) -> None:
    (folder / "more").mkdir()


def film(folder: Path) -> None:
    filmed(folder / "z.mp4", [worn({LEFT: "anna"})])


def link(folder: Path) -> None:
    (folder / "z.png").symlink_to(folder / "64.png")


def too_many(folder: Path) -> None:
    for number in range(70):
        (folder / f"{number}.png").write_bytes(b"")


def nothing(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def gone(folder: Path) -> None:
    nothing(folder)
    folder.rmdir()


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (stranger, "not all of one and the same"), (crowd, "plainly shows 2 badge"), (nobody, "plainly shows 0 badge"),
        (small, "cannot be told"), (notes, "no picture"), (cut, "no picture"), (folder_in_it, "no regular file"),
        (film, "it holds MP4"), (link, "no regular file"), (too_many, "70 pictures"), (nothing, "0 pictures"),
        (gone, "cannot be read"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)  # fmt: skip
def test_references_are_pictures_of_one_and_the_same(people: Path, spoil: object, problem: str) -> None:
    spoil(people / "anna")  # type: ignore[operator]
    with pytest.raises(PolicyError, match=f"allow anna: .*{problem}"):
        Redactor(redact.Policy(hide=HIDE, allow=(ANNA,), detectors={"badge": {"min_area": 20}}))


def test_what_a_file_manager_left_is_passed_over(people: Path) -> None:
    (people / "anna" / ".DS_Store").write_bytes(b"\0")
    Redactor(redact.Policy(hide=HIDE, allow=(ANNA,)))


def test_the_folder_is_found_from_the_policys_own(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = redact.Policy(hide=HIDE, allow=(ANNA,)).to_toml()
    (people.parent / "share.toml").write_text(written)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert known(redact.Policy.from_file(tmp_path / "share.toml"), worn({LEFT: "anna"})) == {4: {"anna"}}


def test_other_pictures_of_somebody_make_another_setting(people: Path) -> None:
    policy = redact.Policy(hide=HIDE, allow=(ANNA,))
    before = Redactor(policy).setting
    assert Redactor(policy).setting == before
    (people / "anna" / "40.png").unlink()
    assert Redactor(policy).setting != before


EMBEDDER = """
class Ink:
    threshold = {threshold}
    looks = 0
    def embed(self, image, region):
        Ink.looks += 1
        {body}
"""


@pytest.mark.parametrize(
    ("threshold", "body", "problem"),
    [
        ("0.5", "raise ValueError('Anna')", "raised ValueError: this file"),
        ("0.5", "raise SystemExit", "raised SystemExit: this file"),
        ("0.5", "return [float('nan'), 1]", "no vector"),
        ("0.5", "return [0, 0]", "no vector"),
        ("0.5", "return []", "no vector"),
        ("0.5", "return [[1, 2]]", "no vector"),
        ("0.5", "return 7", "no vector"),
        ("0.5", "return 'anna'", "raised ValueError"),
        ("0.5", "return [1.0] * Ink.looks", "several lengths"),
        ("0.5", "image[:] = 0", "raised ValueError"),
        ("None", "return [1.0]", "has no threshold"),
        ("float('nan')", "return [1.0]", "has no threshold"),
        ("-1", "return [1.0]", "has no threshold"),
    ],
)
def test_an_embedder_that_breaks_its_contract_is_an_error(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threshold: str, body: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    references(tmp_path / "people" / "anna", "anna")
    install_embedder(tmp_path / "site", monkeypatch, source=EMBEDDER.format(threshold=threshold, body=body))
    with pytest.raises(PluginError, match=f"Ink.*{problem}") as raised:
        Redactor(redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(ANNA,)))
    assert "Anna" not in str(raised.value)


@pytest.mark.parametrize("source", ["import nowhere", "Ink = 7", "class Ink: pass", "def Ink(): raise OSError"])
def test_what_is_no_embedder_does_not_load(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    install_embedder(tmp_path / "site", monkeypatch, source=source)
    with pytest.raises(PluginError, match="redact-ink"):
        Redactor(redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(ANNA,)))


def test_an_embedder_that_breaks_on_the_way_withholds_the_file(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows the two references, and fails at the picture."""
    monkeypatch.chdir(tmp_path)
    references(tmp_path / "people" / "anna", "anna")
    body = "return [1.0, 2.0] if Ink.looks < 3 else 1 / 0"
    install_embedder(tmp_path / "site", monkeypatch, source=EMBEDDER.format(threshold="0.5", body=body))
    source = saved(tmp_path / "a.png", worn({LEFT: "anna"}))
    receipt = redact.file(
        source, tmp_path / "share" / "a.png", redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(ANNA,))
    )
    assert (receipt.ok, receipt.exit_code) == (False, 4)
    assert "Ink raised ZeroDivisionError" in (receipt.error or "")
    assert not (tmp_path / "share").exists()


def test_an_embedder_that_writes_into_the_picture_past_its_lock_is_an_error(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows the two references, and draws over the picture."""
    monkeypatch.chdir(tmp_path)
    references(tmp_path / "people" / "anna", "anna")
    body = "if Ink.looks > 2: image.setflags(write=True); image[:9] = 7\n        return [1.0, 2.0]"
    install_embedder(tmp_path / "site", monkeypatch, source=EMBEDDER.format(threshold="0.5", body=body))
    redactor = Redactor(redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(ANNA,)))
    with pytest.raises(PluginError, match="Ink wrote into the picture"):
        redactor.image(worn({LEFT: "anna"}))


def test_vectors_point_the_same_way_whatever_their_length(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    references(tmp_path / "people" / "anna", "anna")
    body = "return [10.0 ** Ink.looks, 2 * 10.0 ** Ink.looks]"
    install_embedder(tmp_path / "site", monkeypatch, source=EMBEDDER.format(threshold="0.999", body=body))
    policy = redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(ANNA,))
    assert known(policy, worn({LEFT: "bert"})) == {4: {"anna"}}


def test_who_resembles_some_of_the_references_is_not_known(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The larger a badge the further its vector is turned: the two references lie 40 degrees apart."""
    monkeypatch.chdir(tmp_path)
    references(tmp_path / "people" / "anna", "anna", (40, 64))
    body = "turn = (region.bounds.width - 46) / 24 * 0.7; return [math.cos(turn), math.sin(turn)]"
    source = "import math\n" + EMBEDDER.format(threshold="0.7", body=body)
    install_embedder(tmp_path / "site", monkeypatch, source=source)
    policy = redact.Policy(hide={badge_plugin: redact.Blur()}, allow=(ANNA,))
    assert known(policy, worn({LEFT: "anna"}, 52)) == {4: {"anna"}}
    assert known(policy, worn({LEFT: "anna"}, 88)) == {4: frozenset()}
