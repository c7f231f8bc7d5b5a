"""Why a model can't be loaded, in one sentence: the libraries' many exceptions, told apart."""

from pathlib import Path

from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from eager_core.errors import MemoryShortError, ModelError

_LONGEST_NAME = 120
NO_TOKENIZER = (
    "has no tokenizer.json (its tokenizer is in another form, as tokenizer.model, or missing); fetch that file from "
    "a version of the model that has one, or make it with transformers where sentencepiece and tiktoken are installed: "
    'AutoTokenizer.from_pretrained("FOLDER").save_pretrained("FOLDER")'
)
_KINDS = "safetensors weights or a GGUF file"


def refusal(name: str, error: Exception) -> ModelError:
    """Return the ModelError that tells a person why `name` can't be loaded, given what the libraries raised."""
    causes = _chain(error)
    text = " ".join(str(cause) for cause in causes)
    kind = MemoryShortError if _ran_out_of_memory(causes, text) else ModelError
    return kind(f'The model "{name[:_LONGEST_NAME]}" {_reason(causes, text)}')


def _reason(causes: list[BaseException], text: str) -> str:
    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if caused_by(GatedRepoError):
        return "needs its authors' permission: accept its terms on the Hugging Face Hub and log in, or name another."
    if caused_by(RepositoryNotFoundError, HFValidationError):
        return "is not on the Hugging Face Hub; check its name, or name a local folder or GGUF file."
    if "trust_remote_code" in text:
        return "needs code of its own to be run, which is never done here; name a model that transformers knows."
    if "sentencepiece" in text.lower() or "tiktoken" in text.lower():
        return f"{NO_TOKENIZER}."
    if "Unrecognized configuration class" in text:
        return "is not a decoder-only language model; name one that generates text token by token."
    if caused_by(LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError, TimeoutError):
        return "is not on this machine and the Hugging Face Hub can't be reached; name a local folder or GGUF file."
    if caused_by(EntryNotFoundError) or ("safetensors" in text and "does not appear to have a file" in text):
        return f"offers no {_KINDS}, the only ones read here (pickled weights can run code); name another model."
    if _ran_out_of_memory(causes, text):
        return "does not fit into this machine's memory; name a smaller one."
    if "No space left" in text:
        return "does not fit on this disk; free some space, or name another cache with EAGER_EXPLORER_CACHE."
    return f"can't be read ({_first_line(causes[0])}); fetch it again if it is broken, or name another."


def _ran_out_of_memory(causes: list[BaseException], text: str) -> bool:
    said = ("not enough memory", "out of memory", "can't allocate memory")
    return any(isinstance(cause, MemoryError) for cause in causes) or any(words in text for words in said)


def folder_refusal(name: str, folder: Path) -> ModelError | None:
    """Return why `folder` can't hold a model that may be loaded, or None where it may."""
    if not (folder / "config.json").is_file():
        return ModelError(f'The folder "{name}" holds no model: it has no config.json and no GGUF file; name another.')
    if any(folder.glob("*.safetensors")):
        return None
    pickled = [file.name for kind in ("*.bin", "*.pt", "*.pth", "*.pkl") for file in sorted(folder.glob(kind))]
    found = f"only pickled weights ({pickled[0]}), which can run code" if pickled else "no weights"
    return ModelError(f'The folder "{name}" holds {found}; name one that holds {_KINDS}.')


def _chain(error: BaseException | None) -> list[BaseException]:
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:160]
