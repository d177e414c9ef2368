## Every page

page-terms = Conditions d’utilisation
page-privacy = Confidentialité
page-imprint = Mentions légales
page-contact = Contact :
page-legal = Informations légales

## Sign-in page

sign-in-title = Se connecter
sign-in-button = Continuer avec { $provider }
sign-in-last-used = Dernier utilisé
sign-in-not-answering = Ne répond pas pour le moment
sign-in-none = Aucun moyen de connexion n’est encore disponible
sign-in-none-next = Aucun fournisseur de connexion n’est configuré. Si vous exploitez ce service, ajoutez-en un à ses paramètres, dans une section comme [providers.google].

## Error pages: a title and a sentence for each error

error-invalid-request = Cette demande ne peut pas être traitée
error-invalid-request-what = Il y manque quelque chose, ou quelque chose n’y est pas autorisé.
error-return-url-not-allowed = L’adresse de retour n’est pas autorisée
error-return-url-not-allowed-what = La connexion n’a pas commencé, car elle se serait terminée à une adresse qui n’est pas enregistrée pour { $name }.
error-provider-not-available = Ce moyen de connexion n’est pas disponible
error-provider-not-available-what = { $name } ne le propose pas en ce moment.
error-invalid-state = Cette connexion ne peut pas continuer
error-invalid-state-what = Elle est déjà terminée, ou elle a commencé dans un autre navigateur.
error-flow-expired = Cette connexion a expiré
error-flow-expired-what = Elle est restée ouverte plus longtemps que la durée permise.
error-ticket-not-valid = Cette connexion est terminée ou a expiré
error-ticket-not-valid-what = Il n’en reste rien pour continuer.
error-consent-denied = Vous avez choisi de ne pas vous connecter
error-consent-denied-what = Le fournisseur n’a rien transmis à { $name }.
error-provider-error = Le fournisseur n’a pas confirmé la connexion
error-provider-error-what = Il a répondu par une erreur, ou sa réponse était incomplète.
error-sign-in-required = Connectez-vous d’abord
error-sign-in-required-what = Vous n’êtes pas connecté, ou votre session est terminée.
error-session-not-fresh = Connectez-vous encore une fois
error-session-not-fresh-what = Cette modification exige une connexion récente.
error-link-expired = Il n’y a plus rien à confirmer
error-link-expired-what = Une réponse a déjà été donnée, ou la question est restée ouverte plus de cinq minutes. Sans réponse, rien n’a été associé.
error-other-page = Cette réponse vient d’une autre page
error-other-page-what = Elle n’a pas été utilisée, et rien n’a été modifié.
error-user-disabled = Ce compte est désactivé
error-user-disabled-what = Personne ne peut s’y connecter en ce moment.
error-user-unverified = L’adresse e-mail n’est pas encore vérifiée
error-user-unverified-what = Elle doit être vérifiée avant que ce compte puisse être utilisé.
error-sign-up-disabled = Il n’y a pas de compte pour cette connexion
error-sign-up-disabled-what = { $name } n’accepte pas de nouveaux comptes en ce moment.
error-rejected-by-app = Ce compte n’a pas été créé
error-rejected-by-app-what = { $name } ne l’a pas accepté.
error-user-unknown = Il n’y a pas de compte pour cette connexion
error-user-unknown-what = Vous avez peut-être utilisé un autre moyen de connexion auparavant.
error-user-already-exists = Il existe déjà un compte
error-user-already-exists-what = Connectez-vous comme auparavant ; vous pourrez ensuite associer cette connexion dans votre compte.
error-already-linked = Cette connexion est déjà associée
error-already-linked-what = Elle appartient à un compte de { $name }, et rien n’a été modifié.
error-role-not-allowed = Ce rôle n’est pas autorisé
error-role-not-allowed-what = { $name } a demandé un rôle qui ne peut pas être attribué.
error-not-found = Il n’y a rien à cette adresse
error-not-found-what = L’adresse est peut-être incomplète, ou la page a été déplacée.
error-method-not-allowed = Cette adresse n’est pas une page
error-method-not-allowed-what = Des programmes l’utilisent d’une autre manière.
error-body-timeout = La demande a pris trop de temps
error-body-timeout-what = Elle n’est pas arrivée en entier à temps.
error-body-too-large = La demande est trop volumineuse
error-body-too-large-what = Elle contient plus que ce qui peut être reçu ici.
error-too-many-requests = Trop de demandes
error-too-many-requests-what = Ce réseau a envoyé plus de demandes qu’il n’est permis en une minute.
error-host-not-allowed = Ce nom d’hôte n’est pas desservi
error-host-not-allowed-what = En mode développement, seuls les noms de cette machine le sont, comme localhost.
error-unavailable = Ce n’est pas possible en ce moment
error-unavailable-what = Le service est occupé, ou quelque chose dont il a besoin ne répond pas.
error-internal = Une erreur s’est produite ici
error-internal-what = La cause se trouve dans ce service, pas dans ce que vous avez fait.

error-next-again = Vous pouvez recommencer ; cela ne prend qu’un instant.
error-next-another = Vous pouvez choisir un autre moyen de connexion.
error-next-moment = Réessayez dans un instant.
error-next-wait = Réessayez dans { $seconds } secondes.
error-next-back = Retournez à { $name } et recommencez à partir de là.
error-next-sign-in = Connectez-vous à { $name } et réessayez à partir de là.
error-next-ask = Si cela se reproduit, adressez-vous à l’exploitant du service en indiquant ce qui suit.

error-action-again = Recommencer
error-action-another = Choisir un autre moyen
error-action-retry = Réessayer
error-action-back = Retour à { $name }

error-fact-reason = Raison
error-fact-code = Code
error-fact-flow = Connexion
error-fact-request = Demande
error-fact-contact = Aide

## Link page

link-title = Associer { $provider } à votre compte ?
link-asks = { $name } demande s’il faut associer ces deux comptes :
link-identity = Votre compte chez { $provider }
link-account = Votre compte chez { $name }
link-meaning = Quiconque se connecte avec ce compte { $provider } accède alors à votre compte chez { $name }. Vous pourrez y retirer cette association plus tard.
link-warning = Si vous n’avez pas demandé cela, ou si l’un des deux n’est pas le vôtre, ne les associez pas.
link-yes = Associer
link-no = Ne pas associer
