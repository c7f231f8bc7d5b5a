"""Wherever a model lies, it is found, or the choices are named in one sentence."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from huggingface_hub.errors import RepositoryNotFoundError

from eager_core.errors import ModelError
from eager_core.models import load_model
from eager_core.models.gguf_choice import chosen, model_files
from eager_core.models.hub_gguf import Hub, gguf_on_hub
from tests.models.gguf_file import write_tiny_gguf
from tests.models.tiny import CONTEXT_LENGTH, save_tiny_model, tiny_llama

HASH = "5ef1e7a" + "0" * 33


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path_factory.getbasetemp() / "eager-cache"))


@pytest.fixture(scope="module")
def gguf(tmp_path_factory):
    return write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", tiny_llama())


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("saved") / "tiny")


def put(gguf: Path, *places: Path) -> None:
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(gguf, place)


def loads(place: Path | str, name: str) -> None:
    loaded = load_model(str(place))
    assert loaded.name == name
    assert loaded.text.encode_prompt("Hi", CONTEXT_LENGTH)


def refused(place: Path | str, *words: str) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(str(place))
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith((".", '".'))
    for word in words:
        assert word in sentence
    return sentence


# Files.


@pytest.mark.parametrize("name", ["tiny", "ollama-blob", "model.bin", "MODEL.GGUF"])
def test_a_gguf_file_is_known_by_its_first_bytes(gguf, tmp_path, name):
    put(gguf, tmp_path / name)
    loads(tmp_path / name, name)


def test_links_are_followed_and_keep_their_names(gguf, tmp_path):
    put(gguf, tmp_path / "blobs" / HASH)
    (tmp_path / "linked.gguf").symlink_to(tmp_path / "blobs" / HASH)
    loads(tmp_path / "linked.gguf", "linked.gguf")
    (tmp_path / "again").symlink_to(gguf.parent)
    loads(tmp_path / "again", "tiny.gguf")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"GGUF" + (3).to_bytes(4, "big") + bytes(16), "big-endian"),
        (b"tjgg" + bytes(20), "a format before GGUF"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"PK\x03\x04" + bytes(20), "pickled weights"),
        (b"\x80\x04" + bytes(20), "pickled weights"),
        (b"\x20\0\0\0\0\0\0\0{\"a\": 1}", "name the folder that holds it"),
        (b"<!DOCTYPE html>", "is not a .gguf file"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["x.gguf", "x"])
def test_other_files_are_refused_by_what_they_are(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, words)


def test_safetensors_alone_are_refused_with_the_folder_as_remedy(saved):
    refused(saved / "model.safetensors", "name the folder that holds it")


# Folders.


def test_of_two_gguf_files_each_can_be_named(gguf, tmp_path):
    put(gguf, tmp_path / "m-Q4_K_M.gguf", tmp_path / "m-Q8_0.gguf")
    sentence = refused(tmp_path, "holds 2 GGUF files", "m-Q4_K_M.gguf, m-Q8_0.gguf")
    loads(sentence.split('"')[-2], "m-Q4_K_M.gguf")  # the example that the sentence gives


def test_what_looks_at_pictures_is_no_choice(gguf, tmp_path):
    put(gguf, tmp_path / "m.gguf", tmp_path / "mmproj-m-f16.gguf")
    loads(tmp_path, "m.gguf")


@pytest.mark.parametrize("named", ["folder", "first", "second"])
def test_shards_are_refused_with_the_command_that_merges_them(gguf, tmp_path, named):
    shards = [tmp_path / f"m-0000{number}-of-00002.gguf" for number in (1, 2)]
    put(gguf, *shards)
    place = {"folder": tmp_path, "first": shards[0], "second": shards[1]}[named]
    refused(place, "is split into 2 GGUF files", "llama-gguf-split --merge m-00001-of-00002.gguf m.gguf")


def test_a_whole_file_beside_shards_has_to_be_named(gguf, tmp_path):
    put(gguf, tmp_path / "m-00001-of-00002.gguf", tmp_path / "m-00002-of-00002.gguf", tmp_path / "whole.gguf")
    refused(tmp_path, "holds 2 GGUF files", "whole.gguf")
    loads(tmp_path / "whole.gguf", "whole.gguf")


def test_one_shard_of_one_is_whole(gguf, tmp_path):
    put(gguf, tmp_path / "m-00001-of-00001.gguf")
    loads(tmp_path, "m-00001-of-00001.gguf")


@pytest.mark.parametrize("name", ["model", "Model-Q4_0.GGUF"])
def test_a_folder_with_one_gguf_file_of_any_name(gguf, tmp_path, name):
    put(gguf, tmp_path / name)
    (tmp_path / "LICENSE").write_text("free")
    loads(tmp_path, name)


def test_a_gguf_file_beside_a_config_of_no_weights(gguf, saved, tmp_path):
    put(gguf, tmp_path / "m.gguf")
    shutil.copy(saved / "config.json", tmp_path)
    loads(tmp_path, "m.gguf")


def test_a_folder_around_a_folder(saved, gguf, tmp_path):
    shutil.copytree(saved, tmp_path / "one" / "unpacked")
    loads(tmp_path / "one", "unpacked")
    put(gguf, tmp_path / "two" / "a" / "m.gguf", tmp_path / "two" / "b" / "m.gguf")
    refused(tmp_path / "two", "holds 2 models; name one of a, b")


def cached(root: Path, name: str, source: Path, *snapshots: str, main: str | None = HASH) -> Path:
    """Lay `source`, a folder or a file, into a folder as huggingface_hub does."""
    folder = root / f"models--{name}"
    for snapshot in snapshots or (HASH,):
        (folder / "snapshots" / snapshot).mkdir(parents=True)
        for file in [source] if source.is_file() else source.iterdir():
            blob = folder / "blobs" / f"{file.name}-blob"
            put(file, blob)
            (folder / "snapshots" / snapshot / file.name).symlink_to(blob)
    if main is not None:
        (folder / "refs").mkdir()
        (folder / "refs" / "main").write_text(main)
    return folder


@pytest.mark.parametrize("below", ["", "snapshots", f"snapshots/{HASH}"])
def test_a_folder_of_the_hubs_cache(saved, gguf, tmp_path, below):
    loads(cached(tmp_path, "me--tiny", saved) / below, "me/tiny")
    loads(cached(tmp_path, "me--tiny-GGUF", gguf) / below, "me/tiny-GGUF:tiny.gguf")


def test_of_several_snapshots_main_is_meant_or_one_has_to_be_named(saved, tmp_path):
    loads(cached(tmp_path, "me--new", saved, "0ld", HASH), "me/new")
    refused(cached(tmp_path, "me--lost", saved, "0ld", HASH, main=None), "holds 2 snapshots", f"0ld, {HASH}")


def test_the_whole_cache_of_the_hub(saved, tmp_path):
    cached(tmp_path, "me--tiny", saved)
    loads(tmp_path, "me/tiny")
    cached(tmp_path, "me--other", saved)
    refused(tmp_path, "holds 2 models; name one of models--me--other, models--me--tiny")


@pytest.mark.parametrize("other", ["tokenizer.model", "tiktoken.model", None])
def test_a_tokenizer_of_another_form_is_refused_with_a_remedy(saved, tmp_path, other):
    shutil.copytree(saved, tmp_path / "m")
    (tmp_path / "m" / "tokenizer.json").rename(tmp_path / "gone")
    if other is not None:
        (tmp_path / "m" / other).write_bytes(b"\x0a\x0b")
    refused(tmp_path / "m", "has no tokenizer.json", "save_pretrained")


# Repositories of the Hub: only names are looked at, so a made-up listing stands for it.

BOTH = ["README.md", "m-Q4_K_M.gguf", "m-Q8_0.gguf", "mmproj-m.gguf", "big/m-BF16-00001-of-00002.gguf"]


def hub(files: Iterable[str], gguf: Path, tmp_path: Path, answers: bool = True) -> Hub:
    return Hub(lambda _: list(files), lambda _, file: f"{gguf}#{file}", lambda: answers, tmp_path)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("me/m:Q4_K_M", "m-Q4_K_M.gguf"),
        ("me/m:q8_0", "m-Q8_0.gguf"),
        ("me/m:m-Q8_0.gguf", "m-Q8_0.gguf"),
    ],
)
def test_a_file_of_a_repository_is_named_after_a_colon(gguf, tmp_path, name, file):
    assert gguf_on_hub(name, hub(BOTH, gguf, tmp_path)) == Path(f"{gguf}#{file}")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("me/m", 'holds 3 GGUF files; name one of .*, like "me/m:'),
        ("me/m:Q6_K", 'has no GGUF file "Q6_K"; name one of .*m-Q4_K_M.gguf'),
        ("me/m:K_M", 'has no GGUF file "K_M"'),
        ("me/m:BF16", "is split into 2 GGUF files"),
    ],
)
def test_what_a_repository_holds_is_named(gguf, tmp_path, name, words):
    with pytest.raises(ModelError, match=words):
        gguf_on_hub(name, hub(BOTH, gguf, tmp_path))


def test_the_only_gguf_file_is_meant_where_there_are_no_other_weights(gguf, tmp_path):
    assert gguf_on_hub("me/m", hub(["a.gguf"], gguf, tmp_path)) == Path(f"{gguf}#a.gguf")
    assert gguf_on_hub("me/m", hub(["a.gguf", "model.safetensors"], gguf, tmp_path)) is None
    assert gguf_on_hub("me/m", hub(["pytorch_model.bin"], gguf, tmp_path)) is None
    assert gguf_on_hub("gpt2", hub(["a.gguf"], gguf, tmp_path)) is None


def test_without_the_hub_what_was_fetched_before_is_found(gguf, tmp_path):
    cached(tmp_path, "me--m", gguf)
    for name in ("me/m", "me/m:tiny.gguf", "me/m:tiny"):
        assert gguf_on_hub(name, hub([], gguf, tmp_path, answers=False)).name == "tiny.gguf"
    assert gguf_on_hub("me/other", hub([], gguf, tmp_path, answers=False)) is None


def test_a_repository_that_is_not_there_is_refused_as_ever(gguf, tmp_path):
    def missing(_):
        raise RepositoryNotFoundError.__new__(RepositoryNotFoundError)

    with pytest.raises(RepositoryNotFoundError):
        gguf_on_hub("me/m", Hub(missing, lambda *_: "", lambda: True, tmp_path))


def test_choices_are_made_by_names_alone():
    assert model_files(["a.GGUF", "x/mmproj-a.gguf", "b.txt", "0.gguf"]) == ["0.gguf", "a.GGUF"]
    assert chosen("m", ["a.gguf"], "/") == "a.gguf"
    with pytest.raises(ModelError, match=r"holds 20 GGUF files.* and 12 more"):
        chosen("m", [f"{number:02}.gguf" for number in range(20)], "/")
