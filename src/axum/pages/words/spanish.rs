//! Spanish.

use super::table::{ConfirmWords, EnterWords, OverWords, RefusedWords, Said, Words};
use crate::axum::pages::minutes::{Case, Unit, Units, one_or_many};

const START_AGAIN: &str = "Para iniciar sesión, empiece de nuevo desde su terminal.";
const NOTHING_CHANGED: &str = "No se ha aprobado ni rechazado nada.";
const OPEN_THE_LINK: &str =
    "No se ha aprobado ni rechazado nada. Abra el enlace de su terminal y decida en esa página.";
const NOT_YOU: &str = "Si usted no lo ha aprobado, avise de inmediato a los responsables de este servicio.";

pub(in crate::axum::pages) const SPANISH: Words = Words {
    lang: "es",
    dir: "ltr",
    units: Units { count, and: " y " },
    ago: "hace {time}",
    comma: ", ",
    error: "Error: ",
    confirm: ConfirmWords {
        title: "¿Permitir que una herramienta de línea de comandos inicie sesión?",
        failed: "No ha funcionado:",
        asks: "Una herramienta de línea de comandos pide iniciar sesión en <strong>{tenant}</strong> en su nombre.",
        everything: "Podrá hacer allí todo lo que usted puede hacer.",
        tenant: "Iniciar sesión en",
        account: "Como",
        who: "Quién lo pide",
        on: "{name} desde {address}",
        scope: "Pide acceso a",
        code: "Código",
        time_left: "Tiempo restante",
        beware: "¿Es su propia herramienta?",
        compare: "<strong>Compare el código de arriba con el de su terminal.</strong> Si son distintos, rechace el inicio de \
                  sesión.",
        someone_sent_a_link: "Continúe solo si usted mismo ha empezado este inicio de sesión, hace un momento, en un \
                              ordenador que tiene delante. Si alguien le ha enviado este enlace, rechácelo: sería <em>esa \
                              persona</em> quien entraría en su nombre.",
        someone_sent_a_code: "Continúe solo si usted mismo ha empezado este inicio de sesión, hace un momento, en un \
                              ordenador que tiene delante. Si alguien le ha enviado este código o enlace, rechácelo: sería \
                              <em>esa persona</em> quien entraría en su nombre.",
        not_signed_in: "Todavía no ha iniciado sesión aquí.",
        sign_in_first: "Iniciar sesión primero",
        token: "Token de actualización",
        token_hint: "El token de actualización (refresh token) de un usuario con sesión iniciada. Para rechazar, déjelo vacío.",
        word: "Palabra de control",
        word_hint: "Las cuatro letras que su terminal muestra como palabra de control (check word) o, si no, las cuatro últimas \
                    letras del código que aparece allí. Si no muestra ninguna de las dos, copie el enlace del terminal en la \
                    barra de direcciones.",
        approve: "Aprobar",
        deny: "Rechazar",
        token_missing: "falta el token de actualización. Escríbalo abajo.",
        sign_in_missing: "no ha iniciado sesión. Inicie sesión y abra de nuevo el enlace de su terminal.",
        not_shown: "esta página no se mostró para la cuenta con la que ha iniciado sesión ahora, o ha estado abierta demasiado \
                    tiempo. Compruebe la cuenta de abajo y decida de nuevo.",
        token_refused: "ese no es el token de actualización de un usuario con sesión iniciada. Compruébelo e inténtelo de \
                        nuevo.",
        account_refused: "su cuenta no puede aprobar inicios de sesión aquí. Inicie sesión con otra y abra de nuevo el enlace \
                          de su terminal.",
        word_missing: "falta la palabra de control. Su terminal la muestra.",
        word_wrong: "esa no es la palabra de control. Le quedan dos intentos.",
        word_wrong_once_more: "esa no es la palabra de control. Le queda un intento.",
    },
    enter: EnterWords {
        title: "Escriba el código de su terminal",
        malformed: "<strong>Eso no es un código.</strong> Un código tiene ocho letras, como <span \
                    class=\"whole\">BCDF-GHJK</span>, sin vocales ni cifras.",
        unknown: "<strong>Ningún inicio de sesión tiene ese código.</strong> Compárelo con el de su terminal. Si son iguales, el \
                  inicio de sesión ha terminado: empiece de nuevo allí.",
        too_many: "<strong>Demasiados códigos incorrectos.</strong> Espere {time} e inténtelo de nuevo. Hasta entonces tampoco \
                   se aceptan códigos correctos.",
        shown: "Su herramienta de línea de comandos muestra un código de ocho letras, como <span \
                class=\"whole\">BCDF-GHJK</span>.",
        beware: "Escriba solo un código que vea en un terminal que tiene delante, en un inicio de sesión que ha empezado usted \
                 mismo. Si alguien le ha enviado un código, no lo escriba: sería <em>esa persona</em> quien entraría en su \
                 nombre.",
        code: "Código",
        hint: "En mayúsculas o minúsculas, con o sin guion. También puede pegar el enlace completo de su terminal.",
        go_on: "Continuar",
    },
    first: Said {
        title: "Iniciar sesión primero",
        text: "Todavía no ha iniciado sesión aquí. Una herramienta de línea de comandos pide iniciar sesión en su nombre.",
        advice: "Continúe solo si usted mismo ha empezado este inicio de sesión, hace un momento, en un ordenador que tiene \
                 delante.",
    },
    approved: Said {
        title: "Aprobado",
        text: "Ha permitido que la herramienta de línea de comandos inicie sesión en <strong>{tenant}</strong>.",
        advice: "Puede cerrar esta página y volver a su terminal.",
    },
    approved_as: "Ha permitido que la herramienta de línea de comandos inicie sesión en <strong>{tenant}</strong> como \
                  <strong>{account}</strong>.",
    undo: "No he sido yo",
    undo_hint: "Si usted no ha empezado este inicio de sesión, retire su aprobación de inmediato.",
    to_the_tool: "Continuar a su herramienta",
    leads_back: "En un momento, esta página le lleva de vuelta a su herramienta, que entonces continúa. Si no, use \
                 el botón.",
    denied: Said {
        title: "Rechazado",
        text: "La herramienta de línea de comandos no ha iniciado sesión en <strong>{tenant}</strong>.",
        advice: "Puede cerrar esta página. Si usted no ha empezado este inicio de sesión, puede que alguien haya intentado \
                 entrar en su nombre: avise a los responsables de este servicio.",
    },
    gave_up: Said {
        title: "Palabra de control incorrecta",
        text: "La palabra de control ha sido incorrecta tres veces, así que se ha rechazado el inicio de sesión. La herramienta \
               de línea de comandos no ha iniciado sesión en <strong>{tenant}</strong>.",
        advice: START_AGAIN,
    },
    withdrawn: Said {
        title: "Aprobación retirada",
        text: "La herramienta de línea de comandos no ha iniciado sesión en <strong>{tenant}</strong>.",
        advice: "Puede cerrar esta página. Puede que alguien haya intentado entrar en su nombre: avise a los responsables de \
                 este servicio.",
    },
    withdrawn_late: Said {
        title: "Aprobación retirada",
        text: "La herramienta de línea de comandos ya había iniciado sesión en <strong>{tenant}</strong>. Se ha ordenado al \
               servicio que la cierre.",
        advice: "Puede que alguien haya entrado en su nombre: avise de inmediato a los responsables de este servicio.",
    },
    withdrawn_in_vain: Said {
        title: "Aprobación retirada demasiado tarde",
        text: "La herramienta de línea de comandos ya había iniciado sesión en <strong>{tenant}</strong>, y esta \
               página no puede cerrarla.",
        advice: "Puede que alguien haya entrado en su nombre: avise de inmediato a los responsables de este \
                 servicio, y cierre la sesión de la herramienta donde el servicio lo permita.",
    },
    over: OverWords {
        completed: Said {
            title: "Ya aprobado",
            text: "Este inicio de sesión se ha aprobado. Su terminal continuará en un momento.",
            advice: NOT_YOU,
        },
        completing: Said {
            title: "Aprobándose",
            text: "Este inicio de sesión se está aprobando ahora mismo. Vuelva a cargar la página para ver el resultado.",
            advice: NOT_YOU,
        },
        redeemed: Said {
            title: "Ya aprobado",
            text: "Este inicio de sesión se ha aprobado, y la herramienta de línea de comandos ya tiene la sesión iniciada.",
            advice: NOT_YOU,
        },
        denied: Said {
            title: "Ya rechazado",
            text: "Este inicio de sesión se ha rechazado. La herramienta de línea de comandos no ha iniciado sesión.",
            advice: START_AGAIN,
        },
        cancelled: Said {
            title: "Cancelado",
            text: "La herramienta de línea de comandos ha cancelado este inicio de sesión.",
            advice: START_AGAIN,
        },
        expired: Said { title: "Caducado", text: "Este inicio de sesión ha caducado.", advice: START_AGAIN },
        unknown: Said {
            title: "No existe ese inicio de sesión",
            text: "Ningún inicio de sesión corresponde a este enlace. Puede que el enlace esté incompleto o que haya terminado \
                   hace tiempo.",
            advice: START_AGAIN,
        },
    },
    refused: RefusedWords {
        bad_form: Said {
            title: "No ha funcionado",
            text: "Lo que ha enviado su navegador no es lo que espera esta página.",
            advice: OPEN_THE_LINK,
        },
        too_large: Said {
            title: "Demasiados datos",
            text: "Lo que ha enviado su navegador es más de lo que acepta esta página.",
            advice: NOTHING_CHANGED,
        },
        other_site: Said {
            title: "Solicitud de otro sitio",
            text: "Esta solicitud viene de otro sitio, o su navegador no ha indicado su origen.",
            advice: OPEN_THE_LINK,
        },
        bad_host: Said {
            title: "No ha funcionado",
            text: "La solicitud de su navegador no nombra exactamente un sitio.",
            advice: OPEN_THE_LINK,
        },
        other_host: Said {
            title: "No en esta dirección",
            text: "Esta página existe, pero en otra dirección que la de su navegador.",
            advice: "No se ha aprobado ni rechazado nada. Abra el enlace exactamente como lo muestra su terminal.",
        },
        method: Said {
            title: "Aquí no es posible",
            text: "Esta página solo se puede abrir, o enviar su formulario.",
            advice: NOTHING_CHANGED,
        },
        unavailable: Said {
            title: "No disponible por el momento",
            text: "El servicio no puede procesar su solicitud en este momento.",
            advice: "No se ha aprobado ni rechazado nada. Inténtelo de nuevo en un momento.",
        },
    },
};

fn count(number: u64, unit: Unit, _: Case) -> String {
    match unit {
        Unit::Second => one_or_many(number, "segundo", "segundos"),
        Unit::Minute => one_or_many(number, "minuto", "minutos"),
        Unit::Hour => one_or_many(number, "hora", "horas"),
    }
}
