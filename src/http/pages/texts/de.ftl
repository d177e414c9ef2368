## Every page

page-terms = Nutzungsbedingungen
page-privacy = Datenschutz
page-imprint = Impressum
page-contact = Kontakt:
page-legal = Rechtliches

## Sign-in page

sign-in-title = Anmelden
sign-in-button = Weiter mit { $provider }
sign-in-last-used = Zuletzt benutzt
sign-in-not-answering = Antwortet zurzeit nicht
sign-in-none = Noch ist keine Anmeldung möglich
sign-in-none-next = Es ist kein Anmeldedienst eingerichtet. Wenn Sie diesen Dienst betreiben, tragen Sie einen in die Einstellungen ein, in einen Abschnitt wie [providers.google].
