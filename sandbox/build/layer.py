"""Makes of what `sam build` leaves in a layer what is deployed: pruned, compiled, and known by its hash."""

import compileall
import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

# The AWS services our code calls; a test holds the code to it.
SERVICES = (
    "dynamodb",
    "pinpoint-sms-voice-v2",
    "scheduler",
    "secretsmanager",
    "sesv2",
    "sns",
    "socialmessaging",
    "sqs",
    "stepfunctions",
)
LANGUAGES = ("en", "ru", "uk")
# Parts of libraries that nothing of ours imports; `make smoke` invokes every function without them.
UNUSED = (
    "bin",
    "requirements.txt",
    "aws_lambda_powertools/event_handler",
    "pydantic/v1",
)

# e_machine of an ELF file: man 5 elf.
MACHINES = {"arm64": 183, "x86_64": 62}


class WrongBinary(Exception):
    """The layer holds a binary of another architecture."""


def prune(layer: Path) -> None:
    """Drop what no function uses: other services' models, other languages, scripts, type stubs."""
    for unused in UNUSED:
        drop(layer / unused)
    utilities = {"__init__.py", "jmespath_utils"}  # these the logger imports
    keep(layer / "aws_lambda_powertools" / "utilities", lambda entry: entry.name in utilities)
    keep(layer / "botocore" / "data", lambda entry: entry.suffix == ".json" or entry.name in SERVICES)
    for model in sorted((layer / "botocore" / "data").rglob("service-2.json.gz")):
        strip_documentation(model)
    for examples in sorted((layer / "botocore" / "data").rglob("examples-1.json")):
        drop(examples)
    endpoints = layer / "botocore" / "data" / "endpoints.json"
    if endpoints.exists():
        keep_endpoints(endpoints)
    languages = {"root", *LANGUAGES}
    keep(layer / "babel" / "locale-data", lambda entry: entry.stem.split("_")[0] in languages)
    for leftover in (*layer.rglob("*.pyi"), *layer.rglob("__pycache__"), *layer.glob(".*")):
        drop(leftover)


def keep(folder: Path, wanted: Callable[[Path], bool]) -> None:
    """Delete every entry of a folder that is not wanted."""
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not wanted(entry):
            drop(entry)


def drop(path: Path) -> None:
    """Delete a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def strip_documentation(model: Path) -> None:
    """Replace a compressed service model by a plain one without its prose: half of what a client loads."""
    with gzip.open(model, "rt", encoding="utf-8") as source:
        document = json.load(source)
    write_json(model.with_suffix(""), without_documentation(document))
    model.unlink()


def without_documentation(node: Any) -> Any:
    if isinstance(node, dict):
        # A member may itself be called "documentation": then it is a shape, not a text.
        return {
            key: without_documentation(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    if isinstance(node, list):
        return [without_documentation(value) for value in node]
    return node


def keep_endpoints(path: Path) -> None:
    """Cut botocore's endpoint list, over a megabyte of JSON that each client reads, to our services."""
    document = json.loads(path.read_text(encoding="utf-8"))
    # endpoints.json names services by their endpoint prefix.
    wanted = {*SERVICES, "email", "sms-voice", "states", "sts"}
    for partition in document["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in sorted(services) if name in wanted}
    write_json(path, document)


def write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True), encoding="utf-8")


def compile_tree(tree: Path, mount: str) -> bool:
    """Compile every .py under a folder to unchecked-hash .pyc, as if it lay at the given path.

    Lambda's folders are read-only: without .pyc files each cold start compiles all that it imports, and with
    dated ones it finds them stale, since unpacking changes the dates.
    """
    return bool(
        compileall.compile_dir(
            tree,
            stripdir=str(tree),
            prependdir=mount,
            quiet=1,
            force=True,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
    )


def uncompiled(tree: Path) -> list[Path]:
    """Every .py without its .pyc, as the python that runs this would look for it."""
    return [path for path in sorted(tree.rglob("*.py")) if not Path(cache_from_source(str(path))).exists()]


def check_binaries(tree: Path, architecture: str) -> int:
    """How many binaries there are; raises WrongBinary unless all are of the architecture."""
    binaries = sorted(tree.rglob("*.so*"))
    for binary in binaries:
        with binary.open("rb") as file:
            header = file.read(20)
        machine = int.from_bytes(header[18:20], "little")
        if header[:4] != b"\x7fELF" or machine != MACHINES[architecture]:
            raise WrongBinary(f"{binary.relative_to(tree)} is no {architecture} binary (machine {machine})")
    return len(binaries)


def code_sha256(folders: Iterable[Path]) -> str:
    """One hash over the names and contents of all files but .pyc: the same sources, the same hash."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def size(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: list[str]) -> int:
    """`build_layer.py FOLDER MOUNT`: compile a folder; run by the python that will import it."""
    tree, mount = Path(arguments[0]), arguments[1]
    return 0 if compile_tree(tree, mount) and not uncompiled(tree) else 1


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
