"""requests-oauthlib signs in at the simulated providers, and meets their failures."""

import os
import unittest
from unittest import mock

from oauthlib.oauth2 import MismatchingStateError
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error, InvalidClientError, OAuth2Error
from requests_oauthlib import OAuth1Session, OAuth2Session

import simulator

# The providers are on http here.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

PROVIDERS = {
    "github": ["user:email"],
    "discord": ["identify", "email"],
    "spotify": ["user-read-email"],
    "gitlab": ["read_user"],
    "facebook": ["email"],
    "oauth2": ["email"],
}
RELAXED = {"OAUTHLIB_RELAX_TOKEN_SCOPE": "1"}


class App:
    """A session as the library's documentation shows it."""

    def __init__(self, provider, scope=None, **more):
        self.at = simulator.provider(provider)
        self.session = OAuth2Session(
            simulator.CLIENT_ID, redirect_uri=simulator.CALLBACK, scope=scope or PROVIDERS[provider], pkce="S256", **more
        )

    def consent(self, person="mira"):
        url, _ = self.session.authorization_url(self.at["authorization_endpoint"])
        return simulator.consent(url, person)

    def fetch_token(self, **response):
        return self.session.fetch_token(
            self.at["token_endpoint"],
            client_secret=simulator.CLIENT_SECRET,
            include_client_id=True,
            # Not in a header.
            auth=False,
            **response,
        )

    def sign_in(self, person="mira"):
        return self.fetch_token(authorization_response=self.consent(person))

    def profile(self):
        return self.session.get(self.at["userinfo_endpoint"])


class SignIns(unittest.TestCase):
    def setUp(self):
        simulator.reset()

    def test_every_provider_signs_in(self):
        for provider in PROVIDERS:
            with self.subTest(provider):
                app = App(provider)
                app.sign_in()
                self.assertTrue(app.profile().json()["id"])

    def test_twitter_signs_in_with_oauth_1(self):
        at = simulator.provider("twitter")
        session = OAuth1Session(simulator.CLIENT_ID, simulator.CLIENT_SECRET, callback_uri=simulator.CALLBACK)
        session.fetch_request_token(at["request_token_endpoint"])
        session.parse_authorization_response(
            simulator.consent(session.authorization_url(at["authorization_endpoint"]))
        )
        session.fetch_access_token(at["token_endpoint"])
        profile = session.get(at["userinfo_endpoint"], params={"include_email": "true"})
        self.assertEqual(profile.json()["email"], "mira@example.org")

    def test_errors_are_told_apart(self):
        for failure, error in [("bad_client", InvalidClientError), ("bad_code", OAuth2Error), ("refused", OAuth2Error)]:
            with self.subTest(failure):
                simulator.fail("discord", failure)
                with self.assertRaises(error):
                    App("discord").sign_in()


class KnownBugs(unittest.TestCase):
    def setUp(self):
        simulator.reset()

    def test_narrowed_scope_raises_a_warning_and_loses_the_token(self):
        simulator.fail("discord", "narrowed_scope")
        with self.assertRaisesRegex(Warning, "Scope has changed"):
            App("discord").sign_in()
        with mock.patch.dict(os.environ, RELAXED):
            app = App("discord")
            token = app.sign_in()
        self.assertEqual(token["scope"], ["identify"])
        self.assertNotIn("email", app.profile().json())

    def test_github_separates_scopes_with_commas_and_that_is_a_change(self):
        with self.assertRaisesRegex(Warning, "Scope has changed"):
            App("github", ["read:user", "user:email"]).sign_in()

    def test_google_changes_the_scope_without_any_failure(self):
        scope = ["openid", "email", "profile"]
        with self.assertRaisesRegex(Warning, "Scope has changed"):
            App("google", scope).sign_in()
        with mock.patch.dict(os.environ, RELAXED):
            self.assertTrue(App("google", scope).sign_in()["id_token"])

    def test_no_expires_in_means_no_refresh(self):
        simulator.fail("spotify", "no_expires_in", times=1)
        saved = []
        at = simulator.provider("spotify")
        app = App(
            "spotify",
            auto_refresh_url=at["token_endpoint"],
            auto_refresh_kwargs={"client_id": simulator.CLIENT_ID, "client_secret": simulator.CLIENT_SECRET},
            token_updater=saved.append,
        )
        token = app.sign_in()
        self.assertNotIn("expires_at", token)
        simulator.fail("spotify", "token_expired", times=1)
        self.assertEqual(app.profile().status_code, 401)
        self.assertEqual(saved, [], "the session did not notice")
        # A right app refreshes when the provider says 401.
        app.session.refresh_token(
            at["token_endpoint"], client_id=simulator.CLIENT_ID, client_secret=simulator.CLIENT_SECRET
        )
        self.assertEqual(app.profile().status_code, 200)

    def test_other_state_is_noticed_only_in_the_whole_response(self):
        simulator.fail("discord", "other_state")
        with self.assertRaises(MismatchingStateError):
            App("discord").sign_in()
        naive = App("discord")
        code = simulator.parameter(naive.consent(), "code")
        self.assertTrue(naive.fetch_token(code=code)["access_token"])

    def test_secret_in_a_header_is_not_encoded(self):
        """RFC 6749, section 2.3.1: it is form-encoded first."""
        for secret, is_accepted in [("plain", True), ("with/special+characters=", False)]:
            simulator.register_client(simulator.CLIENT_ID, secret)
            app = App("discord")
            response = {"authorization_response": app.consent(), "client_secret": secret}
            if is_accepted:
                app.session.fetch_token(app.at["token_endpoint"], **response)
            else:
                with self.assertRaises(InvalidClientError):
                    app.session.fetch_token(app.at["token_endpoint"], **response)

    def test_bad_code_at_github_is_an_error_despite_status_200(self):
        simulator.fail("github", "bad_code")
        with self.assertRaises(CustomOAuth2Error) as refused:
            App("github").sign_in()
        self.assertEqual(refused.exception.error, "bad_verification_code")


if __name__ == "__main__":
    unittest.main()
