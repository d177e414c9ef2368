"""Controls the simulator at SIMULATOR_URL, as a test of any app would."""

import os
from urllib.parse import parse_qs, urlsplit

import requests

URL = os.environ["SIMULATOR_URL"]
CLIENT_ID = "python-client"
CLIENT_SECRET = "a-secret-of-plain-letters"

# Nothing listens here, because redirects are not followed.
CALLBACK = "http://127.0.0.1:9/callback"


def _call(method, path, body=None):
    answer = requests.request(method, f"{URL}control/{path}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def provider(name):
    """Issuer and endpoints."""
    return _call("GET", f"providers/{name}")


def fail(name, failure, **more):
    _call("PUT", f"providers/{name}/failure", {"name": failure, **more})


def recover(name):
    _call("DELETE", f"providers/{name}/failure")


def counts(name):
    return _call("GET", "counts")[name]


def reset():
    """Forgets everything but the client of these tests."""
    _call("POST", "reset")
    register_client(CLIENT_ID, CLIENT_SECRET)


def register_client(client_id, secret):
    _call("POST", "clients", {"id": client_id, "secret": secret})


def consent(authorization_url, person="mira"):
    """What the provider's page does when somebody is chosen: the address that the browser is sent to."""
    answer = requests.get(f"{authorization_url}&login_hint={person}", allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def parameter(url, name):
    return parse_qs(urlsplit(url).query)[name][0]
