//! German.

use super::table::{ConfirmWords, EnterWords, OverWords, RefusedWords, Said, Words};
use crate::axum::pages::minutes::{Case, Unit, Units, one_or_many};

const START_AGAIN: &str = "Um sich anzumelden, beginnen Sie im Terminal von vorn.";
const NOTHING_CHANGED: &str = "Es wurde nichts genehmigt und nichts abgelehnt.";
const OPEN_THE_LINK: &str = "Es wurde nichts genehmigt und nichts abgelehnt. Öffnen Sie den Link aus Ihrem Terminal, und \
                             entscheiden Sie auf jener Seite.";
const NOT_YOU: &str =
    "Wenn Sie die Anmeldung nicht genehmigt haben, wenden Sie sich sofort an die Betreiber dieses Dienstes.";

pub(in crate::axum::pages) const GERMAN: Words = Words {
    lang: "de",
    dir: "ltr",
    units: Units { count, and: " " },
    ago: "vor {time}",
    comma: ", ",
    error: "Fehler: ",
    confirm: ConfirmWords {
        title: "Soll sich ein Terminal-Programm anmelden?",
        failed: "Das hat nicht geklappt:",
        asks: "Ein Kommandozeilenprogramm möchte sich in Ihrem Namen bei <strong>{tenant}</strong> anmelden.",
        everything: "Es kann dort dann alles tun, was Sie selbst tun können.",
        tenant: "Anmelden bei",
        account: "Als",
        who: "Wer fragt",
        on: "{name} von {address}",
        scope: "Fragt nach",
        code: "Code",
        time_left: "Restzeit",
        beware: "Ist es Ihr eigenes Programm?",
        compare: "<strong>Vergleichen Sie den Code oben mit dem in Ihrem Terminal.</strong> Wenn sie sich unterscheiden, \
                  lehnen Sie die Anmeldung ab.",
        someone_sent_a_link: "Fahren Sie nur fort, wenn Sie diese Anmeldung gerade selbst begonnen haben, an einem Computer \
                              vor Ihnen. Wenn Ihnen jemand diesen Link geschickt hat, lehnen Sie ab: Sie würden \
                              <em>jemand anderen</em> in Ihrem Namen anmelden.",
        someone_sent_a_code: "Fahren Sie nur fort, wenn Sie diese Anmeldung gerade selbst begonnen haben, an einem Computer \
                              vor Ihnen. Wenn Ihnen jemand diesen Code oder Link geschickt hat, lehnen Sie ab: Sie \
                              würden <em>jemand anderen</em> in Ihrem Namen anmelden.",
        not_signed_in: "Sie sind hier noch nicht angemeldet.",
        sign_in_first: "Erst anmelden",
        token: "Refresh-Token",
        token_hint: "Das Refresh-Token eines angemeldeten Benutzers. Zum Ablehnen lassen Sie das Feld leer.",
        word: "Prüfwort",
        word_hint: "Die vier Buchstaben, die Ihr Terminal als Prüfwort (check word) zeigt, oder sonst die letzten vier \
                    Buchstaben des Codes dort. Wenn es keines von beiden zeigt, kopieren Sie den Link aus dem Terminal in \
                    die Adresszeile.",
        approve: "Genehmigen",
        deny: "Ablehnen",
        token_missing: "Das Refresh-Token fehlt. Geben Sie es unten ein.",
        sign_in_missing: "Sie sind nicht angemeldet. Melden Sie sich an, und öffnen Sie dann den Link aus Ihrem Terminal \
                          noch einmal.",
        not_shown: "Diese Seite wurde nicht für das Konto gezeigt, mit dem Sie jetzt angemeldet sind, oder sie war zu lange \
                    offen. Prüfen Sie das Konto unten, und entscheiden Sie noch einmal.",
        token_refused: "Das ist nicht das Refresh-Token eines angemeldeten Benutzers. Prüfen Sie es, und versuchen Sie es \
                        noch einmal.",
        account_refused: "Ihr Konto darf hier keine Anmeldungen genehmigen. Melden Sie sich mit einem anderen an, und öffnen \
                          Sie dann den Link aus Ihrem Terminal noch einmal.",
        word_missing: "Das Prüfwort fehlt. Ihr Terminal zeigt es.",
        word_wrong: "Das ist nicht das Prüfwort. Sie haben noch zwei Versuche.",
        word_wrong_once_more: "Das ist nicht das Prüfwort. Sie haben noch einen Versuch.",
    },
    enter: EnterWords {
        title: "Geben Sie den Code aus Ihrem Terminal ein",
        malformed: "<strong>Das ist kein Code.</strong> Ein Code hat acht Buchstaben, zum Beispiel <span \
                    class=\"whole\">BCDF-GHJK</span>, und weder Vokale noch Ziffern.",
        unknown: "<strong>Keine Anmeldung hat diesen Code.</strong> Vergleichen Sie ihn mit dem in Ihrem Terminal. Wenn sie \
                  gleich sind, ist die Anmeldung beendet: Beginnen Sie dort von vorn.",
        too_many: "<strong>Zu viele falsche Codes.</strong> Warten Sie {time}, und versuchen Sie es dann noch einmal. Bis \
                   dahin werden auch richtige Codes nicht angenommen.",
        shown: "Ihr Kommandozeilenprogramm zeigt einen Code aus acht Buchstaben, zum Beispiel <span \
                class=\"whole\">BCDF-GHJK</span>.",
        beware: "Geben Sie nur einen Code ein, den Sie auf einem Terminal vor Ihnen sehen, in einer Anmeldung, die Sie \
                 selbst begonnen haben. Wenn Ihnen jemand einen Code geschickt hat, geben Sie ihn nicht ein: Sie würden \
                 <em>jemand anderen</em> in Ihrem Namen anmelden.",
        code: "Code",
        hint: "Groß oder klein, mit oder ohne Bindestrich. Sie können auch den ganzen Link aus Ihrem Terminal einfügen.",
        go_on: "Weiter",
    },
    first: Said {
        title: "Erst anmelden",
        text: "Sie sind hier noch nicht angemeldet. Ein Kommandozeilenprogramm möchte sich in Ihrem Namen anmelden.",
        advice: "Fahren Sie nur fort, wenn Sie diese Anmeldung gerade selbst begonnen haben, an einem Computer vor Ihnen.",
    },
    approved: Said {
        title: "Genehmigt",
        text: "Sie haben das Kommandozeilenprogramm bei <strong>{tenant}</strong> angemeldet.",
        advice: "Sie können diese Seite schließen und zum Terminal zurückkehren.",
    },
    approved_as: "Sie haben das Kommandozeilenprogramm bei <strong>{tenant}</strong> als <strong>{account}</strong> \
                  angemeldet.",
    undo: "Das war ich nicht",
    undo_hint: "Wenn Sie diese Anmeldung nicht selbst begonnen haben, nehmen Sie die Genehmigung sofort zurück.",
    to_the_tool: "Weiter zu Ihrem Programm",
    leads_back: "Diese Seite führt gleich zu Ihrem Programm zurück, das dann weitermacht. Wenn nicht, verwenden Sie \
                 die Schaltfläche.",
    denied: Said {
        title: "Abgelehnt",
        text: "Das Kommandozeilenprogramm wurde nicht bei <strong>{tenant}</strong> angemeldet.",
        advice: "Sie können diese Seite schließen. Wenn Sie diese Anmeldung nicht begonnen haben, hat vielleicht jemand \
                 versucht, sich als Sie anzumelden: Wenden Sie sich an die Betreiber dieses Dienstes.",
    },
    gave_up: Said {
        title: "Falsches Prüfwort",
        text: "Das Prüfwort war dreimal falsch, darum wurde die Anmeldung abgelehnt. Das Kommandozeilenprogramm wurde nicht \
               bei <strong>{tenant}</strong> angemeldet.",
        advice: START_AGAIN,
    },
    withdrawn: Said {
        title: "Zurückgenommen",
        text: "Das Kommandozeilenprogramm wurde nicht bei <strong>{tenant}</strong> angemeldet.",
        advice: "Sie können diese Seite schließen. Vielleicht hat jemand versucht, sich als Sie anzumelden: Wenden Sie sich \
                 an die Betreiber dieses Dienstes.",
    },
    withdrawn_late: Said {
        title: "Zurückgenommen",
        text: "Das Kommandozeilenprogramm war schon bei <strong>{tenant}</strong> angemeldet. Der Dienst wurde angewiesen, es \
               abzumelden.",
        advice: "Vielleicht hat sich jemand als Sie angemeldet: Wenden Sie sich sofort an die Betreiber dieses Dienstes.",
    },
    withdrawn_in_vain: Said {
        title: "Zu spät zurückgenommen",
        text: "Das Kommandozeilenprogramm war schon bei <strong>{tenant}</strong> angemeldet, und diese Seite kann \
               es nicht abmelden.",
        advice: "Vielleicht hat sich jemand als Sie angemeldet: Wenden Sie sich sofort an die Betreiber dieses \
                 Dienstes, und melden Sie das Programm ab, wo der Dienst es erlaubt.",
    },
    over: OverWords {
        completed: Said {
            title: "Schon genehmigt",
            text: "Diese Anmeldung ist genehmigt. Ihr Terminal macht gleich weiter.",
            advice: NOT_YOU,
        },
        completing: Said {
            title: "Wird genehmigt",
            text: "Diese Anmeldung wird in diesem Moment genehmigt. Laden Sie die Seite neu, um das Ergebnis zu sehen.",
            advice: NOT_YOU,
        },
        redeemed: Said {
            title: "Schon genehmigt",
            text: "Diese Anmeldung ist genehmigt, und das Kommandozeilenprogramm ist angemeldet.",
            advice: NOT_YOU,
        },
        denied: Said {
            title: "Schon abgelehnt",
            text: "Diese Anmeldung ist abgelehnt. Das Kommandozeilenprogramm wurde nicht angemeldet.",
            advice: START_AGAIN,
        },
        cancelled: Said {
            title: "Abgebrochen",
            text: "Das Kommandozeilenprogramm hat diese Anmeldung abgebrochen.",
            advice: START_AGAIN,
        },
        expired: Said { title: "Abgelaufen", text: "Diese Anmeldung ist abgelaufen.", advice: START_AGAIN },
        unknown: Said {
            title: "Keine solche Anmeldung",
            text: "Zu diesem Link gehört keine Anmeldung. Vielleicht ist der Link unvollständig, oder die Anmeldung ist schon \
                   lange beendet.",
            advice: START_AGAIN,
        },
    },
    refused: RefusedWords {
        bad_form: Said {
            title: "Das hat nicht geklappt",
            text: "Was Ihr Browser gesendet hat, erwartet diese Seite nicht.",
            advice: OPEN_THE_LINK,
        },
        too_large: Said {
            title: "Zu viele Daten",
            text: "Was Ihr Browser gesendet hat, ist größer, als diese Seite annimmt.",
            advice: NOTHING_CHANGED,
        },
        other_site: Said {
            title: "Anfrage von einer anderen Website",
            text: "Diese Anfrage kam von einer anderen Website, oder Ihr Browser hat nicht gemeldet, woher sie kommt.",
            advice: OPEN_THE_LINK,
        },
        bad_host: Said {
            title: "Das hat nicht geklappt",
            text: "Die Anfrage Ihres Browsers nennt nicht genau eine Website.",
            advice: OPEN_THE_LINK,
        },
        other_host: Said {
            title: "Nicht unter dieser Adresse",
            text: "Diese Seite gibt es, aber unter einer anderen Adresse als der in Ihrem Browser.",
            advice: "Es wurde nichts genehmigt und nichts abgelehnt. Öffnen Sie den Link genau so, wie Ihr Terminal ihn \
                     zeigt.",
        },
        method: Said {
            title: "Das ist hier nicht möglich",
            text: "Diese Seite kann nur geöffnet, oder ihr Formular gesendet werden.",
            advice: NOTHING_CHANGED,
        },
        unavailable: Said {
            title: "Vorübergehend nicht verfügbar",
            text: "Der Dienst kann Ihre Anfrage gerade nicht bearbeiten.",
            advice: "Es wurde nichts genehmigt und nichts abgelehnt. Versuchen Sie es in einem Moment noch einmal.",
        },
    },
};

fn count(number: u64, unit: Unit, _: Case) -> String {
    match unit {
        Unit::Second => one_or_many(number, "Sekunde", "Sekunden"),
        Unit::Minute => one_or_many(number, "Minute", "Minuten"),
        Unit::Hour => one_or_many(number, "Stunde", "Stunden"),
    }
}
