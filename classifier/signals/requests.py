"""Signals of requests the law puts a clock on: data protection rights and opting out."""

from __future__ import annotations

from typing import Final

from classifier.signals.signal import Signal

PRIVACY_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="privacy_law_named",
        tag="privacy_request",
        description="A privacy law, or a right under it, is invoked.",
        pattern=(
            r"\b(?:gdpr|ccpa|cpra|dsgvo|rgpd|data protection (?:act|law|officer|regulation)"
            r"|privacy (?:act|rights?|law)|subject access|right (?:to be forgotten|of access"
            r"|to erasure|to deletion|to rectification|to object|to know)"
            r"|dsar|art(?:icle|\.)? ?(?:15|16|17|18|20|21) (?:of the )?gdpr|california consumer"
            r"|data portability)\b"
        ),
        unless=r"\b(?:gdpr[ -]compliant|book|course|are you gdpr|policy says|training|shredder)\b",
        examples=(
            "Under Article 15 of the GDPR I ask for a copy.",
            "I use my right to be forgotten.",
        ),
        counter_examples=("Is the software GDPR-compliant?",),
    ),
    Signal(
        name="erase_my_data",
        tag="privacy_request",
        description="The writer asks to have data erased.",
        pattern=(
            r"\b(?:delete|deletion of|erase|erasure of|remove|wipe|destroy"
            r"|purge)\b (?:\w+ ){0,3}?(?:my|all|any|every\w*)(?: \w+){0,2} (?:data|details"
            r"|information|info|records?|files?|history|traces?)\b"
            r"|\b(?:delete|erase|wipe) (?:everything|anything|all)\b[^.?!]{0,30}?\b(?:about|on|of"
            r"|have|hold)\b"
            r"|\b(?:delete|erase|close) my (?:\w+ )?account and (?:all|any|every\w*|my)\b"
        ),
        unless=(
            r"\b(?:from my (?:phone|laptop|device|drive)|basket|cart|hard (?:disk|drive)"
            r"|how do i delete (?:the )?(?:photos|files))\b"
        ),
        examples=("Please delete all my personal data.", "erase everything you hold on me"),
        counter_examples=(
            "How do I delete the files on my hard drive?",
            "delete the second item from my basket",
        ),
    ),
    Signal(
        name="access_to_my_data",
        tag="privacy_request",
        description="The writer asks what data is held on them, or for a copy.",
        pattern=(
            r"\b(?:what|which|copy of|access to|see|export(?: of)?"
            r"|list of)\b[^.?!]{0,30}?\b(?:personal )?(?:data"
            r"|information)\b[^.?!]{0,40}?\b(?:about|on|of|from|regarding) me\b"
            r"|\b(?:copy of|access to|export|download)\b[^.?!]{0,20}?\b(?:my|all) (?:personal "
            r"|own )?(?:data|information)\b"
            r"|\b(?:data|information) (?:that )?you (?:have|hold|store|keep|collect\w*|process)\b"
        ),
        unless=(
            r"\b(?:tracking|delivery|order|product|shipping|technical|manual) (?:data"
            r"|information)\b"
        ),
        examples=("What data do you hold about me?", "I want a copy of all my personal data."),
        counter_examples=("Can you send me the delivery information?",),
    ),
    Signal(
        name="do_not_sell",
        tag="privacy_request",
        description="The writer objects to sale, sharing or use of their data.",
        pattern=(
            r"\b(?:do not|stop|not to) (?:sell|selling|share|sharing|pass|passing|disclose|process"
            r"|processing|track|tracking|profiling)\b[^.?!]{0,20}?\b(?:my|personal|data"
            r"|information|me)\b"
            r"|\bopt(?:ing)?[ -]out of (?:the )?(?:sale|sharing|profiling|tracking)\b"
            r"|\b(?:withdraw|revoke) (?:my )?consent\b|\bwho (?:did )?you (?:gave|give|sold|sell"
            r"|shared?) my (?:\w+ )?(?:data|address|details|information|email)\b"
        ),
        examples=("Do not sell my personal information.", "I withdraw my consent."),
        counter_examples=("Do not share the parcel with my neighbour's.",),
        unless=r"\b(?:parcel|package|neighbour)\b",
    ),
    Signal(
        name="privacy_other_languages",
        tag="privacy_request",
        description="German, French, Spanish: access to or erasure of personal data.",
        pattern=(
            r"\b(?:dsgvo|rgpd|datenauskunft|auskunft (?:nach|gemass|uber)"
            r"|personenbezogene\w* daten|loschung (?:meiner|aller|samtlicher)"
            r"|recht auf (?:loschung|auskunft|vergessen\w*))\b"
            r"|\b(?:losch\w+|entfern\w+)\b[^.?!]{0,30}?\b(?:meine|alle|samtliche) (?:\w+ )?daten\b"
            r"|\bdaten\b[^.?!]{0,30}?\b(?:losch\w+|entfern\w+)\b"
            r"|\b(?:effac\w+|supprim\w+|suppression|acces)\b[^.?!]{0,40}?\b(?:donnees"
            r"|informations) ?(?:personnelles|me concernant)?\b|\bdroit (?:a l.?oubli|d.?acces)\b"
            r"|\b(?:borr\w+|elimin\w+|suprim\w+|acceso)\b[^.?!]{0,40}?\bdatos\b"
            r"|\bderecho (?:al olvido|de acceso|de supresion)\b"
        ),
        examples=(
            "Bitte löschen Sie alle meine Daten.",
            "Merci d'effacer mes données personnelles.",
            "Quiero borrar mis datos.",
        ),
        counter_examples=("Wo ist meine Bestellung?",),
    ),
)

