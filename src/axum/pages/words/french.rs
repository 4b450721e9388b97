//! French.

use super::table::{ConfirmWords, EnterWords, OverWords, RefusedWords, Said, Words};
use crate::axum::pages::minutes::{Case, Unit, Units};

const START_AGAIN: &str = "Pour vous connecter, recommencez depuis votre terminal.";
const NOTHING_CHANGED: &str = "Rien n’a été approuvé ni refusé.";
const OPEN_THE_LINK: &str =
    "Rien n’a été approuvé ni refusé. Ouvrez le lien affiché dans votre terminal, et décidez sur cette page-là.";
const NOT_YOU: &str = "Si vous ne l’avez pas approuvée, prévenez immédiatement les responsables de ce service.";

pub(in crate::axum::pages) const FRENCH: Words = Words {
    lang: "fr",
    dir: "ltr",
    units: Units { count, and: " et " },
    ago: "il y a {time}",
    comma: ", ",
    error: "Erreur : ",
    confirm: ConfirmWords {
        title: "Autoriser un outil en ligne de commande à se connecter ?",
        failed: "Cela n’a pas fonctionné :",
        asks: "Un outil en ligne de commande demande à se connecter à <strong>{tenant}</strong> en votre nom.",
        everything: "Il pourra y faire tout ce que vous pouvez y faire.",
        tenant: "Connexion à",
        account: "En tant que",
        who: "Demandé par",
        on: "{name} depuis {address}",
        scope: "Accès demandé",
        code: "Code",
        time_left: "Temps restant",
        beware: "Est-ce bien votre outil ?",
        compare: "<strong>Comparez le code ci-dessus avec celui de votre terminal.</strong> S’ils sont différents, refusez la \
                  connexion.",
        someone_sent_a_link: "Ne continuez que si vous avez lancé cette connexion vous-même, il y a un instant, sur un \
                              ordinateur devant vous. Si quelqu’un vous a envoyé ce lien, refusez : c’est <em>cette \
                              personne</em> qui serait connectée en votre nom.",
        someone_sent_a_code: "Ne continuez que si vous avez lancé cette connexion vous-même, il y a un instant, sur un \
                              ordinateur devant vous. Si quelqu’un vous a envoyé ce code ou ce lien, refusez : c’est \
                              <em>cette personne</em> qui serait connectée en votre nom.",
        not_signed_in: "Vous n’êtes pas encore connecté ici.",
        sign_in_first: "Se connecter d’abord",
        token: "Jeton d’actualisation",
        token_hint: "Le jeton d’actualisation (refresh token) d’un utilisateur connecté. Pour refuser, laissez ce champ vide.",
        word: "Mot de contrôle",
        word_hint: "Les quatre lettres que votre terminal affiche comme mot de contrôle (check word), ou à défaut les quatre \
                    dernières lettres du code qui s’y trouve. S’il n’affiche ni l’un ni l’autre, copiez le lien du terminal \
                    dans la barre d’adresse.",
        approve: "Approuver",
        deny: "Refuser",
        token_missing: "le jeton d’actualisation manque. Saisissez-le ci-dessous.",
        sign_in_missing: "vous n’êtes pas connecté. Connectez-vous, puis ouvrez de nouveau le lien de votre terminal.",
        not_shown: "cette page n’a pas été affichée pour le compte avec lequel vous êtes connecté maintenant, ou elle est \
                    restée ouverte trop longtemps. Vérifiez le compte ci-dessous, puis décidez de nouveau.",
        token_refused: "ce n’est pas le jeton d’actualisation d’un utilisateur connecté. Vérifiez-le et réessayez.",
        account_refused: "votre compte ne peut pas approuver de connexions ici. Connectez-vous avec un autre, puis ouvrez de \
                          nouveau le lien de votre terminal.",
        word_missing: "le mot de contrôle manque. Votre terminal l’affiche.",
        word_wrong: "ce n’est pas le mot de contrôle. Il vous reste deux essais.",
        word_wrong_once_more: "ce n’est pas le mot de contrôle. Il vous reste un essai.",
    },
    enter: EnterWords {
        title: "Saisissez le code affiché dans votre terminal",
        malformed: "<strong>Ce n’est pas un code.</strong> Un code a huit lettres, par exemple <span \
                    class=\"whole\">BCDF-GHJK</span>, sans voyelles ni chiffres.",
        unknown: "<strong>Aucune connexion n’a ce code.</strong> Comparez-le avec celui de votre terminal. S’ils sont \
                  identiques, la connexion est terminée : recommencez là-bas.",
        too_many: "<strong>Trop de codes erronés.</strong> Attendez {time}, puis réessayez. D’ici là, même les codes \
                   corrects ne sont pas acceptés.",
        shown: "Votre outil en ligne de commande affiche un code de huit lettres, par exemple <span \
                class=\"whole\">BCDF-GHJK</span>.",
        beware: "Ne saisissez qu’un code que vous voyez sur un terminal devant vous, pour une connexion que vous avez lancée \
                 vous-même. Si quelqu’un vous a envoyé un code, ne le saisissez pas : c’est <em>cette personne</em> qui \
                 serait connectée en votre nom.",
        code: "Code",
        hint: "En majuscules ou en minuscules, avec ou sans trait d’union. Vous pouvez aussi coller le lien entier de votre \
               terminal.",
        go_on: "Continuer",
    },
    first: Said {
        title: "Se connecter d’abord",
        text: "Vous n’êtes pas encore connecté ici. Un outil en ligne de commande demande à se connecter en votre nom.",
        advice: "Ne continuez que si vous avez lancé cette connexion vous-même, il y a un instant, sur un ordinateur devant \
                 vous.",
    },
    approved: Said {
        title: "Approuvé",
        text: "Vous avez connecté l’outil en ligne de commande à <strong>{tenant}</strong>.",
        advice: "Vous pouvez fermer cette page et revenir à votre terminal.",
    },
    approved_as: "Vous avez connecté l’outil en ligne de commande à <strong>{tenant}</strong> en tant que \
                  <strong>{account}</strong>.",
    undo: "Ce n’était pas moi",
    undo_hint: "Si vous n’avez pas lancé cette connexion vous-même, retirez immédiatement votre approbation.",
    to_the_tool: "Continuer vers votre outil",
    leads_back: "Dans un instant, cette page vous ramène à votre outil, qui continue alors. Sinon, utilisez le bouton.",
    denied: Said {
        title: "Refusé",
        text: "L’outil en ligne de commande n’a pas été connecté à <strong>{tenant}</strong>.",
        advice: "Vous pouvez fermer cette page. Si vous n’avez pas lancé cette connexion, quelqu’un a peut-être essayé de se \
                 connecter en votre nom : prévenez les responsables de ce service.",
    },
    gave_up: Said {
        title: "Mot de contrôle erroné",
        text: "Le mot de contrôle était erroné trois fois, la connexion a donc été refusée. L’outil en ligne de commande n’a \
               pas été connecté à <strong>{tenant}</strong>.",
        advice: START_AGAIN,
    },
    withdrawn: Said {
        title: "Approbation retirée",
        text: "L’outil en ligne de commande n’a pas été connecté à <strong>{tenant}</strong>.",
        advice: "Vous pouvez fermer cette page. Quelqu’un a peut-être essayé de se connecter en votre nom : prévenez les \
                 responsables de ce service.",
    },
    withdrawn_late: Said {
        title: "Approbation retirée",
        text: "L’outil en ligne de commande était déjà connecté à <strong>{tenant}</strong>. Le service a reçu l’ordre de le \
               déconnecter.",
        advice: "Quelqu’un s’est peut-être connecté en votre nom : prévenez immédiatement les responsables de ce service.",
    },
    withdrawn_in_vain: Said {
        title: "Approbation retirée trop tard",
        text: "L’outil en ligne de commande était déjà connecté à <strong>{tenant}</strong>, et cette page ne peut \
               pas le déconnecter.",
        advice: "Quelqu’un s’est peut-être connecté en votre nom : prévenez immédiatement les responsables de ce \
                 service, et déconnectez l’outil là où le service le permet.",
    },
    over: OverWords {
        completed: Said {
            title: "Déjà approuvée",
            text: "Cette connexion a été approuvée. Votre terminal va continuer dans un instant.",
            advice: NOT_YOU,
        },
        completing: Said {
            title: "Approbation en cours",
            text: "Cette connexion est en train d’être approuvée. Rechargez la page pour voir le résultat.",
            advice: NOT_YOU,
        },
        redeemed: Said {
            title: "Déjà approuvée",
            text: "Cette connexion a été approuvée, et l’outil en ligne de commande est connecté.",
            advice: NOT_YOU,
        },
        denied: Said {
            title: "Déjà refusée",
            text: "Cette connexion a été refusée. L’outil en ligne de commande n’a pas été connecté.",
            advice: START_AGAIN,
        },
        cancelled: Said {
            title: "Annulée",
            text: "L’outil en ligne de commande a annulé cette connexion.",
            advice: START_AGAIN,
        },
        expired: Said { title: "Expirée", text: "Cette connexion a expiré.", advice: START_AGAIN },
        unknown: Said {
            title: "Connexion introuvable",
            text: "Aucune connexion ne correspond à ce lien. Le lien est peut-être incomplet, ou la connexion est terminée \
                   depuis longtemps.",
            advice: START_AGAIN,
        },
    },
    refused: RefusedWords {
        bad_form: Said {
            title: "Cela n’a pas fonctionné",
            text: "Ce que votre navigateur a envoyé n’est pas ce que cette page attend.",
            advice: OPEN_THE_LINK,
        },
        too_large: Said {
            title: "Trop de données",
            text: "Ce que votre navigateur a envoyé dépasse ce que cette page accepte.",
            advice: NOTHING_CHANGED,
        },
        other_site: Said {
            title: "Requête d’un autre site",
            text: "Cette requête vient d’un autre site, ou votre navigateur n’a pas indiqué son origine.",
            advice: OPEN_THE_LINK,
        },
        bad_host: Said {
            title: "Cela n’a pas fonctionné",
            text: "La requête de votre navigateur ne désigne pas exactement un site.",
            advice: OPEN_THE_LINK,
        },
        other_host: Said {
            title: "Pas à cette adresse",
            text: "Cette page existe, mais à une autre adresse que celle de votre navigateur.",
            advice: "Rien n’a été approuvé ni refusé. Ouvrez le lien exactement tel que votre terminal l’affiche.",
        },
        method: Said {
            title: "Impossible ici",
            text: "Cette page peut seulement être ouverte, ou son formulaire envoyé.",
            advice: NOTHING_CHANGED,
        },
        unavailable: Said {
            title: "Temporairement indisponible",
            text: "Le service ne peut pas traiter votre demande pour le moment.",
            advice: "Rien n’a été approuvé ni refusé. Réessayez dans un instant.",
        },
    },
};

/// Zero is singular.
fn count(number: u64, unit: Unit, _: Case) -> String {
    let name = match unit {
        Unit::Second => "seconde",
        Unit::Minute => "minute",
        Unit::Hour => "heure",
    };
    format!("{number} {name}{}", if number < 2 { "" } else { "s" })
}
