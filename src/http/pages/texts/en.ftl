## Every page

page-terms = Terms
page-privacy = Privacy
page-imprint = Imprint
page-contact = Contact:
page-legal = Legal information

## Sign-in page

sign-in-title = Sign in
sign-in-button = Continue with { $provider }
sign-in-last-used = Last used
sign-in-not-answering = Not answering at the moment
sign-in-none = There is no way to sign in yet
sign-in-none-next = No sign-in provider is set up. If you operate this service, add one to its settings, in a section such as [providers.google].

## Error pages: a title and a sentence for each error

error-invalid-request = This request cannot be answered
error-invalid-request-what = Something in it is missing or not allowed.
error-return-url-not-allowed = The address to return to is not allowed
error-return-url-not-allowed-what = The sign-in did not start, because it would have ended at an address that is not registered for { $name }.
error-provider-not-available = This way to sign in is not available
error-provider-not-available-what = { $name } does not offer it at the moment.
error-invalid-state = This sign-in cannot go on
error-invalid-state-what = It is complete already, or it began in another browser.
error-flow-expired = This sign-in has expired
error-flow-expired-what = It was open for longer than a sign-in may take.
error-ticket-not-valid = This sign-in is complete or has expired
error-ticket-not-valid-what = There is nothing left of it to go on with.
error-consent-denied = You chose not to sign in
error-consent-denied-what = The provider shared nothing with { $name }.
error-provider-error = The provider did not confirm the sign-in
error-provider-error-what = It answered with an error, or its answer was incomplete.
error-sign-in-required = Please sign in first
error-sign-in-required-what = You are not signed in, or your session has ended.
error-session-not-fresh = Please sign in once more
error-session-not-fresh-what = This change needs a sign-in of a short while ago.
error-link-expired = There is nothing to confirm any more
error-link-expired-what = This was answered already, or it was open for longer than five minutes. Without an answer nothing was linked.
error-other-page = This answer came from another page
error-other-page-what = It was not used, and nothing was changed.
error-user-disabled = This account is disabled
error-user-disabled-what = Nobody can sign in to it at the moment.
error-user-unverified = The e-mail address is not verified yet
error-user-unverified-what = It has to be verified before this account can be used.
error-sign-up-disabled = There is no account for this sign-in
error-sign-up-disabled-what = { $name } takes no new accounts at the moment.
error-rejected-by-app = This account was not created
error-rejected-by-app-what = { $name } did not accept it.
error-user-unknown = There is no account for this sign-in
error-user-unknown-what = Perhaps you used another way to sign in before.
error-user-already-exists = There is an account already
error-user-already-exists-what = Sign in the way you did before; in your account you can then link this one.
error-already-linked = This sign-in is linked already
error-already-linked-what = It belongs to an account of { $name }, and nothing was changed.
error-role-not-allowed = This role is not allowed
error-role-not-allowed-what = { $name } asked for a role that it may not give.
error-not-found = There is nothing at this address
error-not-found-what = Perhaps the address is incomplete, or the page has moved.
error-method-not-allowed = This address is no page
error-method-not-allowed-what = Programs use it in another way.
error-body-timeout = The request took too long
error-body-timeout-what = It did not arrive completely in time.
error-body-too-large = The request is too large
error-body-too-large-what = It holds more than can be received here.
error-too-many-requests = Too many requests
error-too-many-requests-what = More requests came from this network than are allowed within a minute.
error-host-not-allowed = This host name is not served
error-host-not-allowed-what = In development mode only names of this machine are, such as localhost.
error-unavailable = This does not work at the moment
error-unavailable-what = The service is busy, or something that it needs does not answer.
error-internal = Something went wrong here
error-internal-what = The cause is in this service, not in what you did.

error-next-again = You can start again; it takes a moment.
error-next-another = You can choose another way to sign in.
error-next-moment = Try again in a moment.
error-next-wait = Try again in { $seconds } seconds.
error-next-back = Go back to { $name } and start from there.
error-next-sign-in = Sign in at { $name } and try again from there.
error-next-ask = If this happens again, ask who operates the service and pass on what is below.

error-action-again = Start again
error-action-another = Choose another way
error-action-retry = Try again
error-action-back = Back to { $name }

error-fact-reason = Reason
error-fact-code = Code
error-fact-flow = Sign-in
error-fact-request = Request
error-fact-contact = Help

## Link page

link-title = Link { $provider } to your account?
link-asks = { $name } asks whether to link these two:
link-identity = Your account at { $provider }
link-account = Your account at { $name }
link-meaning = Whoever signs in with this { $provider } account then comes into your account at { $name }. You can remove the link there later.
link-warning = If you did not ask for this, or one of the two is not yours, do not link them.
link-yes = Link
link-no = Do not link