OPT_OUT_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="unsubscribe",
        tag="opt_out",
        description="The writer asks to be taken off a mailing list.",
        pattern=(
            r"\b(?:un ?-?subscribe[ds]?|unsub|opt(?:ing|ed)?[ -]?(?:me )?out|sign me off)\b"
            r"|\b(?:remove|take|delete|get|strike|keep)\b (?:\w+ ){0,3}?(?:me|us"
            r"|my (?:\w+ ){0,2}(?:address|e-?mail|name|number))\b[^.?!]{0,30}?\b(?:lists?"
            r"|newsletters?|mailings?|marketing|database|distribution)\b"
            r"|\b(?:off|from) (?:your|the|this|all) (?:\w+ )?(?:mailing ?lists?|newsletters?"
            r"|e-?mail list)\b"
        ),
        unless=(
            r"\b(?:did not (?:want|mean) to unsubscribe|by (?:mistake|accident)|unsubscribed but"
            r"|re-?subscribe|opt out of (?:the )?(?:plan|delivery|gift))\b"
        ),
        examples=("unsubscribe", "Please take me off your mailing list.", "opt me out"),
        counter_examples=("I unsubscribed by mistake, please add me again.", "How do I subscribe?"),
    ),
    Signal(
        name="stop_sending",
        tag="opt_out",
        description="The writer wants no more mail, messages or offers.",
        pattern=(
            r"\b(?:stop|quit|cease|no longer|do not|never|not)\b(?: \w+){0,3}? (?:send(?:ing)?"
            r"|e-?mail(?:ing)?|mail(?:ing)?|contact(?:ing)?|text(?:ing)?|spam(?:ming)?|messag(?:e"
            r"|ing)|writ(?:e|ing)|receiv(?:e|ing)|get(?:ting)?)\b"
            r"[^.?!]{0,30}?\b(?:e-?mails?|mails?|newsletters?|offers?|adverts?|advertising"
            r"|marketing|promotions?|messages|texts|spam|rubbish|junk|catalogues?|ads)\b"
            r"|\b(?:stop|quit|do not) (?:e-?mail|mail|contact|text|spam)(?:ming|ing)? (?:me|us)\b"
            r"|^\s*stop\W*$|\bno more (?:e-?mails?|mails?|newsletters?|offers|marketing|adverts?"
            r"|spam)\b"
        ),
        unless=(
            r"\b(?:did not|have not|do not|not|never|has not|can not|still not) (?:yet )?(?:get"
            r"|got|receive|receiving|getting)\b[^.?!]{0,40}?\b(?:confirmation|reset|tracking|order"
            r"|your|reply|answer|link|code|verification|any e?-?mails?)\b"
            r"|\bstop sending (?:me )?(?:the )?(?:parcel|order|goods)"
        ),
        examples=(
            "STOP SENDING ME EMAILS",
            "I do not want to receive your newsletter any more.",
            "no more marketing",
        ),
        counter_examples=(
            "I did not receive the confirmation e-mail.",
            "I don't get the reset mails",
        ),
    ),
    Signal(
        name="opt_out_other_languages",
        tag="opt_out",
        description="German, French, Spanish: leaving a mailing list.",
        pattern=(
            r"\b(?:newsletter|werbung|werbe-?mails?)\b[^.?!]{0,30}?\b(?:abbestell\w+|abmeld\w+"
            r"|keine|nicht mehr|kundig\w*|stopp\w*)\b|\b(?:abmeld\w+|abbestell\w+"
            r"|keine)\b[^.?!]{0,30}?\b(?:newsletter|werbung|werbe-?mails?)\b"
            r"|\b(?:desabonn\w+|desinscri\w+|ne plus recevoir)\b|\bdar(?:me|se|nos)? de baja\b"
            r"|\bdesuscrib\w+\b|\bno (?:quiero|deseo) (?:recibir )?(?:mas )?(?:correos|boletin\w*"
            r"|publicidad)\b"
        ),
        unless=r"\bkeine (?:bestatigung|antwort)\b",
        examples=(
            "Bitte melden Sie mich vom Newsletter ab: Newsletter abbestellen.",
            "Je veux me désabonner.",
            "Quiero darme de baja.",
        ),
        counter_examples=("Wann kommt der neue Newsletter?",),
    ),
)
