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
