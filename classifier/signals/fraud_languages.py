"""Signals of fraud in German, French and Spanish."""

from __future__ import annotations

from typing import Final

from classifier.signals.signal import Signal

FRAUD_LANGUAGE_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="fraud_german",
        tag="fraud_risk",
        description="German: unknown debit, misuse or theft of card or account.",
        pattern=(
            r"\b(?:unbekannte|unberechtigte|unautorisierte|nicht autorisierte|fremde"
            r"|betrugerische)\w* (?:\w+ )?(?:abbuchung|zahlung|bestellung|buchung|belastung"
            r"|lastschrift)\w*"
            r"|\b(?:abbuchung|zahlung|bestellung|buchung|belastung"
            r"|lastschrift)\w*\b[^.?!]{0,80}?\b(?:nicht (?:von mir|veranlasst|autorisiert|getatigt"
            r"|erlaubt|genehmigt|bestellt)|nie (?:getatigt|bestellt|veranlasst)|kenne ich nicht"
            r"|ohne mein(?:e|en)? (?:wissen|zustimmung|erlaubnis))\b"
            r"|\b(?:betrug|betruger|identitatsdiebstahl|kartenmissbrauch)\b|\b(?:karte"
            r"|konto)\b[^.?!]{0,40}?\b(?:gestohlen|gehackt|missbraucht|geklaut)\b"
        ),
        unless=r"\b(?:kein betrug|betrug der rabatt|der betrag)\b",
        examples=(
            "Auf meinem Konto ist eine unbekannte Abbuchung.",
            "Meine Karte wurde gestohlen.",
        ),
        counter_examples=("Der Betrag wurde abgebucht.", "Wann kommt meine Bestellung?"),
    ),
    Signal(
        name="fraud_french",
        tag="fraud_risk",
        description="French: unknown debit, misuse or theft of card or account.",
        pattern=(
            r"\b(?:fraude|frauduleu\w+|escroqu\w+|arnaque\w*|usurp\w+ d.?identite|pirate[er]?s?)\b"
            r"|\b(?:debit|paiement|prelevement|achat|commande"
            r"|transaction)s?\b[^.?!]{0,60}?\b(?:pas (?:autorise|reconnais|effectue|fait)"
            r"|inconnu\w*|ne reconnais pas|jamais (?:fait|passe|effectue)\w*|sans mon (?:accord"
            r"|autorisation))\b"
            r"|\bcarte\b[^.?!]{0,40}?\b(?:volee?|vole|piratee?)\b"
        ),
        examples=(
            "Ma carte a été volée.",
            "Un prélèvement que je n'ai pas autorisé, c'est une fraude.",
        ),
        counter_examples=("Je voudrais retourner la commande.",),
    ),
    Signal(
        name="fraud_spanish",
        tag="fraud_risk",
        description="Spanish: unknown charge, misuse or theft of card or account.",
        pattern=(
            r"\b(?:fraude|fraudulent\w+|estafa\w*|robo de identidad|suplanta\w+)\b"
            r"|\b(?:cargo|pago|compra|pedido|transaccion|cobro)(?:s"
            r"|es)?\b[^.?!]{0,60}?\b(?:no (?:reconozco|autorice|he autorizado|he hecho|hice)"
            r"|desconocid\w+|sin mi (?:permiso|consentimiento|autorizacion))\b"
            r"|\btarjeta\b[^.?!]{0,40}?\b(?:robad\w+|clonad\w+|hackead\w+)\b|\b(?:robaron|clonaron"
            r"|hackearon)\b[^.?!]{0,30}?\b(?:tarjeta|cuenta)\b"
        ),
        examples=("No reconozco este cargo, es un fraude.", "Me robaron la tarjeta."),
        counter_examples=("¿Dónde está mi pedido?",),
    ),
)
