"""The page's files are served under a name that is their content's, whole, and by addresses relative to the page."""

import re

import pytest

from components.frame import page_files
from components.frame.page_files import head_tags, script_tags


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serve files from a folder of the test's own; gives a function that returns where to."""
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(page_files, "_PAGE", tmp_path / "page")
    (tmp_path / "page" / "frame").mkdir(parents=True)
    (tmp_path / "page" / "frame" / "one.js").write_text("export const one = 1;")
    (tmp_path / "page" / "README.md").write_text("for people")
    return page_files._served.__wrapped__


def test_another_content_has_another_address_and_the_same_content_the_same(served, tmp_path):
    first = served()
    assert served() == first
    (tmp_path / "page" / "frame" / "one.js").write_text("export const one = 2;")
    second = served()
    assert second != first
    assert [(folder / "frame/one.js").read_text() for folder in (first, second)] == [
        "export const one = 1;", "export const one = 2;",
    ]  # fmt: skip
    names = {path.relative_to(second).as_posix() for path in second.rglob("*") if path.is_file()}
    assert names == {"frame/one.js", "plotly.min.js"}
    assert set(second.parent.iterdir()) == {first, second}  # nothing half written is left


@pytest.mark.parametrize("harm", [lambda file: file.unlink(), lambda file: file.write_text("alert(1)")])
def test_a_copy_that_somebody_has_changed_is_written_anew(served, harm):
    folder = served()
    harm(folder / "frame/one.js")
    assert served() == folder
    assert (folder / "frame/one.js").read_text() == "export const one = 1;"


def test_without_a_place_of_our_own_a_temporary_one_serves(served, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path / "file"))
    assert (served() / "frame/one.js").read_text() == "export const one = 1;"


def test_addresses_are_relative_to_the_page():
    addresses = re.findall(r'(?:src|href)="([^"]*)"', head_tags() + script_tags())
    assert len(addresses) > 40
    assert all(address.startswith("./gradio_api/file=") for address in addresses)
