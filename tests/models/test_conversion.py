"""GGUF files: converted rightly, once, whole or not at all."""

import json
import subprocess
import sys
from contextlib import nullcontext

import gguf as gguf_package
import pytest
import torch

from eager_core.errors import ModelError
from eager_core.models import cache, load_model
from eager_core.models.cache import cache_folder, converted
from eager_core.models.conversion import convert_gguf
from tests.models.gguf_file import write_tiny_gguf
from tests.models.tiny import CONTEXT_LENGTH, IM_END, IM_START, tiny_llama


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def gguf(tmp_path):
    return write_tiny_gguf(tmp_path / "tiny.gguf", tiny_llama())


class CountedConversion:
    """Stands where `convert_gguf` does: copies the source, and counts."""

    def __init__(self):
        self.count = 0

    def __call__(self, source, target):
        self.count += 1
        (target / "weights").write_bytes(source.read_bytes())
        (target / "config.json").write_text("{}")


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights")
    return file


@pytest.mark.parametrize("named", ["file", "folder"])
def test_a_gguf_file_gives_the_model_it_was_written_from(gguf, named):
    loaded = load_model(str(gguf if named == "file" else gguf.parent))
    assert loaded.name == "tiny.gguf"
    assert loaded.context_length == CONTEXT_LENGTH
    assert IM_END in loaded.eos_token_ids
    ids = torch.tensor([loaded.text.encode_prompt("Hello", CONTEXT_LENGTH)])
    assert ids[0, 0] == IM_START  # the chat frame came with it
    assert torch.equal(loaded.model(ids).logits, tiny_llama().eval()(ids).logits)


def test_a_header_read_once_gives_the_same_bytes_as_one_read_each_time(gguf, tmp_path, monkeypatch):
    def converted_files(folder):
        folder.mkdir()
        convert_gguf(gguf, folder)
        return {file.name: file.read_bytes() for file in folder.iterdir()}

    readers = []
    plain = gguf_package.GGUFReader
    monkeypatch.setattr(gguf_package, "GGUFReader", lambda *asked: readers.append(asked) or plain(*asked))
    once = converted_files(tmp_path / "once")
    assert len(readers) == 1
    monkeypatch.setattr("eager_core.models.conversion.header_read_once", nullcontext)
    assert converted_files(tmp_path / "each time") == once and len(readers) > 3
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= once.keys()


def test_digits_are_split_off_as_the_file_asks(gguf):
    text = load_model(str(gguf)).text
    ids = text.encode_prompt("a  7", CONTEXT_LENGTH)
    assert "  " in [text.token_text([], token_id) for token_id in ids]


def test_a_conversion_is_made_once(source):
    convert = CountedConversion()
    assert converted(source, convert) == converted(source, convert)
    assert convert.count == 1


def test_a_moved_file_is_not_converted_again(source):
    convert = CountedConversion()
    converted(source, convert)
    (source.parent / "elsewhere").mkdir()
    converted(source.rename(source.parent / "elsewhere" / source.name), convert)
    assert convert.count == 1


def test_a_changed_file_is_converted_anew(source):
    convert = CountedConversion()
    converted(source, convert)
    source.write_bytes(b"Weights")
    assert (converted(source, convert) / "weights").read_bytes() == b"Weights"


@pytest.mark.parametrize("harm", ["truncated", "missing", "bad json", "no stamp", "broken stamp"])
def test_a_broken_conversion_is_made_again(source, harm):
    convert = CountedConversion()
    entry = converted(source, convert)
    match harm:
        case "truncated":
            (entry / "weights").write_bytes(b"wei")
        case "missing":
            (entry / "weights").unlink()
        case "bad json":
            (entry / "config.json").write_text("{]")
        case "no stamp":
            (entry / "stamp.json").unlink()
        case "broken stamp":
            (entry / "stamp.json").write_text('{"files": 3')
    assert (converted(source, convert) / "weights").read_bytes() == b"weights"
    assert (entry / "config.json").read_text() == "{}"
    assert convert.count == 2


def test_an_outdated_conversion_is_made_again(source, monkeypatch):
    convert = CountedConversion()
    entry = converted(source, convert)
    monkeypatch.setattr(cache, "FORMAT_VERSION", cache.FORMAT_VERSION + 1)
    converted(source, convert)
    converted(source, convert)
    assert convert.count == 2
    stamp = json.loads((entry / "stamp.json").read_text())
    (entry / "stamp.json").write_text(json.dumps(stamp | {"transformers_major": "4"}))
    converted(source, convert)
    assert convert.count == 3


def test_a_failed_conversion_leaves_nothing(source):
    def fail(source, target):
        (target / "half").write_text("half")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk is full"):
        converted(source, fail)
    assert [file.name for file in (cache_folder() / "models").iterdir() if file.is_dir()] == []


def test_what_a_dead_process_left_is_swept_away(source):
    entry = converted(source, CountedConversion())
    leftover = entry.parent / f".{entry.name}.new-died"
    leftover.mkdir()
    (entry / "weights").unlink()
    converted(source, CountedConversion())
    assert not leftover.exists()


# Runs the module from its file, because its package takes seconds to import.
TWIN = """
import runpy, sys, time
from pathlib import Path

def convert(source, target):
    (target / "weights").write_bytes(source.read_bytes())
    with open(sys.argv[2], "a") as log:
        log.write("converted\\n")
    time.sleep(0.5)

converted = runpy.run_path(sys.argv[3])["converted"]
print((converted(Path(sys.argv[1]), convert) / "weights").read_text())
"""


def test_two_processes_at_once_convert_once(source, tmp_path):
    log = tmp_path / "log"
    command = [sys.executable, "-c", TWIN, str(source), str(log), cache.__file__]
    twins = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [twin.communicate(timeout=300)[0] for twin in twins] == ["weights\n", "weights\n"]
    assert log.read_text() == "converted\n"


def test_an_unwritable_cache_is_refused_with_a_remedy(gguf, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"EAGER_EXPLORER_CACHE\.$"):
        load_model(str(gguf))


def test_conversion_says_one_line_on_the_terminal(gguf, tmp_path, capfd, caplog):
    (tmp_path / "target").mkdir()
    convert_gguf(gguf, tmp_path / "target")
    assert capfd.readouterr() == ("", "")
    assert [record.getMessage().split(";")[0] for record in caplog.records] == ["Preparing tiny.gguf for its first use"]
