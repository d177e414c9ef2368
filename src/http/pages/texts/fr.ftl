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
