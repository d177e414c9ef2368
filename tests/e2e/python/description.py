"""Tokens for schemathesis: each part of the description has its own, and users sign in at simulated providers."""

import base64
import hashlib
import os
import re
from urllib.parse import parse_qs, urlsplit

import requests
import schemathesis

SERVER = os.environ["SERVER_URL"]
APP = os.environ["APP_URL"]
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(APP))
TIMEOUT = 10

VERIFIER = "x" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def consented(browser, start, **query):
    """Starts a sign-in and agrees; returns where the browser is sent in the end."""
    answer = browser.get(f"{SERVER}{start}", params=query, allow_redirects=False, timeout=TIMEOUT)
    authorize = answer.headers["location"]
    answer = browser.get(authorize, params={"login_hint": "mira"}, allow_redirects=False, timeout=TIMEOUT)
    answer = browser.get(answer.headers["location"], allow_redirects=False, timeout=TIMEOUT)
    return answer.headers["location"]


def nhost_token():
    target = consented(requests.Session(), "/signin/provider/google", redirectTo=APP, codeChallenge=CHALLENGE)
    body = {"code": parse_qs(urlsplit(target).query)["code"][0], "codeVerifier": VERIFIER}
    answer = requests.post(f"{SERVER}/token/exchange", json=body, timeout=TIMEOUT)
    return answer.json()["session"]["accessToken"]


def aufy_token():
    browser = requests.Session()
    consented(browser, "/api/auth/external/challenge/google", callbackUrl=APP)
    answer = browser.post(f"{SERVER}/api/auth/signin/external", headers={"origin": ORIGIN}, timeout=TIMEOUT)
    return answer.json()["access_token"]


def kind(case, _context):
    for start, name in (("/admin/", "admin"), ("/api/", "aufy")):
        if case.operation.path.startswith(start):
            return name
    return "nhost"


@schemathesis.auth(refresh_interval=1, cache_by_key=kind)
class Tokens:
    """Signs in anew each second, because calls under test end sessions and delete the user."""

    def get(self, case, context):
        return {"admin": lambda: os.environ["ADMIN_TOKEN"], "aufy": aufy_token, "nhost": nhost_token}[kind(case, context)]()

    def set(self, case, token, context):
        case.headers["Authorization"] = f"Bearer {token}"
        if kind(case, context) == "aufy":
            case.headers["Origin"] = ORIGIN


@schemathesis.hook
def map_path_parameters(_context, parameters):
    """Half of the well-formed names of providers become one that exists."""
    provider = parameters.get("provider") if parameters else None
    if isinstance(provider, str) and re.fullmatch("[a-z0-9][a-z0-9_-]{0,31}", provider) and ord(provider[0]) % 2 == 0:
        return {**parameters, "provider": "google"}
    return parameters
