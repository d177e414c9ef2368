//! Events of sessions, vault entries, tickets and flows.

use super::label::label;

label! {
    /// What happened to a session.
    SessionEvent {
        /// It began: by a sign-in, or by the exchange of a one-time code.
        Begun = "begun",
        /// Its refresh token was exchanged.
        Refreshed = "refreshed",
        /// A used refresh token was presented, and the session was ended for it.
        Reused = "reused",
        /// It was ended by a sign-out.
        Ended = "ended",
        /// It was deleted after its time.
        Expired = "expired",
    }
}

label! {
    /// What happened to a provider's tokens in the vault.
    VaultEvent {
        /// They were stored.
        Stored = "stored",
        /// They were handed out. A repeated answer to one `Idempotency-Key` counts, too.
        Taken = "taken",
        /// They were deleted after their time; nobody had taken them.
        Expired = "expired",
    }
}

label! {
    /// What happened to the tokens of a grant, which the service keeps and refreshes.
    GrantEvent {
        /// A valid access token was handed out.
        HandedOut = "handed_out",
        /// The provider issued new tokens.
        Refreshed = "refreshed",
        /// A refresh brought no tokens; it is tried again.
        PutOff = "put_off",
        /// It was given up: the user has to sign in at the provider once more.
        Lost = "lost",
    }
}

label! {
    /// What happened to a ticket: a sign-in that the app, or a link that its user, has yet to complete.
    TicketEvent {
        /// It was stored.
        Stored = "stored",
        /// It was redeemed, or refused, and is spent.
        Taken = "taken",
        /// It was deleted after its time; nobody had taken it.
        Expired = "expired",
    }
}

label! {
    /// What became of a request of a backend for a provider's token.
    ExchangeOutcome {
        /// It got one.
        Issued = "issued",
        /// The request was malformed, or its subject token was not accepted.
        InvalidRequest = "invalid_request",
        /// The client did not prove who it is.
        InvalidClient = "invalid_client",
        /// The user has to consent at the provider, or has no account there.
        InvalidGrant = "invalid_grant",
        /// The client may not act for users without a session.
        UnauthorizedClient = "unauthorized_client",
        /// The request was not for a token exchange.
        UnsupportedGrantType = "unsupported_grant_type",
        /// The client may not ask for a scope, or the user has not granted it.
        InvalidScope = "invalid_scope",
        /// There are no tokens of this provider for the client.
        InvalidTarget = "invalid_target",
        /// The provider or the database did not answer, or too many authentications failed.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// An error of this service.
        ServerError = "server_error",
    }
}

label! {
    /// What became of an event for an actor of the embedding app.
    EventOutcome {
        /// The actor handled it.
        Delivered = "delivered",
        /// The actor's queue was full, or the actor had stopped.
        Dropped = "dropped",
    }
}

label! {
    /// What became of an attempt to deliver a webhook's message.
    WebhookEvent {
        /// The receiver confirmed it.
        Delivered = "delivered",
        /// It failed, and is made again.
        Postponed = "postponed",
        /// It failed, and is not made again.
        Failed = "failed",
    }
}

label! {
    /// What shares statements.
    BatchKind {
        /// Marking flows as used.
        MarkFlows = "mark_flows",
        /// Looking whether flows that ended here were used on another node.
        FindUsedFlows = "find_used_flows",
        /// Reading what sign-ins are decided by.
        FindFacts = "find_facts",
        /// Signing in users with an account.
        SignInKnownUsers = "sign_in_known_users",
        /// Creating accounts.
        CreateAccounts = "create_accounts",
        /// Sign-ins by transactions that share a commit (SQLite).
        SignIns = "sign_ins",
        /// Exchanging refresh tokens.
        RotateTokens = "rotate_tokens",
        /// Finding the users of one-time codes.
        FindCodeOwners = "find_code_owners",
        /// Exchanging one-time codes.
        ExchangeCodes = "exchange_codes",
        /// Finding the users of sessions.
        FindSessionOwners = "find_session_owners",
        /// Handing out the vault's tokens.
        TakeTokens = "take_tokens",
        /// Reading grants.
        FindGrants = "find_grants",
        /// Leasing grants that are to be refreshed.
        ClaimGrants = "claim_grants",
        /// Storing refreshed tokens.
        CompleteGrants = "complete_grants",
    }
}
