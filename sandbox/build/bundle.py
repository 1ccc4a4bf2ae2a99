"""`make build`: sam build, then the layer pruned, journeys compiled into it, everything compiled to .pyc.

`--architecture host --out FOLDER` builds the same for this machine's processor, for `make smoke`.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.build.layer import check_binaries, code_sha256, prune, size
from sandbox.build.python import NoPython, build_environment, find_python

ROOT = Path(__file__).resolve().parents[2]
SAM = ROOT / ".venv-sam" / "bin" / "sam"
HOST = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when built, 1 when something is missing or wrong (which is said)."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.build.bundle", description=__doc__)
    parser.add_argument("--architecture", choices=["arm64", "host"], default="arm64")
    parser.add_argument("--out", type=Path, default=ROOT / ".aws-sam" / "build")
    options = parser.parse_args(arguments)
    architecture = HOST if options.architecture == "host" else "arm64"
    try:
        build(options.out.absolute(), architecture)
    except NoPython as missing:
        print(missing, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(f"The build failed at: {' '.join(failed.cmd)}", file=sys.stderr)
        return 1
    return 0


def build(out: Path, architecture: str) -> None:
    """Leave in `out` what `sam deploy` takes, and beside it code-sha256.yaml, its parameter CodeSha256."""
    tools = build_environment(find_python(os.environ), ROOT / ".venv-build")
    compiled = out.parent / "compiled"
    compile_journeys(compiled)
    sam_build(out, architecture, tools)
    layer = out / "SharedLayer" / "python"
    prune(layer)
    compiled.replace(layer / "aftercart" / "compiled")
    functions = function_folders(out)
    for folder, mount in [(layer, "/opt/python"), *((folder, "/var/task") for folder in functions)]:
        compile_with(tools / "python3.13", folder, mount)
    binaries = check_binaries(layer, architecture)
    code = code_sha256([layer, *functions])
    (out.parent / "code-sha256.yaml").write_text(f"CodeSha256: {code}\n", encoding="utf-8")
    report(out, layer, functions, binaries, architecture)


def sam_build(out: Path, architecture: str, tools: Path) -> None:
    template = template_for(architecture)
    path = os.pathsep.join([str(tools), os.environ.get("PATH", "")])
    # A mirror of the package index may be set for pip; what pip says is only of use when it fails.
    command = [str(SAM), "build", "--template-file", str(template), "--build-dir", str(out)]
    try:
        run_quietly(command, {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"})
    finally:
        if template != ROOT / "template.yaml":
            template.unlink()


def template_for(architecture: str) -> Path:
    """The template itself, or its twin for another processor beside it (paths in it are relative)."""
    template = ROOT / "template.yaml"
    if architecture == "arm64":
        return template
    twin = ROOT / f".template.{architecture}.yaml"
    twin.write_text(template.read_text(encoding="utf-8").replace("arm64", architecture), encoding="utf-8")
    return twin


def compile_journeys(target: Path) -> None:
    """First of all: a mistake in a journey is said at once, and stops the build."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "sandbox.journeys.compile", str(target)], cwd=ROOT, check=True)


def compile_with(python: Path, folder: Path, mount: str) -> None:
    """By the python that will import it; the seed makes two builds alike to the byte."""
    script = ROOT / "sandbox" / "build" / "layer.py"
    environ = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run([str(python), "-P", str(script), str(folder), mount], check=True, env=environ)


def function_folders(out: Path) -> list[Path]:
    """The built code of the functions; those that share their source share a folder."""
    return sorted(path for path in out.iterdir() if path.is_dir() and path.name.endswith("Function"))


def run_quietly(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)


def report(out: Path, layer: Path, functions: list[Path], binaries: int, architecture: str) -> None:
    zipped = shutil.make_archive(str(out.parent / "layer"), "zip", layer.parent)
    print(
        f"Built into {os.path.relpath(out)} for python3.13 on {architecture} ({binaries} binaries checked)."
    )
    print(f"Layer: {size(layer) / 1e6:.1f} MB, zipped {Path(zipped).stat().st_size / 1e6:.1f} MB.")
    print(f"Functions: {sum(map(size, functions)) / 1e3:.0f} kB.")
    Path(zipped).unlink()


if __name__ == "__main__":
    sys.exit(main())
