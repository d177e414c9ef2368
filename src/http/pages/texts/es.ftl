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

## Error pages: a title and a sentence for each error

error-invalid-request = No se puede responder a esta solicitud
error-invalid-request-what = Le falta algo, o algo en ella no está permitido.
error-return-url-not-allowed = La dirección de retorno no está permitida
error-return-url-not-allowed-what = El inicio de sesión no comenzó porque habría terminado en una dirección que no está registrada para { $name }.
error-provider-not-available = Esta forma de iniciar sesión no está disponible
error-provider-not-available-what = { $name } no la ofrece en este momento.
error-invalid-state = Este inicio de sesión no puede continuar
error-invalid-state-what = Ya se completó, o comenzó en otro navegador.
error-flow-expired = Este inicio de sesión ha caducado
error-flow-expired-what = Estuvo abierto más tiempo del que puede durar.
error-ticket-not-valid = Este inicio de sesión se completó o ha caducado
error-ticket-not-valid-what = No queda nada con que continuar.
error-consent-denied = Ha decidido no iniciar sesión
error-consent-denied-what = El proveedor no ha compartido nada con { $name }.
error-provider-error = El proveedor no confirmó el inicio de sesión
error-provider-error-what = Respondió con un error, o su respuesta estaba incompleta.
error-sign-in-required = Primero inicie sesión
error-sign-in-required-what = No ha iniciado sesión, o su sesión ha terminado.
error-session-not-fresh = Inicie sesión una vez más
error-session-not-fresh-what = Este cambio requiere un inicio de sesión reciente.
error-link-expired = Ya no hay nada que confirmar
error-link-expired-what = Ya se respondió, o la pregunta estuvo abierta más de cinco minutos. Sin respuesta no se vinculó nada.
error-other-page = Esta respuesta vino de otra página
error-other-page-what = No se utilizó, y no se cambió nada.
error-user-disabled = Esta cuenta está desactivada
error-user-disabled-what = Nadie puede iniciar sesión en ella en este momento.
error-user-unverified = La dirección de correo aún no está verificada
error-user-unverified-what = Debe verificarse antes de poder usar esta cuenta.
error-sign-up-disabled = No hay ninguna cuenta para este inicio de sesión
error-sign-up-disabled-what = { $name } no admite cuentas nuevas en este momento.
error-rejected-by-app = Esta cuenta no se creó
error-rejected-by-app-what = { $name } no la aceptó.
error-user-unknown = No hay ninguna cuenta para este inicio de sesión
error-user-unknown-what = Quizá usó antes otra forma de iniciar sesión.
error-user-already-exists = Ya existe una cuenta
error-user-already-exists-what = Inicie sesión como antes; después podrá vincular esta forma en su cuenta.
error-already-linked = Este inicio de sesión ya está vinculado
error-already-linked-what = Pertenece a una cuenta de { $name }, y no se cambió nada.
error-role-not-allowed = Este rol no está permitido
error-role-not-allowed-what = { $name } pidió un rol que no puede asignar.
error-not-found = No hay nada en esta dirección
error-not-found-what = Quizá la dirección está incompleta, o la página se ha trasladado.
error-method-not-allowed = Esta dirección no es una página
error-method-not-allowed-what = Los programas la usan de otra manera.
error-body-timeout = La solicitud tardó demasiado
error-body-timeout-what = No llegó completa a tiempo.
error-body-too-large = La solicitud es demasiado grande
error-body-too-large-what = Contiene más de lo que se puede recibir aquí.
error-too-many-requests = Demasiadas solicitudes
error-too-many-requests-what = Desde esta red llegaron más solicitudes de las permitidas en un minuto.
error-host-not-allowed = Este nombre de host no se atiende
error-host-not-allowed-what = En modo de desarrollo solo valen los nombres de esta máquina, como localhost.
error-unavailable = Esto no es posible en este momento
error-unavailable-what = El servicio está ocupado, o algo que necesita no responde.
error-internal = Algo ha fallado aquí
error-internal-what = La causa está en este servicio, no en lo que usted hizo.

error-next-again = Puede empezar de nuevo; solo lleva un momento.
error-next-another = Puede elegir otra forma de iniciar sesión.
error-next-moment = Inténtelo de nuevo en un momento.
error-next-wait = Inténtelo de nuevo en { $seconds } segundos.
error-next-back = Vuelva a { $name } y empiece desde allí.
error-next-sign-in = Inicie sesión en { $name } e inténtelo de nuevo desde allí.
error-next-ask = Si vuelve a ocurrir, diríjase a quien opera el servicio e indique lo que sigue.

error-action-again = Empezar de nuevo
error-action-another = Elegir otra forma
error-action-retry = Intentar de nuevo
error-action-back = Volver a { $name }

error-fact-reason = Motivo
error-fact-code = Código
error-fact-flow = Inicio de sesión
error-fact-request = Solicitud
error-fact-contact = Ayuda

## Link page

link-title = ¿Vincular { $provider } a su cuenta?
link-asks = { $name } pregunta si deben vincularse estas dos cuentas:
link-identity = Su cuenta de { $provider }
link-account = Su cuenta de { $name }
link-meaning = Quien inicie sesión con esta cuenta de { $provider } entrará entonces en su cuenta de { $name }. Más adelante podrá quitar allí el vínculo.
link-warning = Si no lo ha pedido usted, o una de las dos no es suya, no las vincule.
link-yes = Vincular
link-no = No vincular
