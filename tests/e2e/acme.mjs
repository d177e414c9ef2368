// The certified OpenID provider of the package `oidc-provider`, in its strictest configuration: PKCE is required, the
// client authenticates as registered, and only the userinfo endpoint returns the email.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const CLIENT_ID = "our-id-at-acme";
// Characters that must be encoded in the Authorization header.
const CLIENT_SECRET = "a secret: with + / % and = in it, long enough";

const USERS = {
  ada: { email: "ada@acme.example", email_verified: true, name: "Ada Byron" },
  grace: { email: "grace@acme.example", email_verified: false, name: "Grace Murray" },
};

/**
 * Acme on a loopback port. With `pushed` it requires pushed authorization requests (RFC 9126) and client
 * authentication by `private_key_jwt` instead of a secret.
 */
export class Acme {
  static async start({ pushed = false } = {}) {
    const acme = new Acme();
    acme.pushed = pushed;
    acme.server = createServer((request, response) => acme.#answer(request, response)).listen(0, "127.0.0.1");
    await once(acme.server, "listening");
    acme.issuer = `http://127.0.0.1:${acme.server.address().port}`;
    acme.requests = [];
    return acme;
  }

  /** Registers a service at `publicUrl`; returns its provider settings as TOML. */
  register(publicUrl) {
    this.redirectUri = `${publicUrl}/signin/provider/acme/callback`;
    let proof = `client_secret = "${CLIENT_SECRET}"`;
    if (this.pushed) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      this.clientKey = { ...publicKey.export({ format: "jwk" }), kid: "ours", use: "sig", alg: "ES256" };
      const pem = privateKey.export({ type: "pkcs8", format: "pem" });
      proof = `client_authentication = "private_key_jwt"\nkey_id = "ours"\nprivate_key = """\n${pem}"""`;
    }
    this.changeKeys();
    return `
[providers.acme]
type = "oidc"
label = "Acme"
issuer = "${this.issuer}"
client_id = "${CLIENT_ID}"
${proof}

[upstream]
allow_private_networks = true
`;
  }

  /** Replaces the signing key. Sessions and tokens stay valid. */
  changeKeys() {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.keyId = randomBytes(6).toString("hex");
    const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: this.keyId };
    const proof = this.pushed
      ? { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [this.clientKey] } }
      : { token_endpoint_auth_method: "client_secret_basic", client_secret: CLIENT_SECRET };
    this.provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          ...proof,
          redirect_uris: [this.redirectUri],
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          id_token_signed_response_alg: "RS256",
        },
      ],
      jwks: { keys: [key] },
      cookies: { keys: ["only for the tests"] },
      pkce: { required: () => true },
      scopes: ["openid", "email", "profile"],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...USERS[id] }) }),
      issueRefreshToken: () => true,
      // Consent is given implicitly, so that there is no second page.
      loadExistingGrant: async (context) => {
        const { client, session, params } = context.oidc;
        const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope(params.scope);
        await grant.save();
        return grant;
      },
      features: {
        devInteractions: { enabled: false },
        pushedAuthorizationRequests: {
          enabled: this.pushed,
          requirePushedAuthorizationRequests: this.pushed,
        },
        revocation: { enabled: true },
      },
      interactions: { url: (_, interaction) => `/who/${interaction.uid}` },
      ttl: { AccessToken: 1800, AuthorizationCode: 60, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
    });
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    this.requests.push(`${request.method} ${url.pathname}`);
    if (!url.pathname.startsWith("/who/")) return this.provider.callback()(request, response);
    if (request.method === "POST") {
      const login = { accountId: url.searchParams.get("person") };
      return this.provider.interactionFinished(request, response, { login });
    }
    const buttons = Object.entries(USERS).map(
      ([id, { name }]) => `<form method="post" action="?person=${id}"><button>I am ${name}</button></form>`,
    );
    const icon = `<link rel="icon" href="data:,">`;
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>Acme</title>${icon}<h1>Acme</h1>${buttons.join("")}`);
  }

  /** Chooses a user on Acme's login page. */
  async choose(page, name) {
    await page.getByRole("button", { name: `I am ${name}` }).click();
  }

  /** The number of requests for a path. */
  count(request) {
    return this.requests.filter((one) => one === request).length;
  }

  async close() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }
}
