## Every page

page-terms = Användarvillkor
page-privacy = Integritet
page-imprint = Om tjänsten
page-contact = Kontakt:
page-legal = Juridisk information

## Sign-in page

sign-in-title = Logga in
sign-in-button = Fortsätt med { $provider }
sign-in-last-used = Senast använd
sign-in-not-answering = Svarar inte just nu
sign-in-none = Det går inte att logga in än
sign-in-none-next = Ingen inloggningstjänst är inställd. Om du driver den här tjänsten, lägg till en i dess inställningar, i ett avsnitt som [providers.google].
