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

## Error pages: a title and a sentence for each error

error-invalid-request = Diese Anfrage kann nicht beantwortet werden
error-invalid-request-what = Etwas darin fehlt oder ist nicht erlaubt.
error-return-url-not-allowed = Die Rückkehradresse ist nicht erlaubt
error-return-url-not-allowed-what = Die Anmeldung hat nicht begonnen, weil sie an einer Adresse geendet hätte, die für { $name } nicht eingetragen ist.
error-provider-not-available = Diese Anmeldung ist nicht verfügbar
error-provider-not-available-what = { $name } bietet sie zurzeit nicht an.
error-invalid-state = Diese Anmeldung kann nicht fortgesetzt werden
error-invalid-state-what = Sie ist bereits abgeschlossen, oder sie hat in einem anderen Browser begonnen.
error-flow-expired = Diese Anmeldung ist abgelaufen
error-flow-expired-what = Sie war länger offen, als eine Anmeldung dauern darf.
error-ticket-not-valid = Diese Anmeldung ist abgeschlossen oder abgelaufen
error-ticket-not-valid-what = Es ist nichts mehr da, womit sie fortgesetzt werden könnte.
error-consent-denied = Sie haben sich gegen die Anmeldung entschieden
error-consent-denied-what = Der Anbieter hat nichts an { $name } weitergegeben.
error-provider-error = Der Anbieter hat die Anmeldung nicht bestätigt
error-provider-error-what = Er hat mit einem Fehler oder unvollständig geantwortet.
error-sign-in-required = Bitte melden Sie sich zuerst an
error-sign-in-required-what = Sie sind nicht angemeldet, oder Ihre Sitzung ist beendet.
error-session-not-fresh = Bitte melden Sie sich noch einmal an
error-session-not-fresh-what = Für diese Änderung muss die Anmeldung kurze Zeit zurückliegen.
error-link-expired = Hier ist nichts mehr zu bestätigen
error-link-expired-what = Die Frage wurde schon beantwortet oder war länger als fünf Minuten offen. Ohne Antwort wurde nichts verknüpft.
error-other-page = Diese Antwort kam von einer anderen Seite
error-other-page-what = Sie wurde nicht verwendet, und es wurde nichts geändert.
error-user-disabled = Dieses Konto ist gesperrt
error-user-disabled-what = Zurzeit kann sich niemand damit anmelden.
error-user-unverified = Die E-Mail-Adresse ist noch nicht bestätigt
error-user-unverified-what = Sie muss bestätigt werden, bevor dieses Konto benutzt werden kann.
error-sign-up-disabled = Zu dieser Anmeldung gibt es kein Konto
error-sign-up-disabled-what = { $name } nimmt zurzeit keine neuen Konten an.
error-rejected-by-app = Dieses Konto wurde nicht angelegt
error-rejected-by-app-what = { $name } hat es nicht angenommen.
error-user-unknown = Zu dieser Anmeldung gibt es kein Konto
error-user-unknown-what = Vielleicht haben Sie sich früher auf einem anderen Weg angemeldet.
error-user-already-exists = Es gibt bereits ein Konto
error-user-already-exists-what = Melden Sie sich an wie bisher; in Ihrem Konto können Sie diese Anmeldung dann verknüpfen.
error-already-linked = Diese Anmeldung ist bereits verknüpft
error-already-linked-what = Sie gehört zu einem Konto bei { $name }, und es wurde nichts geändert.
error-role-not-allowed = Diese Rolle ist nicht erlaubt
error-role-not-allowed-what = { $name } hat eine Rolle verlangt, die nicht vergeben werden darf.
error-not-found = Unter dieser Adresse gibt es nichts
error-not-found-what = Vielleicht ist die Adresse unvollständig, oder die Seite ist umgezogen.
error-method-not-allowed = Diese Adresse ist keine Seite
error-method-not-allowed-what = Programme benutzen sie auf andere Weise.
error-body-timeout = Die Anfrage hat zu lange gedauert
error-body-timeout-what = Sie ist nicht rechtzeitig vollständig angekommen.
error-body-too-large = Die Anfrage ist zu groß
error-body-too-large-what = Sie enthält mehr, als hier angenommen werden kann.
error-too-many-requests = Zu viele Anfragen
error-too-many-requests-what = Aus diesem Netz kamen mehr Anfragen, als in einer Minute erlaubt sind.
error-host-not-allowed = Dieser Hostname wird nicht bedient
error-host-not-allowed-what = Im Entwicklungsmodus gelten nur Namen dieses Rechners, wie localhost.
error-unavailable = Das ist im Augenblick nicht möglich
error-unavailable-what = Der Dienst ist ausgelastet, oder etwas, das er braucht, antwortet nicht.
error-internal = Hier ist etwas schiefgegangen
error-internal-what = Die Ursache liegt in diesem Dienst, nicht bei Ihnen.

error-next-again = Sie können noch einmal beginnen; es dauert nur einen Augenblick.
error-next-another = Sie können sich auf einem anderen Weg anmelden.
error-next-moment = Versuchen Sie es gleich noch einmal.
error-next-wait = Versuchen Sie es in { $seconds } Sekunden noch einmal.
error-next-back = Gehen Sie zurück zu { $name } und beginnen Sie dort.
error-next-sign-in = Melden Sie sich bei { $name } an und versuchen Sie es dort noch einmal.
error-next-ask = Wenn es wieder geschieht, fragen Sie, wer den Dienst betreibt, und nennen Sie die Angaben unten.

error-action-again = Noch einmal beginnen
error-action-another = Anderen Weg wählen
error-action-retry = Noch einmal versuchen
error-action-back = Zurück zu { $name }

error-fact-reason = Grund
error-fact-code = Code
error-fact-flow = Anmeldung
error-fact-request = Anfrage
error-fact-contact = Hilfe

## Link page

link-title = { $provider } mit Ihrem Konto verknüpfen?
link-asks = { $name } fragt, ob diese beiden verknüpft werden sollen:
link-identity = Ihr Konto bei { $provider }
link-account = Ihr Konto bei { $name }
link-meaning = Wer sich mit diesem Konto bei { $provider } anmeldet, kommt dann in Ihr Konto bei { $name }. Sie können die Verknüpfung dort später entfernen.
link-warning = Wenn Sie das nicht veranlasst haben oder eines der beiden nicht Ihres ist, verknüpfen Sie sie nicht.
link-yes = Verknüpfen
link-no = Nicht verknüpfen
