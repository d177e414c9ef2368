## Every page

page-terms = Condiciones de uso
page-privacy = Privacidad
page-imprint = Aviso legal
page-contact = Contacto:
page-legal = Información legal

## Sign-in page

sign-in-title = Iniciar sesión
sign-in-button = Continuar con { $provider }
sign-in-last-used = Último usado
sign-in-not-answering = No responde en este momento
sign-in-none = Todavía no es posible iniciar sesión
sign-in-none-next = No hay ningún proveedor de inicio de sesión configurado. Si administra este servicio, añada uno a su configuración, en una sección como [providers.google].
