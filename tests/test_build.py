"""What `make build` makes of a layer: nothing superfluous, everything compiled, the right processor."""

import gzip
import importlib.util
import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import botocore
import botocore.session
import pytest
import yaml
from botocore.loaders import Loader

from sandbox.build.layer import (
    LANGUAGES,
    SERVICES,
    WrongBinary,
    check_binaries,
    code_sha256,
    compile_tree,
    prune,
    uncompiled,
)
from sandbox.build.python import NoPython, find_python

ROOT = Path(__file__).resolve().parent.parent
BOTOCORE = Path(botocore.__file__).parent
# A .pyc begins with four bytes of magic and four of flags: bit 0 says "hash", bit 1 "check the source".
UNCHECKED_HASH = 1
ARM = b"\x7fELF" + bytes(14) + (183).to_bytes(2, "little")
INTEL = b"\x7fELF" + bytes(14) + (62).to_bytes(2, "little")


def a_file(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer as sam leaves it: botocore's data as it is installed, for our services and one more."""
    folder = tmp_path / "layer"
    data = folder / "botocore" / "data"
    for service in (*SERVICES, "ec2"):
        shutil.copytree(BOTOCORE / "data" / service, data / service)
    for file in (BOTOCORE / "data").glob("*.json"):
        shutil.copy(file, data)
    a_file(folder / "aftercart" / "domain" / "money.py", b"CURRENCY = 'UAH'\n")
    return folder


def test_a_layer_keeps_the_models_of_our_services_and_no_others(layer: Path) -> None:
    prune(layer)
    folders = {path.name for path in (layer / "botocore" / "data").iterdir() if path.is_dir()}
    assert folders == set(SERVICES)


@pytest.mark.parametrize(
    ("service", "host"),
    (
        ("dynamodb", "dynamodb.eu-central-1.amazonaws.com"),
        ("pinpoint-sms-voice-v2", "sms-voice.eu-central-1.amazonaws.com"),
        ("scheduler", "scheduler.eu-central-1.amazonaws.com"),
        ("secretsmanager", "secretsmanager.eu-central-1.amazonaws.com"),
        ("sesv2", "email.eu-central-1.amazonaws.com"),
        ("socialmessaging", "social-messaging.eu-central-1.amazonaws.com"),
        ("sns", "sns.eu-central-1.amazonaws.com"),
        ("sqs", "sqs.eu-central-1.amazonaws.com"),
        ("stepfunctions", "states.eu-central-1.amazonaws.com"),
    ),
)
def test_a_client_made_of_a_pruned_layer_knows_its_address_and_operations(
    layer: Path, service: str, host: str
) -> None:
    prune(layer)
    session = botocore.session.Session()
    pruned = Loader(extra_search_paths=[str(layer / "botocore" / "data")], include_default_search_paths=False)
    session.register_component("data_loader", pruned)
    client = session.create_client(
        service, region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    assert client.meta.endpoint_url == f"https://{host}"
    whole = botocore.session.Session().get_service_model(service)
    assert client.meta.service_model.operation_names == whole.operation_names
    client.close()


def test_a_member_that_is_called_documentation_is_kept_when_prose_goes(tmp_path: Path) -> None:
    shapes = {"Page": {"documentation": "<p>prose</p>", "members": {"documentation": {"shape": "Text"}}}}
    model = a_file(tmp_path / "botocore" / "data" / "dynamodb" / "1" / "service-2.json.gz")
    model.write_bytes(gzip.compress(json.dumps({"shapes": shapes}).encode()))
    prune(tmp_path)
    assert json.loads(model.with_suffix("").read_text(encoding="utf-8")) == {
        "shapes": {"Page": {"members": {"documentation": {"shape": "Text"}}}}
    }


def test_a_layer_holds_no_tool_s_leavings_and_no_language_that_nobody_is_written_to_in(
    tmp_path: Path,
) -> None:
    kept = ["babel/locale-data/root.dat", "babel/locale-data/uk.dat", "babel/locale-data/uk_UA.dat"]
    dropped = ["babel/locale-data/fr.dat", ".mypy_cache/3.11/cache.db", "bin/pybabel", "liquid/ast.pyi"]
    for name in (*kept, *dropped):
        a_file(tmp_path / name)
    prune(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept)


def test_the_layer_keeps_every_language_that_the_brand_writes_in() -> None:
    brand = yaml.safe_load((ROOT / "journeys" / "brand.yaml").read_text(encoding="utf-8"))
    assert brand["languages"]
    assert set(LANGUAGES) >= set(brand["languages"])


def test_every_module_is_compiled_so_that_no_date_makes_it_stale(layer: Path) -> None:
    assert uncompiled(layer) == [layer / "aftercart" / "domain" / "money.py"]
    assert compile_tree(layer, "/opt/python")
    assert uncompiled(layer) == []
    compiled = Path(importlib.util.cache_from_source(str(layer / "aftercart" / "domain" / "money.py")))
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == UNCHECKED_HASH
    assert b"/opt/python/aftercart/domain/money.py" in compiled.read_bytes()


def test_a_module_that_does_not_compile_is_not_deployed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_file(tmp_path / "wrong.py", b"def (")
    assert not compile_tree(tmp_path, "/opt/python")
    assert "wrong.py" in capsys.readouterr().out


def test_two_builds_of_the_same_sources_have_the_same_hash_compiled_or_not(layer: Path) -> None:
    before = code_sha256([layer])
    compile_tree(layer, "/opt/python")
    assert code_sha256([layer]) == before


@pytest.mark.parametrize("change", ("shared/aftercart/domain/money.py", "functions/send_message/handler.py"))
def test_a_change_in_layer_or_function_changes_the_hash_that_publishes_versions(
    tmp_path: Path, change: str
) -> None:
    folders = [tmp_path / "shared", tmp_path / "functions"]
    for folder in folders:
        shutil.copytree(ROOT / folder.name, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    before = code_sha256(folders)
    with (tmp_path / change).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert code_sha256(folders) != before


def test_a_file_that_moves_changes_the_hash(tmp_path: Path) -> None:
    moving = a_file(tmp_path / "a.py", b"1")
    before = code_sha256([tmp_path])
    moving.rename(tmp_path / "b.py")
    assert code_sha256([tmp_path]) != before


def test_binaries_of_the_functions_processor_pass_and_are_counted(tmp_path: Path) -> None:
    a_file(tmp_path / "pydantic_core" / "core.so", ARM)
    assert check_binaries(tmp_path, "arm64") == 1


@pytest.mark.parametrize("content", (INTEL, b"not a binary at all, really"))
def test_a_binary_of_another_processor_stops_the_build(tmp_path: Path, content: bytes) -> None:
    a_file(tmp_path / "pydantic_core" / "core.so", content)
    with pytest.raises(WrongBinary, match=r"pydantic_core/core\.so is no arm64 binary"):
        check_binaries(tmp_path, "arm64")


def test_without_python313_the_build_says_what_is_missing_and_how_to_name_it() -> None:
    with pytest.raises(NoPython, match=r"(?s)needs python3\.13.*PYTHON313=/path"):
        find_python({"PATH": "", "HOME": "/nonexistent"}, places=(), own=None)


def test_a_wrong_python313_is_not_silently_replaced_by_another(tmp_path: Path) -> None:
    chosen = tmp_path / "python3.13"
    with pytest.raises(NoPython, match=str(chosen)):
        find_python({"PYTHON313": str(chosen)})


def test_a_shim_that_stands_for_nothing_is_passed_over(tmp_path: Path) -> None:
    shim = a_file(tmp_path / "shims" / "python3.13", b"#!/bin/sh\nexit 127\n")
    real = a_file(tmp_path / "versions" / "3.13.9" / "bin" / "python3.13", b"#!/bin/sh\nexit 0\n")
    for script in (shim, real):
        script.chmod(stat.S_IRWXU)
    environ = {"PATH": str(shim.parent), "HOME": str(tmp_path)}
    assert find_python(environ, places=("~/versions/3.13*/bin",), own=None) == real


def test_the_compiler_needs_nothing_but_python_itself(tmp_path: Path) -> None:
    a_file(tmp_path / "handler.py", b"x = 1\n")
    script = ROOT / "sandbox" / "build" / "layer.py"
    command = [sys.executable, "-I", "-S", str(script), str(tmp_path), "/var/task"]
    assert subprocess.run(command, check=False).returncode == 0
    assert uncompiled(tmp_path) == []
