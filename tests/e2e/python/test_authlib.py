"""Authlib signs in at the simulated providers, and meets their failures."""

import base64
import hashlib
import hmac
import json
import unittest

import requests
from authlib.integrations.base_client.errors import MismatchingStateError, OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify

import simulator

OPENID = {
    "google": {"scope": "openid email profile"},
    "gitlab": {"scope": "openid email"},
    "oidc": {"scope": "openid email profile"},
    "discord": {"scope": "openid identify email"},
}
OAUTH2 = {
    "github": {"scope": "read:user user:email"},
    "spotify": {"scope": "user-read-email"},
    "oauth2": {"scope": "email"},
    "strava": {"scope": "profile:read_all", "token_endpoint_auth_method": "client_secret_post"},
}


class App:
    """A Flask app with one button, as Authlib's documentation shows it."""

    def __init__(self, provider):
        at = simulator.provider(provider)
        app = Flask(__name__)
        app.secret_key = "only for these tests"
        app.testing = True
        client_kwargs = {"code_challenge_method": "S256", **(OPENID.get(provider) or OAUTH2[provider])}
        addresses = (
            {"server_metadata_url": at["discovery"]}
            if provider in OPENID
            else {"authorize_url": at["authorization_endpoint"], "access_token_url": at["token_endpoint"]}
        )
        self.remote = OAuth(app).register(
            provider,
            client_id=simulator.CLIENT_ID,
            client_secret=simulator.CLIENT_SECRET,
            client_kwargs=client_kwargs,
            userinfo_endpoint=at["userinfo_endpoint"],
            **addresses,
        )
        self.userinfo_endpoint = at["userinfo_endpoint"]
        self.token = None

        @app.get("/login")
        def login():
            return self.remote.authorize_redirect(simulator.CALLBACK)

        @app.get("/callback")
        def callback():
            self.token = self.remote.authorize_access_token()
            return jsonify(self.token.get("userinfo") or self.remote.get(self.userinfo_endpoint).json())

        @app.get("/profile")
        def profile():
            return jsonify(self.remote.userinfo(token=self.token))

        self.browser = app.test_client()

    def sign_in(self, person="mira"):
        start = self.browser.get("/login")
        back = simulator.consent(start.headers["location"], person)
        answer = self.browser.get(back.replace("http://127.0.0.1:9", ""))
        assert answer.status_code == 200, answer.text
        return answer.json


class SignIns(unittest.TestCase):
    def setUp(self):
        simulator.reset()

    def test_every_provider_signs_in(self):
        for provider in [*OPENID, *OAUTH2]:
            with self.subTest(provider):
                profile = App(provider).sign_in()
                self.assertTrue(profile.get("sub") or profile["id"])

    def test_people_without_email_or_name_sign_in(self):
        for person, claim in [("aiko", "email"), ("rosa", "name")]:
            self.assertNotIn(claim, App("google").sign_in(person))

    def test_id_token_that_is_not_for_this_sign_in_is_refused(self):
        app = App("oidc")
        failures = ["wrong_audience", "wrong_issuer", "wrong_nonce", "no_nonce", "expired", "wrong_at_hash"]
        for failure in [*failures, "unsigned", "symmetric", "wrong_signature", "unknown_key"]:
            with self.subTest(failure):
                simulator.fail("oidc", failure, times=1)
                with self.assertRaises(Exception) as refused:
                    app.sign_in()
                self.assertNotIsInstance(refused.exception, AssertionError)
        app.sign_in()


class KnownBugs(unittest.TestCase):
    def setUp(self):
        simulator.reset()

    def test_symmetric_verification_that_believes_the_header_accepts_a_forgery(self):
        """An attacker who knows the public key signs with it."""
        app = App("oidc")
        simulator.fail("oidc", "symmetric")
        with self.assertRaises(Exception) as refused:
            app.sign_in()
        self.assertIn("lgorithm", str(refused.exception) + type(refused.exception).__name__)

        simulator.recover("oidc")
        app.sign_in()
        simulator.fail("oidc", "symmetric")
        token = code_grant(app)["id_token"]
        message, _, signature = token.rpartition(".")
        secret = public_key_pem(app.remote.fetch_jwk_set()).encode()
        self.assertEqual(part(token, 0)["alg"], "HS256")
        naive = hmac.new(secret, message.encode(), hashlib.sha256).digest()
        self.assertEqual(naive, base64.urlsafe_b64decode(signature + "=="))

    def test_new_key_is_fetched_when_it_is_unknown(self):
        app = App("oidc")
        app.sign_in()
        simulator.fail("oidc", "new_key", times=1)
        app.sign_in()
        self.assertEqual(simulator.counts("oidc")["jwks"], 2)

    def test_no_id_token_leaves_an_app_without_a_user_and_without_an_error(self):
        app = App("google")
        simulator.fail("google", "no_id_token")
        app.sign_in()
        self.assertNotIn("userinfo", app.token)

    def test_other_user_is_believed_unless_the_app_compares_the_subjects(self):
        app = App("oidc")
        subject = app.sign_in()["sub"]
        simulator.fail("oidc", "other_user")
        self.assertNotEqual(app.browser.get("/profile").json["sub"], subject)

    def test_other_state_is_refused_before_the_code_is_sent(self):
        app = App("google")
        simulator.fail("google", "other_state")
        with self.assertRaises(MismatchingStateError):
            app.sign_in()
        self.assertEqual(simulator.counts("google")["token"], 0)

    def test_refused_is_an_exception_that_the_app_has_to_catch(self):
        app = App("github")
        simulator.fail("github", "refused")
        with self.assertRaises(OAuthError) as refused:
            app.sign_in()
        self.assertEqual(refused.exception.error, "access_denied")


def code_grant(app):
    """The token response, without Authlib's checks of the id_token."""
    at = simulator.provider("oidc")
    url = f"{at['authorization_endpoint']}?client_id={simulator.CLIENT_ID}&response_type=code&scope=openid"
    back = simulator.consent(f"{url}&redirect_uri={simulator.CALLBACK}")
    with app.remote._get_oauth_client(token_endpoint_auth_method="client_secret_basic") as session:
        return session.fetch_token(
            at["token_endpoint"], code=simulator.parameter(back, "code"), redirect_uri=simulator.CALLBACK
        )


def part(token, number):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[number] + "=="))


def public_key_pem(jwks):
    from joserfc.jwk import KeySet

    return KeySet.import_key_set(jwks).keys[0].as_pem(private=False).decode()


if __name__ == "__main__":
    unittest.main()
