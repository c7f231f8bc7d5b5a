"""Walk all causal-LM families of the installed transformers and say what each became: `make bench-families`."""

import argparse
import json
import multiprocessing
import resource
import sys
from collections import Counter
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path

import torch
import transformers

from benchmarks.tiny_families import EXACT_NATS, WINDOW, Verdict, families, verdict_of

_SECONDS = 20
_MEMORY_BYTES = 12 << 30
"""Address space of a child, of which torch's libraries alone take several GiB."""

_ORDER = ("exact", "wrong", "refused", "not built")


def main() -> None:
    """Judge the families and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only",
        nargs="*",
        help="families to walk anew, the rest of the table as it stands; default: all",
    )
    parser.add_argument("--markdown", type=Path, default=Path("docs/families.md"))
    parser.add_argument("--json", type=Path, default=Path("docs/families.json"))
    options = parser.parse_args()
    names = options.only or families()
    verdicts = _read(options.json) if options.only else {}
    for number, name in enumerate(names, 1):
        verdicts[name] = guarded(name)
        print(f"{number}/{len(names)} {name}: {verdicts[name].kind}, {verdicts[name].detail}", flush=True)
        _write(verdicts, len(families()), options.markdown, options.json)
    if any(verdict.kind == "wrong" for verdict in verdicts.values()):
        sys.exit("Some families are served wrong.")


def guarded(family: str) -> Verdict:
    """Judge a family in a process of its own, limited in time and memory."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_judge, args=(family, there))
    child.start()
    there.close()
    try:
        if not here.poll(_SECONDS):
            return Verdict("not built", f"not done within {_SECONDS} seconds")
        return here.recv()
    except EOFError:
        child.join()
        return Verdict("not built", f"its process ended with exit code {child.exitcode}")
    finally:
        child.kill()
        child.join()


def _judge(family: str, told: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    sys.stderr = open("/dev/null", "w")  # noqa: SIM115, for as long as the process lives
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    try:
        told.send(verdict_of(family))
    except Exception as error:  # a fault of ours must be seen, not end the walk
        told.send(Verdict("wrong", f"{type(error).__name__}: {error}"))


def _read(json_file: Path) -> dict[str, Verdict]:
    """Return the verdicts of a former walk with the same versions."""
    told = json.loads(json_file.read_text(encoding="utf-8")) if json_file.exists() else {"versions": None}
    if told["versions"] != _versions():
        sys.exit("--only needs a whole walk with these versions of transformers and torch first.")
    return {name: Verdict(**values) for name, values in told["families"].items()}


def _versions() -> dict[str, str]:
    return {"transformers": transformers.__version__, "torch": torch.__version__}


def _write(verdicts: dict[str, Verdict], num_all: int, markdown: Path, json_file: Path) -> None:
    counts = Counter(verdict.kind for verdict in verdicts.values())
    versions = _versions()
    told = ", ".join(f"{counts[kind]} {kind}" for kind in _ORDER)
    lines = [
        "# What each family of models became",
        "",
        f"Written by `python -m benchmarks.families` (`make bench-families`) with "
        f"transformers {versions['transformers']} and torch {versions['torch']}, on the CPU in float32.",
        "",
        f"{len(verdicts)} of {num_all} causal-LM families walked: {told}.",
        "",
        f"Each family is a tiny random model (windows of {WINDOW} tokens where it knows them) in a process of "
        "its own. *exact*: two trees of prompts of 24 and 41 tokens that fork and ride together differ from "
        f"plain uncached forwards of each path by at most {EXACT_NATS:g} nats; the greatest is told. *wrong*: "
        "accepted, and off by more. *refused*: in our words, at load. *not built*: the tiny configuration is not of "
        "this family, so nothing is known.",
        "",
        "| family | became | detail |",
        "|---|---|---|",
    ]
    for kind in _ORDER:
        for name, verdict in verdicts.items():
            if verdict.kind == kind:
                detail = " ".join(verdict.detail.split()).split("; name a")[0].replace("|", "\\|")
                lines.append(f"| {name} | {kind} | {detail} |")
    markdown.parent.mkdir(parents=True, exist_ok=True)
    markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")
    values = {"versions": versions, "families": {name: asdict(verdict) for name, verdict in verdicts.items()}}
    json_file.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
