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

## Error pages: a title and a sentence for each error

error-invalid-request = Begäran kan inte besvaras
error-invalid-request-what = Något i den saknas eller är inte tillåtet.
error-return-url-not-allowed = Återvändsadressen är inte tillåten
error-return-url-not-allowed-what = Inloggningen började inte, eftersom den skulle ha slutat på en adress som inte är registrerad för { $name }.
error-provider-not-available = Det här sättet att logga in är inte tillgängligt
error-provider-not-available-what = { $name } erbjuder det inte just nu.
error-invalid-state = Den här inloggningen kan inte fortsätta
error-invalid-state-what = Den är redan klar, eller så började den i en annan webbläsare.
error-flow-expired = Den här inloggningen har gått ut
error-flow-expired-what = Den var öppen längre än en inloggning får ta.
error-ticket-not-valid = Den här inloggningen är klar eller har gått ut
error-ticket-not-valid-what = Det finns inget kvar att fortsätta med.
error-consent-denied = Du valde att inte logga in
error-consent-denied-what = Leverantören har inte delat något med { $name }.
error-provider-error = Leverantören bekräftade inte inloggningen
error-provider-error-what = Den svarade med ett fel, eller så var svaret ofullständigt.
error-sign-in-required = Logga in först
error-sign-in-required-what = Du är inte inloggad, eller så har din session avslutats.
error-session-not-fresh = Logga in en gång till
error-session-not-fresh-what = Ändringen kräver en inloggning från alldeles nyss.
error-link-expired = Det finns inget mer att bekräfta
error-link-expired-what = Frågan är redan besvarad, eller så var den öppen längre än fem minuter. Utan svar har inget kopplats.
error-other-page = Svaret kom från en annan sida
error-other-page-what = Det användes inte, och inget ändrades.
error-user-disabled = Det här kontot är avstängt
error-user-disabled-what = Ingen kan logga in på det just nu.
error-user-unverified = E-postadressen är inte bekräftad än
error-user-unverified-what = Den måste bekräftas innan kontot kan användas.
error-sign-up-disabled = Det finns inget konto för den här inloggningen
error-sign-up-disabled-what = { $name } tar inte emot nya konton just nu.
error-rejected-by-app = Kontot skapades inte
error-rejected-by-app-what = { $name } godtog det inte.
error-user-unknown = Det finns inget konto för den här inloggningen
error-user-unknown-what = Kanske loggade du in på ett annat sätt tidigare.
error-user-already-exists = Det finns redan ett konto
error-user-already-exists-what = Logga in som tidigare; i ditt konto kan du sedan koppla den här inloggningen.
error-already-linked = Den här inloggningen är redan kopplad
error-already-linked-what = Den hör till ett konto hos { $name }, och inget ändrades.
error-role-not-allowed = Rollen är inte tillåten
error-role-not-allowed-what = { $name } bad om en roll som inte får ges.
error-not-found = Det finns inget på den här adressen
error-not-found-what = Kanske är adressen ofullständig, eller så har sidan flyttats.
error-method-not-allowed = Den här adressen är ingen sida
error-method-not-allowed-what = Program använder den på ett annat sätt.
error-body-timeout = Begäran tog för lång tid
error-body-timeout-what = Den kom inte fram helt i tid.
error-body-too-large = Begäran är för stor
error-body-too-large-what = Den innehåller mer än vad som kan tas emot här.
error-too-many-requests = För många försök
error-too-many-requests-what = Från det här nätverket kom fler försök än vad som är tillåtet inom en minut.
error-host-not-allowed = Värdnamnet används inte här
error-host-not-allowed-what = I utvecklingsläge gäller bara den här datorns egna namn, som localhost.
error-unavailable = Det går inte just nu
error-unavailable-what = Tjänsten är upptagen, eller så svarar inte något som den behöver.
error-internal = Något gick fel här
error-internal-what = Orsaken finns i tjänsten, inte i det du gjorde.

error-next-again = Du kan börja om; det tar bara en stund.
error-next-another = Du kan välja ett annat sätt att logga in.
error-next-moment = Försök igen om en stund.
error-next-wait = Försök igen om { $seconds } sekunder.
error-next-back = Gå tillbaka till { $name } och börja därifrån.
error-next-sign-in = Logga in hos { $name } och försök igen därifrån.
error-next-ask = Om det händer igen, fråga den som driver tjänsten och lämna uppgifterna nedan.

error-action-again = Börja om
error-action-another = Välj ett annat sätt
error-action-retry = Försök igen
error-action-back = Tillbaka till { $name }

error-fact-reason = Orsak
error-fact-code = Kod
error-fact-flow = Inloggning
error-fact-request = Begäran
error-fact-contact = Hjälp

## Link page

link-title = Koppla { $provider } till ditt konto?
link-asks = { $name } frågar om de här två ska kopplas ihop:
link-identity = Ditt konto hos { $provider }
link-account = Ditt konto hos { $name }
link-meaning = Den som loggar in med det här kontot hos { $provider } kommer sedan in på ditt konto hos { $name }. Du kan ta bort kopplingen där senare.
link-warning = Om du inte har bett om det här, eller om något av dem inte är ditt, koppla dem inte.
link-yes = Koppla
link-no = Koppla inte
