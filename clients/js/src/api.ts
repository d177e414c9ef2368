// Made from the server's /openapi.json: UPDATE_GOLDENS=1 node --test client-js.test.mjs

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the keys that verify access tokens
         * @description RFC 7517. A shared secret (HS256) is not among them.
         */
        get: operations["getKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask whether this node is ready */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Ask whether this node is ready, without a body */
        head: operations["headHealth"];
        patch?: never;
        trace?: never;
    };
    "/link/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the page that confirms a link
         * @description For the browser that comes back from the provider. It needs the cookie of the link and a session that began a short while ago.
         */
        get: operations["linkPage"];
        put?: never;
        /**
         * Answer that page
         * @description The form of the page; only the page itself may send it.
         */
        post: operations["answerLinkPage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/link/idtoken": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Link with an id_token
         * @description `options` are ignored.
         */
        post: operations["linkWithIdToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/link/provider/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a link
         * @description The app sends its browser to `url`. After the provider a page of ours shows both accounts and asks for consent; then the browser returns to the app, with `error` if nothing was linked. The app asks with credentials: the flow's cookie comes with the answer.
         */
        post: operations["linkProvider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask whether the process answers
         * @description It looks at nothing.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Ask whether the process answers, without a body */
        head: operations["headLiveness"];
        patch?: never;
        trace?: never;
    };
    "/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange an access token for one of a provider
         * @description RFC 8693. The client authenticates in exactly one way: `client_secret_basic`, `client_secret_post` or `private_key_jwt`. A parameter without a value counts as left out.
         */
        post: operations["exchangeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read this description as a page */
        get: operations["getDescriptionPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get this description */
        get: operations["getDescription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the providers
         * @description For the buttons of a sign-in page, in the order of their names.
         */
        get: operations["listProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask what is not ready */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Ask whether this node is ready, without a body */
        head: operations["headReadiness"];
        patch?: never;
        trace?: never;
    };
    "/signin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the sign-in page
         * @description With a button for each provider; what follows is passed on to the start.
         */
        get: operations["signInPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signin/idtoken": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with an id_token
         * @description For apps that get an id_token of a provider themselves.
         */
        post: operations["signInWithIdToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signin/provider/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Start a sign-in
         * @description A browser navigates here. `connect` links a provider to the account of an access token; `POST /link/provider/{provider}` does that without a token in a URL.
         */
        get: operations["signIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signin/provider/{provider}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Come back from the provider
         * @description The redirect URI of a provider. Only the browser that started the flow can use it, once; it sends the flow's cookie.
         */
        get: operations["callback"];
        put?: never;
        /**
         * Come back from the provider with a form
         * @description The same for providers that post a form (`response_mode=form_post`).
         */
        post: operations["callbackForm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signin/provider/{provider}/callback/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch the provider's tokens, once
         * @description The tokens of the last sign-in with the provider. They are deleted here as they are handed out.
         */
        get: operations["takeProviderTokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign out
         * @description Ends the session of a refresh token; a token that has ended is no error. With `all` it ends all sessions of the bearer.
         */
        post: operations["signOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signup/idtoken": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign up with an id_token
         * @description As the sign-in, but a known user is refused.
         */
        post: operations["signUpWithIdToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signup/provider/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Start a sign-up
         * @description As a sign-in, but a known user is refused with `user-already-exists`.
         */
        get: operations["signUp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh a session
         * @description Replaces the refresh token. For `session.refresh_grace` the same token gets the same new one again, so that a lost answer or a second tab ends nothing; later it ends the session.
         */
        post: operations["refreshSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/token/exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a one-time code
         * @description For the `code` at the end of a sign-in that had a `codeChallenge`.
         */
        post: operations["exchangeCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/token/provider/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh the provider's tokens
         * @description With the provider's refresh token, which the app keeps.
         */
        post: operations["refreshProviderTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/token/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify an access token
         * @description Of a token in the body, signature, issuer, audience and expiry are checked. Of the bearer, the session is checked, too.
         */
        post: operations["verifyToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the user */
        get: operations["getUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the linked providers
         * @description The identities with which the user can sign in, oldest first.
         */
        get: operations["listIdentities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user/providers/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Unlink a provider
         * @description Removes the user's accounts at this provider, or one of them, and revokes their stored tokens there.
         */
        delete: operations["unlinkProvider"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user/providers/{provider}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a valid access token of a provider
         * @description For providers with `custody = "managed"`: the service keeps their tokens, and refreshes them where that is needed.
         */
        get: operations["getProviderToken"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sessions
         * @description Where the user is signed in, the session used last first.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description A session that is unknown or has ended is no error.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the version */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Where a flow goes on. */
        AuthorizationUrl: {
            /**
             * Format: uri
             * @description The provider's page, to which the app sends its browser.
             */
            url: string;
        };
        /** @description What a provider sends. */
        CallbackForm: {
            /** @description The authorization code. */
            code?: string;
            /** @description Twitter: the request token of a denied consent. */
            denied?: string;
            /** @description The provider's error (RFC 6749). */
            error?: string;
            /** @description The same in words. */
            error_description?: string;
            /** @description The same as a URL. */
            error_uri?: string;
            /** @description The issuer (RFC 9207). */
            iss?: string;
            /** @description OAuth 1.0a: the request token. */
            oauth_token?: string;
            /** @description OAuth 1.0a: the verifier. */
            oauth_verifier?: string;
            /** @description The flow. */
            state: string;
            /** @description Apple: the user's name, as JSON. */
            user?: string;
        };
        /**
         * @description An error.
         * @example {
         *       "error": "invalid-request",
         *       "message": "The request payload is incorrect",
         *       "reason": "codeChallenge is 43 characters of base64url",
         *       "status": 400
         *     }
         */
        Error: {
            /** @description What happened, for programs; a hook of an embedding app may refuse with a code of its own. */
            error: components["schemas"]["ErrorCode"] | string;
            flow?: components["schemas"]["FlowId"];
            /** @description What happened, for people. */
            message: string;
            /** @description What to change in the request. */
            reason?: string;
            /** @description The status of the answer. */
            status: number;
            /**
             * Format: uri
             * @description Where a browser mends what is missing.
             */
            url?: string;
        };
        /**
         * @description A code of this service. The list is that of Nhost's clients; some codes belong to routes that do not exist here.
         * @enum {string}
         */
        ErrorCode: "default-role-must-be-in-allowed-roles" | "disabled-endpoint" | "disabled-user" | "email-already-in-use" | "email-already-verified" | "forbidden-anonymous" | "internal-server-error" | "invalid-email-password" | "invalid-request" | "locale-not-allowed" | "password-too-short" | "password-in-hibp-database" | "redirectTo-not-allowed" | "role-not-allowed" | "signup-disabled" | "unverified-user" | "user-not-anonymous" | "invalid-pat" | "invalid-refresh-token" | "invalid-ticket" | "disabled-mfa-totp" | "no-totp-secret" | "invalid-totp" | "mfa-type-not-found" | "totp-already-active" | "invalid-state" | "oauth-token-echange-failed" | "oauth-profile-fetch-failed" | "oauth-provider-error" | "invalid-otp" | "cannot-send-sms" | "user-already-exists" | "provider-account-already-linked" | "needs-reauthorization" | "missing-scopes" | "provider-unavailable";
        /**
         * @description The sign-in, for operators: `vouchsafe flow` and `GET /admin/flows/{id}` tell what became of it. It is no secret.
         * @example 3f9a5c0d1e2b4a67
         */
        FlowId: string;
        IdTokenRequest: {
            /** @description An id_token that the provider issued to one of the audiences in the settings. */
            idToken: string;
            /** @description The nonce with which the app asked for the id_token, if it did. */
            nonce?: string | null;
            options?: components["schemas"]["SignUpOptions"] | null;
            /** @description The name of a provider. */
            provider: string;
        };
        /**
         * @description An error of RFC 6749 section 5.2.
         * @example {
         *       "error": "invalid_scope",
         *       "error_description": "the user has not granted all these scopes; url leads to the provider",
         *       "url": "https://auth.example.com/signin/provider/google?scopes=openid+email+calendar&prompt=consent"
         *     }
         */
        OAuthError: {
            /** @enum {string} */
            error: "invalid_request" | "invalid_client" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "invalid_target" | "temporarily_unavailable" | "server_error";
            /** @description What to change. */
            error_description: string;
            /**
             * Format: uri
             * @description With `invalid_grant` and `invalid_scope`: where the user repairs it. The app adds `redirectTo`.
             */
            url?: string;
        };
        /** @description Problem details (RFC 9457). */
        Problem: {
            /** @description The code of a hook of the embedding app that refused. */
            code?: string;
            /** @description What happened, in words. */
            detail: string;
            /** @description What is wrong with the fields of a form, by field. */
            errors?: {
                [key: string]: string[];
            };
            flow?: components["schemas"]["FlowId"];
            status: number;
            title: string;
            /**
             * Format: uri-reference
             * @description A URL that says what the status means.
             */
            type: string;
        };
        /**
         * @description The tokens of a provider.
         * @example {
         *       "accessToken": "ya29.a0AfH6SMBx",
         *       "expiresAt": "2027-01-15T09:00:00Z",
         *       "expiresIn": 3599,
         *       "refreshToken": null
         *     }
         */
        ProviderSession: {
            /** @description For calls to the provider. */
            accessToken: string;
            /**
             * Format: date-time
             * @description In the year 1 if the provider names no expiry.
             */
            expiresAt: string;
            /** @description Seconds; 0 if the provider names no expiry. */
            expiresIn: number;
            /** @description For `POST /token/provider/{provider}`, if the provider issued one. */
            refreshToken: string | null;
            /** @description OAuth 1.0a: what signs requests together with the token. */
            tokenSecret?: string;
        };
        /** @description A session. */
        Session: {
            /** @description A JWT for this service and those that trust its keys. */
            accessToken: string;
            /** @description Seconds. */
            accessTokenExpiresIn: number;
            /**
             * Format: uuid
             * @description For `POST /token`; it is replaced at each use.
             */
            refreshToken: string;
            /**
             * Format: uuid
             * @description The id of the session.
             */
            refreshTokenId: string;
            user: components["schemas"]["User"];
        };
        /** @description What an app may set for a new user; a known user is not changed. */
        SignUpOptions: {
            /** @description The roles of a new user; each must be one of `sign_up.allowed_roles`. */
            allowedRoles?: string[] | null;
            /** @description The default role of a new user. */
            defaultRole?: string | null;
            /** @description The name of a new user, instead of the provider's. */
            displayName?: string | null;
            /** @description The language of a new user. */
            locale?: string | null;
            /** @description What the app wants to keep about a new user. */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @description Where the browser returns to: a URL that `client.allowed_redirect_urls` allows. */
            redirectTo?: string | null;
        };
        /**
         * @description A user.
         * @example {
         *       "activeMfaType": null,
         *       "avatarUrl": "https://pictures.example.org/mira.png",
         *       "createdAt": "2027-01-15T08:00:00Z",
         *       "defaultRole": "user",
         *       "displayName": "Mira Okafor",
         *       "email": "mira@example.org",
         *       "emailVerified": true,
         *       "id": "0f0e0d0c-0b0a-4908-8706-050403020100",
         *       "isAnonymous": false,
         *       "locale": "en",
         *       "metadata": null,
         *       "phoneNumberVerified": false,
         *       "roles": [
         *         "me",
         *         "user"
         *       ]
         *     }
         */
        User: {
            activeMfaType: null;
            /** @description The URL of a picture, or empty. */
            avatarUrl: string;
            /** Format: date-time */
            createdAt: string;
            defaultRole: string;
            displayName: string;
            /** @description Absent if there is none. */
            email?: string;
            emailVerified: boolean;
            /** Format: uuid */
            id: string;
            /** @constant */
            isAnonymous: false;
            locale: string;
            /** @description What the app keeps about the user: mostly an object or null. */
            metadata: unknown;
            /** @constant */
            phoneNumberVerified: false;
            roles: string[];
        };
    };
    responses: {
        /** @description The request is refused. */
        Error: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/html": string;
            };
        };
        /** @description The same request may succeed later. */
        Later: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/html": string;
            };
        };
        /** @description The request is refused. */
        OAuthError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OAuthError"];
            };
        };
        /** @description The same request may succeed later. */
        OAuthLater: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OAuthError"];
            };
        };
        /** @description The request is refused. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The same request may succeed later. */
        ProblemLater: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The token is missing, wrong or expired. */
        ProblemUnauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["Challenge"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The access token is missing, expired or of a session that has ended, or the user may not sign in. */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["Challenge"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/html": string;
            };
        };
    };
    parameters: {
        /** @description Passed on likewise: how the user is to be authenticated. */
        AcrValues: string;
        /** @description The roles of a new user; each must be one of `sign_up.allowed_roles`. */
        AllowedRoles: string[];
        /** @description The flow. */
        CallbackState: string;
        /** @description The S256 challenge of a verifier (RFC 7636). The sign-in then ends with a one-time `code` for `POST /token/exchange`; without it, with a refresh token in the URL. */
        CodeChallenge: string;
        /** @description WorkOS: the connection. */
        Connection: string;
        /** @description The default role of a new user. */
        DefaultRole: string;
        /** @description The name of a new user, instead of the provider's. */
        DisplayName: string;
        /** @description The language of a new user. */
        Locale: string;
        /** @description Passed on likewise: who is expected to sign in. */
        LoginHint: string;
        /** @description Passed on likewise: how many seconds ago the provider may have authenticated the user. The id_token must prove it. */
        MaxAge: number;
        /** @description What the app wants to keep about a new user: a JSON object. */
        Metadata: string;
        /** @description WorkOS: the organization. */
        Organization: string;
        /** @description Passed on to providers that document it, such as `consent` or `select_account` (OpenID Connect Core section 3.1.2.1). */
        Prompt: string;
        /** @description The name of a provider, as `GET /providers` lists it. */
        Provider: string;
        /** @description Where the browser returns to: a URL that `client.allowed_redirect_urls` allows. Default: `client.url`. */
        RedirectTo: string;
        /** @description Further scopes to request, separated by spaces or commas: of `providers.NAME.scopes` or `providers.NAME.allowed_scopes`. */
        Scopes: string;
        /** @description Comes back to the app unchanged. */
        State: string;
        /** @description Passed on likewise: the languages of the provider's pages. */
        UiLocales: string;
    };
    requestBodies: never;
    headers: {
        /** @description `Bearer`; with `error="invalid_token"` if the token has expired (RFC 6750). */
        Challenge: string;
        /** @description `Basic`, with a realm (RFC 7617). */
        ClientChallenge: string;
        /** @description Where the browser goes next. */
        Location: string;
        /** @description Seconds until the same request may succeed. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys. */
            200: {
                headers: {
                    /** @description How long the answer may be kept. */
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: ({
                            kid: string;
                            kty: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                    };
                };
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": "OK";
                };
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description This node is not ready. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    headHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description This node is not ready. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    linkPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description To the app: there is no link to confirm. */
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description With `nhost.conceal_errors`: the user may not sign in. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description The session began longer ago than `session.reauthentication_window`; the user signs in once more. */
            403: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    answerLinkPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description `yes` links. */
                    answer?: string;
                    /** @description The form's token. */
                    token?: string;
                };
            };
        };
        responses: {
            /** @description To the app, with `error` if nothing was linked. */
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The form does not come from the page. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description The session began longer ago than `session.reauthentication_window`; the user signs in once more. */
            403: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    linkWithIdToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdTokenRequest"];
            };
        };
        responses: {
            /** @description Linked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": "OK";
                };
            };
            /** @description The body or the id_token is wrong, or the identity is linked to a user. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description The session began longer ago than `session.reauthentication_window`; the user signs in once more. */
            403: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The provider is not configured, or takes no id_tokens. */
            409: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    linkProvider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    providerSpecificParams?: {
                        /** @description Passed on likewise: how the user is to be authenticated. */
                        acr_values?: string | null;
                        /** @description WorkOS: the connection. */
                        connection?: string | null;
                        /** @description Passed on likewise: who is expected to sign in. */
                        login_hint?: string | null;
                        /** @description Passed on likewise: how many seconds ago the provider may have authenticated the user. The id_token must prove it. */
                        max_age?: number | null;
                        /** @description WorkOS: the organization. */
                        organization?: string | null;
                        /** @description Passed on to providers that document it, such as `consent` or `select_account` (OpenID Connect Core section 3.1.2.1). */
                        prompt?: string | null;
                        /** @description Passed on likewise: the languages of the provider's pages. */
                        ui_locales?: string | null;
                    };
                    /** @description Where the browser returns to. Default: `client.url`. */
                    redirectTo?: string | null;
                    /** @description Further scopes to request, separated by spaces or commas: of `providers.NAME.scopes` or `providers.NAME.allowed_scopes`. */
                    scopes?: string | null;
                    /** @description Comes back to the app unchanged. */
                    state?: string | null;
                };
            };
        };
        responses: {
            /** @description The provider's page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthorizationUrl"];
                };
            };
            /** @description The body is wrong, or `redirectTo` or a scope is not allowed. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description The session began longer ago than `session.reauthentication_window`; the user signs in once more. */
            403: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The provider is not configured. */
            409: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": "OK";
                };
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
        };
    };
    headLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
        };
    };
    exchangeToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description Which of several accounts, by the provider's id of it. Default: the one that was linked first. */
                    account?: string;
                    /** @description The name of the provider. */
                    audience: string;
                    /** @description RFC 7523. Each is accepted once. */
                    client_assertion?: string;
                    /** @constant */
                    client_assertion_type?: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                    client_id?: string;
                    client_secret?: string;
                    /** @constant */
                    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange";
                    /**
                     * @description For how many seconds the token is valid at least.
                     * @default 60
                     */
                    min_validity?: number;
                    /** @constant */
                    requested_token_type?: "urn:ietf:params:oauth:token-type:access_token";
                    /** @description What the token must cover, separated by blanks. */
                    scope?: string;
                    /** @description An access token of a session that has not ended; or the id of a user, of a client with `offline`. */
                    subject_token: string;
                    /** @enum {string} */
                    subject_token_type: "urn:ietf:params:oauth:token-type:access_token" | "urn:ietf:params:oauth:token-type:jwt" | "urn:vouchsafe:params:oauth:token-type:user-id";
                };
            };
        };
        responses: {
            /** @description The token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token: string;
                        /** @description Seconds, if the provider states them. */
                        expires_in?: number;
                        /** @constant */
                        issued_token_type: "urn:ietf:params:oauth:token-type:access_token";
                        /** @description All that the token covers. */
                        scope?: string;
                        /** @constant */
                        token_type: "Bearer";
                    };
                };
            };
            /** @description The request is refused; the code says why. */
            400: components["responses"]["OAuthError"];
            /** @description The client is not known, or did not prove who it is. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["ClientChallenge"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["OAuthError"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["OAuthError"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description More authentications failed from this address than `rate_limit.token_per_minute` allows. */
            429: components["responses"]["OAuthLater"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["OAuthError"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["OAuthLater"];
        };
    };
    getDescriptionPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
        };
    };
    getDescription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the description that the client has. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The description. */
            200: {
                headers: {
                    /** @description How long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Changes with the description. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description It is the one of `If-None-Match`. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
        };
    };
    listProviders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The configured providers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        providers: {
                            /** @description A name, or the URL of a picture. */
                            icon: string;
                            /** @description Whether the provider answered when it was last asked. */
                            isAnswering: boolean;
                            /** @enum {string} */
                            kind: "oidc" | "oauth2" | "oauth1";
                            /** @description For people. */
                            label: string;
                            /** @description For paths. */
                            name: string;
                        }[];
                    };
                };
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everything is ready. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ready: true;
                    };
                };
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description This node is not ready. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        failing: ("database" | "migrations" | "actors" | "shutdown")[];
                        /** @constant */
                        ready: false;
                    };
                };
            };
        };
    };
    headReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description This node is not ready. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    signInPage: {
        parameters: {
            query?: {
                /** @description The S256 challenge of a verifier (RFC 7636). The sign-in then ends with a one-time `code` for `POST /token/exchange`; without it, with a refresh token in the URL. */
                codeChallenge?: components["parameters"]["CodeChallenge"];
                /** @description The button that was used. */
                provider?: string;
                /** @description Where the browser returns to: a URL that `client.allowed_redirect_urls` allows. Default: `client.url`. */
                redirectTo?: components["parameters"]["RedirectTo"];
                /** @description Comes back to the app unchanged. */
                state?: components["parameters"]["State"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description To the start: a button was used. */
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is wrong, or `redirectTo` is not allowed. */
            400: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    signInWithIdToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdTokenRequest"];
            };
        };
        responses: {
            /** @description The session; none while the e-mail address must be verified first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        session?: components["schemas"]["Session"];
                    };
                };
            };
            /** @description The body or the id_token is wrong, or a role is not allowed. */
            400: components["responses"]["Error"];
            /** @description The user may not sign in. */
            401: components["responses"]["Unauthorized"];
            /** @description Sign-up is disabled. */
            403: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The provider is not configured, or takes no id_tokens. */
            409: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    signIn: {
        parameters: {
            query?: {
                /** @description Passed on likewise: how the user is to be authenticated. */
                acr_values?: components["parameters"]["AcrValues"];
                /** @description The roles of a new user; each must be one of `sign_up.allowed_roles`. */
                allowedRoles?: components["parameters"]["AllowedRoles"];
                /** @description The S256 challenge of a verifier (RFC 7636). The sign-in then ends with a one-time `code` for `POST /token/exchange`; without it, with a refresh token in the URL. */
                codeChallenge?: components["parameters"]["CodeChallenge"];
                /** @description An access token: links instead of signing in. Off if `compat.connect_in_url` is. */
                connect?: string;
                /** @description WorkOS: the connection. */
                connection?: components["parameters"]["Connection"];
                /** @description The default role of a new user. */
                defaultRole?: components["parameters"]["DefaultRole"];
                /** @description The name of a new user, instead of the provider's. */
                displayName?: components["parameters"]["DisplayName"];
                /** @description The language of a new user. */
                locale?: components["parameters"]["Locale"];
                /** @description Passed on likewise: who is expected to sign in. */
                login_hint?: components["parameters"]["LoginHint"];
                /** @description Passed on likewise: how many seconds ago the provider may have authenticated the user. The id_token must prove it. */
                max_age?: components["parameters"]["MaxAge"];
                /** @description What the app wants to keep about a new user: a JSON object. */
                metadata?: components["parameters"]["Metadata"];
                /** @description WorkOS: the organization. */
                organization?: components["parameters"]["Organization"];
                /** @description Passed on to providers that document it, such as `consent` or `select_account` (OpenID Connect Core section 3.1.2.1). */
                prompt?: components["parameters"]["Prompt"];
                /** @description Where the browser returns to: a URL that `client.allowed_redirect_urls` allows. Default: `client.url`. */
                redirectTo?: components["parameters"]["RedirectTo"];
                /** @description Further scopes to request, separated by spaces or commas: of `providers.NAME.scopes` or `providers.NAME.allowed_scopes`. */
                scopes?: components["parameters"]["Scopes"];
                /** @description Comes back to the app unchanged. */
                state?: components["parameters"]["State"];
                /** @description Passed on likewise: the languages of the provider's pages. */
                ui_locales?: components["parameters"]["UiLocales"];
            };
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To a script (`Accept: application/json` without `text/html`): the provider's page. The flow's cookie comes with the answer, so the script asks with credentials. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthorizationUrl"];
                };
            };
            /** @description To the provider, with the flow's cookie; or to the app with `error`, `errorDescription` and `flow`. */
            302: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is wrong, or `redirectTo` or a scope is not allowed. To a script, also why the sign-in cannot start. */
            400: components["responses"]["Error"];
            /** @description To a script: `connect` is no valid access token, or the user may not sign in. */
            401: components["responses"]["Unauthorized"];
            /** @description To a script: sign-up is disabled. */
            403: components["responses"]["Error"];
            /** @description To a script: the provider is not configured. */
            409: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    callback: {
        parameters: {
            query: {
                /** @description The authorization code. */
                code?: string;
                /** @description Twitter: the request token of a denied consent. */
                denied?: string;
                /** @description The provider's error (RFC 6749). */
                error?: string;
                /** @description The same in words. */
                error_description?: string;
                /** @description The same as a URL. */
                error_uri?: string;
                /** @description The issuer (RFC 9207). */
                iss?: string;
                /** @description OAuth 1.0a: the request token. */
                oauth_token?: string;
                /** @description OAuth 1.0a: the verifier. */
                oauth_verifier?: string;
                /** @description The flow. */
                state: components["parameters"]["CallbackState"];
                /** @description Apple: the user's name, as JSON. */
                user?: string;
            };
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To the app with `code` or `refreshToken` and the app's `state`, or with `error`, `errorDescription` and `flow`; or to the page that confirms a link. */
            302: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description This is not a callback of a provider. */
            400: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    callbackForm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["CallbackForm"];
            };
        };
        responses: {
            /** @description As with `GET`. */
            302: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description To this URL: the form travels in a cookie, because browsers send the flow's cookie with navigations only. */
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description This is not a callback of a provider. */
            400: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    takeProviderTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description With the same key the same session gets a lost answer again, for a short while. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The provider's tokens. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderSession"];
                };
            };
            /** @description There are none: none were kept, or they were fetched or expired. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    all?: boolean | null;
                    refreshToken?: string | null;
                };
            };
        };
        responses: {
            /** @description Signed out. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": "OK";
                };
            };
            /** @description `refreshToken` is missing; with `all`, the access token. */
            400: components["responses"]["Error"];
            /** @description With `all`: the session of the access token has ended. */
            401: components["responses"]["Unauthorized"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    signUpWithIdToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdTokenRequest"];
            };
        };
        responses: {
            /** @description The session; none while the e-mail address must be verified first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        session?: components["schemas"]["Session"];
                    };
                };
            };
            /** @description The body or the id_token is wrong, or a role is not allowed. */
            400: components["responses"]["Error"];
            /** @description The user may not sign in. */
            401: components["responses"]["Unauthorized"];
            /** @description Sign-up is disabled. */
            403: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The user exists, or the provider is not configured. */
            409: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    signUp: {
        parameters: {
            query?: {
                /** @description Passed on likewise: how the user is to be authenticated. */
                acr_values?: components["parameters"]["AcrValues"];
                /** @description The roles of a new user; each must be one of `sign_up.allowed_roles`. */
                allowedRoles?: components["parameters"]["AllowedRoles"];
                /** @description The S256 challenge of a verifier (RFC 7636). The sign-in then ends with a one-time `code` for `POST /token/exchange`; without it, with a refresh token in the URL. */
                codeChallenge?: components["parameters"]["CodeChallenge"];
                /** @description WorkOS: the connection. */
                connection?: components["parameters"]["Connection"];
                /** @description The default role of a new user. */
                defaultRole?: components["parameters"]["DefaultRole"];
                /** @description The name of a new user, instead of the provider's. */
                displayName?: components["parameters"]["DisplayName"];
                /** @description The language of a new user. */
                locale?: components["parameters"]["Locale"];
                /** @description Passed on likewise: who is expected to sign in. */
                login_hint?: components["parameters"]["LoginHint"];
                /** @description Passed on likewise: how many seconds ago the provider may have authenticated the user. The id_token must prove it. */
                max_age?: components["parameters"]["MaxAge"];
                /** @description What the app wants to keep about a new user: a JSON object. */
                metadata?: components["parameters"]["Metadata"];
                /** @description WorkOS: the organization. */
                organization?: components["parameters"]["Organization"];
                /** @description Passed on to providers that document it, such as `consent` or `select_account` (OpenID Connect Core section 3.1.2.1). */
                prompt?: components["parameters"]["Prompt"];
                /** @description Where the browser returns to: a URL that `client.allowed_redirect_urls` allows. Default: `client.url`. */
                redirectTo?: components["parameters"]["RedirectTo"];
                /** @description Further scopes to request, separated by spaces or commas: of `providers.NAME.scopes` or `providers.NAME.allowed_scopes`. */
                scopes?: components["parameters"]["Scopes"];
                /** @description Comes back to the app unchanged. */
                state?: components["parameters"]["State"];
                /** @description Passed on likewise: the languages of the provider's pages. */
                ui_locales?: components["parameters"]["UiLocales"];
            };
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To a script (`Accept: application/json` without `text/html`): the provider's page. The flow's cookie comes with the answer, so the script asks with credentials. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthorizationUrl"];
                };
            };
            /** @description To the provider, with the flow's cookie; or to the app with `error`, `errorDescription` and `flow`. */
            302: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is wrong, or `redirectTo` or a scope is not allowed. To a script, also why the sign-in cannot start. */
            400: components["responses"]["Error"];
            /** @description To a script: sign-up is disabled. */
            403: components["responses"]["Error"];
            /** @description To a script: the provider is not configured. */
            409: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    refreshSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: uuid */
                    refreshToken: string;
                };
            };
        };
        responses: {
            /** @description The session with new tokens. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `refreshToken` is missing or no UUID. */
            400: components["responses"]["Error"];
            /** @description The refresh token is used, expired or unknown, or the user may not sign in. */
            401: components["responses"]["Unauthorized"];
            /** @description A hook of the embedding app refused. */
            403: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    exchangeCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The one-time code. */
                    code: string;
                    /** @description The verifier of the challenge (RFC 7636). */
                    codeVerifier: string;
                };
            };
        };
        responses: {
            /** @description The new session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /** @description The code is unknown, used or expired, or the verifier is another one's. */
            400: components["responses"]["Error"];
            /** @description The user may not sign in. */
            401: components["responses"]["Unauthorized"];
            /** @description A hook of the embedding app refused. */
            403: components["responses"]["Error"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    refreshProviderTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    refreshToken: string;
                };
            };
        };
        responses: {
            /** @description New tokens of the provider. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderSession"];
                };
            };
            /** @description The provider refused, or has no refresh tokens. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The provider is not configured. */
            409: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    verifyToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description The token to verify, instead of the bearer; it may begin with `Bearer `. */
                    token?: string | null;
                };
            };
        };
        responses: {
            /** @description The token is valid. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": "OK";
                };
            };
            /** @description The token is not valid, or there is none. */
            400: components["responses"]["Error"];
            /** @description The session of the bearer has ended, or the user may not sign in. */
            401: components["responses"]["Unauthorized"];
            /** @description The body took longer than `server.body_timeout`. */
            408: components["responses"]["Error"];
            /** @description The body has more than 64 KiB. */
            413: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The signed-in user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description With `nhost.conceal_errors`: the user may not sign in. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    listIdentities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The identities. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        providers: {
                            /** Format: date-time */
                            createdAt: string;
                            email: string | null;
                            /** @description Whether the provider states that the user controls the address. */
                            emailVerified: boolean;
                            /** Format: uuid */
                            id: string;
                            /** Format: date-time */
                            lastSeenAt: string;
                            /** @description The name of the provider. */
                            provider: string;
                            /** @description The provider's id of the user. */
                            providerUserId: string;
                        }[];
                    };
                };
            };
            /** @description With `nhost.conceal_errors`: the user may not sign in. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    unlinkProvider: {
        parameters: {
            query?: {
                /** @description The `providerUserId` of the one account to unlink. Without it all of the provider are. */
                account?: string;
            };
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Unlinked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": "OK";
                };
            };
            /** @description There is no such provider. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description The session began longer ago than `session.reauthentication_window`; the user signs in once more. */
            403: components["responses"]["Error"];
            /** @description The provider, or this account there, is not linked. */
            404: components["responses"]["Error"];
            /** @description It is the only way to sign in to the account. */
            409: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    getProviderToken: {
        parameters: {
            query?: {
                /** @description The `providerUserId` of one of several accounts at the provider. Default: the one that was linked first. */
                account?: string;
                /** @description For how many seconds the token must be valid at least. Half of its lifetime is always enough. */
                min_validity?: number;
                /** @description What the token must give access to, separated by blanks or commas. */
                scopes?: string;
            };
            header?: never;
            path: {
                /** @description The name of a provider, as `GET /providers` lists it. */
                provider: components["parameters"]["Provider"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accessToken: string;
                        /**
                         * Format: date-time
                         * @description Null if the provider states no lifetime.
                         */
                        expiresAt: string | null;
                        /** @description In seconds, from now on. */
                        expiresIn: number | null;
                        /** @description What was granted. */
                        scopes: string[];
                        /** @constant */
                        tokenType: "Bearer";
                    };
                };
            };
            /** @description A parameter is wrong, there is no such provider, or its tokens are handed out once and not kept. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description `missing-scopes`: the user grants them by going to `url`. */
            403: components["responses"]["Error"];
            /** @description There are no kept tokens of such an account. */
            404: components["responses"]["Error"];
            /** @description `needs-reauthorization`: the tokens cannot be used any more; the user signs in once more at `url`. */
            409: components["responses"]["Error"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions that have not ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessions: {
                            /** Format: date-time */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description If it is not used until then.
                             */
                            expiresAt: string;
                            /**
                             * Format: uuid
                             * @description The `refreshTokenId` of the session.
                             */
                            id: string;
                            /** @description Whether it is the session of the access token. */
                            isCurrent: boolean;
                            /** Format: date-time */
                            lastUsedAt: string;
                        }[];
                    };
                };
            };
            /** @description With `nhost.conceal_errors`: the user may not sign in. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a session of the user. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": "OK";
                };
            };
            /** @description `id` is no UUID. */
            400: components["responses"]["Error"];
            401: components["responses"]["Unauthorized"];
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description The client sent more requests than `rate_limit` allows. */
            429: components["responses"]["Later"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
            /** @description The service is busy, or something that it needs is out of reach. */
            503: components["responses"]["Later"];
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: string;
                    };
                };
            };
            /** @description Development mode answers only on this machine's own names. */
            421: components["responses"]["Error"];
            /** @description An error of this service; its log says more. */
            500: components["responses"]["Error"];
        };
    };
}
