"""The picture of the rooms is what the imports say; `make rooms` draws it again."""

from scripts.draw_rooms import PICTURE, imports, svg


def test_the_picture_is_that_of_the_imports():
    assert PICTURE.read_text(encoding="utf-8") == svg(imports())


def test_no_two_rooms_import_each_other():
    rooms = imports()
    assert {(a, b) for a, b in rooms.edges if rooms.has_edge(b, a)} == set()
