"""What leads a deployed stack to the fake providers and nowhere else."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest

from sandbox.fakes.carrier import AWS_SENDS
from sandbox.fakes.serve import HOST
from sandbox.sandbox import compiled
from sandbox.smoke.providers import Providers, providers


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with providers(compiled(), tmp_path_factory.mktemp("smoke") / "fakes.pem") as served:
        yield served


def proved(played: Providers, name: str) -> None:
    """As a client does that trusts what the environment says. SSLError: it is not who it says it is."""
    context = ssl.create_default_context(cafile=played.environment["SSL_CERT_FILE"])
    with socket.create_connection((HOST, played.server.server_port)) as plain:
        context.wrap_socket(plain, server_hostname=name).close()


@pytest.mark.parametrize(
    "name",
    (
        HOST,
        "api.turbosms.ua",
        "api.twilio.com",
        "fcm.googleapis.com",
        "graph.facebook.com",
        "graph.instagram.com",
        "kram.api.infobip.example",
    ),
)
def test_a_provider_proves_its_name(played: Providers, name: str) -> None:
    proved(played, name)


def test_nobody_else_s_name_is_proved(played: Providers) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        proved(played, "api.stripe.com")


@pytest.mark.parametrize("service", [service for service, _ in AWS_SENDS])
def test_what_is_sent_through_aws_comes_to_the_fakes(
    played: Providers, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in played.environment.items():
        monkeypatch.setenv(name, value)
    client = botocore.session.Session().create_client(service, region_name="eu-central-1")
    assert client.meta.endpoint_url == played.server.url


@pytest.mark.parametrize(("name", "port"), (("graph.facebook.com", 443), ("evil.example", 80)))
def test_every_other_machine_is_the_fakes(played: Providers, name: str, port: int) -> None:
    assert resolved(played, name, port) == f"{HOST} {played.server.server_port}"


@pytest.mark.parametrize("name", (HOST, "localhost"))
def test_this_machine_is_itself(played: Providers, name: str) -> None:
    assert resolved(played, name, 4566) == f"{HOST} 4566"


def resolved(played: Providers, name: str, port: int) -> str:
    """As a Python sees it that starts in that environment."""
    asks = f"import socket; print(*socket.getaddrinfo({name!r}, {port}, socket.AF_INET)[0][4])"
    done = subprocess.run(
        [sys.executable, "-c", asks],
        env={**os.environ, **played.environment},
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
    )
    return done.stdout.strip()
