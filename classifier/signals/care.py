"""Signals of danger from a product, of legal steps, and of a person who needs care."""

from __future__ import annotations

from typing import Final

from classifier.signals.signal import Signal

SAFETY_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="fire_or_smoke",
        tag="safety_risk",
        description="A product burnt, smoked, sparked, melted or overheated.",
        pattern=(
            r"\b(?:caught|catch|catching|on|set) fire\b|\b(?:smok(?:e|ed|ing)|sparks?|sparked"
            r"|sparking|flames?|scorch\w*|singed|overheat\w*|short[ -]circuit\w*)\b"
            r"|\bburn(?:t|ed|ing|s)? (?:my|his|her|our|the|a|through|smell|down|marks?|hands?)\b"
            r"|\b(?:smell(?:s|ed)?|smelt) (?:of |like )?(?:burn\w*|smoke|gas)\b"
            r"|\bmelt(?:ed|ing|s)? (?:the|its|my|onto|plug|plastic)\b|\bgot (?:so |very "
            r"|extremely |really )?hot\b"
        ),
        unless=(
            r"\b(?:smoke[ -](?:grey|gray|free|alarm|detector|colou?r|glass|blue)|smoked (?:salmon"
            r"|paprika|cheese|ham|glass)|candle|incense|not get hot|fire pit|fireplace|warm enough"
            r"|sparkling|burn for|hours)\b"
        ),
        examples=(
            "The charger caught fire.",
            "It started smoking and smelt of burning.",
            "the battery overheats",
        ),
        counter_examples=("Is the smoke grey one in stock?", "Do you sell smoked salmon?"),
    ),
    Signal(
        name="injury",
        tag="safety_risk",
        description="A person was hurt by a product or treated for it.",
        pattern=(
            r"\b(?:injur(?:y|ed|ies)|bleed(?:ing)?|bled|stitches|burns? on (?:my|his|her)"
            r"|blisters?|electric(?:al)? shock|got (?:a |an )?(?:electric )?shock"
            r"|electrocuted|shocked me|chok(?:ed|ing)|swallow(?:ed|ing)?|suffocat\w+|strangl\w+"
            r"|poison(?:ed|ing)|concussion|a ?& ?e|emergency room|in hospital|to hospital"
            r"|hospitali[sz]ed|allergic reaction|anaphyla\w+|rash|food poisoning|vomit\w*)\b"
            r"|\b(?:cut|burnt|burned|hurt|trapped|pinched|broke|sliced) (?:my|his|her|our"
            r"|the (?:baby|child|kid)s?|myself|himself|herself) ?(?:\w+ )?(?:finger|hand|arm|leg"
            r"|foot|face|lip|mouth|skin|head|eye|thumb|toe|badly|back)?"
        ),
        unless=(
            r"\b(?:cut my (?:order|losses|bill|costs?)|hurt my feelings|swallow (?:the|my) (?:cost"
            r"|pride)|choker|broke my (?:heart|phone|glasses|order)|for (?:a )?hospital)\b"
        ),
        examples=(
            "My son was injured by the lid.",
            "I cut my hand on the edge.",
            "The baby swallowed a magnet.",
        ),
        counter_examples=("It hurt my feelings.", "Please cut my order to two."),
    ),
    Signal(
        name="dangerous_product",
        tag="safety_risk",
        description="A product is called dangerous, or broke in a dangerous way.",
        pattern=(
            r"\b(?:explod(?:e|es|ed|ing)|explosion|burst(?:ed)?|shatter(?:ed|s)?|blew up|blown up"
            r"|collaps(?:ed|es|ing)|gave way)\b"
            r"|\b(?:dangerous|unsafe|hazard(?:ous)?|safety (?:risk|issue|concern|hazard|recall"
            r"|defect)|choking|toxic|carbon monoxide|live wire|exposed wires?|bare wires?"
            r"|product recall|been recalled|recalled)\b"
            r"|\b(?:glass|metal|plastic|needle|insect|mou?ld|maggots?|screw|blade"
            r"|splinters?)\b[^.?!]{0,25}?\b(?:in|inside) (?:the|my|our|your|a) (?:\w+ )?(?:food"
            r"|jar|sauce|bread|soup|bottle|chocolate|tin|can|cereal|baby food|jam|cake|drink|salad"
            r"|bag of)\b"
            r"|\bfound (?:a |some |pieces of |bits of )?(?:glass|metal|mou?ld|a needle)\b"
        ),
        unless=(
            r"\b(?:burst of|sale|arrived (?:broken|smashed|shattered)|in transit|is (?:it"
            r"|this) (?:dangerous|safe|toxic)|non[ -]?toxic|collapsible|dangerous (?:content"
            r"|attachments?|links?|files?))\b"
        ),
        examples=(
            "The jug exploded on the table.",
            "found glass in the jar of sauce",
            "This toy is dangerous!",
        ),
        counter_examples=(
            "The vase arrived shattered.",
            "Is it toxic for cats?",
            "Our gateway scanned this for viruses and dangerous content.",
        ),
    ),
)

LEGAL_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="lawyer_or_court",
        tag="legal_threat",
        description="A lawyer, a court or a claim is announced.",
        pattern=(
            r"\b(?:lawyers?|solicitors?|attorneys?|barrister|legal (?:action|steps|proceedings"
            r"|counsel|advice|claim|department)|small claims|court|lawsuit|litigation"
            r"|sue (?:you|your|the)|suing|letter before (?:action|claim)|law ?suit|class action"
            r"|take you to court|cease and desist|damages claim|tribunal|prosecut\w+)\b"
        ),
        unless=(
            r"\b(?:tennis|squash|basketball|badminton|court shoes?|food court|courtyard|(?:work"
            r"|working|job) (?:as|for) (?:an?|my)|gift for|crown court road|court road|court lane"
            r"|court street|courtesy|i am an? (?:lawyer|solicitor|attorney))\b"
        ),
        examples=(
            "My lawyer will contact you.",
            "I will take you to court.",
            "letter before action",
        ),
        counter_examples=("Are these tennis court shoes?", "a gift for a lawyer"),
    ),
    Signal(
        name="authority_or_watchdog",
        tag="legal_threat",
        description="A complaint to an authority, ombudsman or consumer body is announced.",
        pattern=(
            r"\b(?:ombudsman|trading standards|consumer (?:protection|rights act|council|bureau"
            r"|authority)|better business bureau|bbb|attorney general|financial conduct authority"
            r"|ftc"
            r"|data protection (?:authority|commissioner|agency)|supervisory authority"
            r"|information commissioner|ico)\b"
        ),
        unless=r"\bico(?:n|ns)\b",
        examples=(
            "I will report you to Trading Standards.",
            "My next letter goes to the ombudsman.",
        ),
        counter_examples=("What material is the icon made of?",),
    ),
    Signal(
        name="legal_other_languages",
        tag="legal_threat",
        description="German, French, Spanish: lawyer, court or lawsuit.",
        pattern=(
            r"\b(?:rechtsanwalt\w*|anwalt\w*|anwaltlich\w*|klage|verklage\w*|gericht(?:lich\w*)?"
            r"|rechtliche schritte|aufsichtsbehorde|verbraucherzentrale"
            r"|avocat|tribunal|porter plainte|poursuites|mise en demeure|abogad[oa]|demanda"
            r"|juzgado|tribunales|denuncia\w*)\b"
        ),
        examples=(
            "Ich übergebe das meinem Anwalt.",
            "Sonst reiche ich Klage ein.",
            "mon avocat vous écrira",
        ),
        counter_examples=("Das Gerät ist defekt.",),
    ),
)

VULNERABLE_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="bereavement",
        tag="vulnerable_person",
        description="A death close to the writer.",
        pattern=(
            r"\b(?:my|our) (?:late|deceased) (?:husband|wife|mother|mum|mom|father|dad|son"
            r"|daughter|brother|sister|partner|grand\w+)\b"
            r"|\b(?:husband|wife|mother|mum|mom|father|dad|son|daughter|brother|sister|partner"
            r"|gran(?:ny|dad|dmother|dfather|ny)?)\b[^.?!]{0,30}?\b(?:died|passed away|has passed"
            r"|is dead|funeral)\b"
            r"|\b(?:bereaved|bereavement|widow(?:ed|er)?|funeral|lost my (?:husband|wife|mother"
            r"|mum|mom|father|dad|son|daughter|brother|sister|partner|baby))\b"
        ),
        unless=r"\b(?:late oil|merchant|black widow|million|battery died|inherit\w+)\b",
        examples=("My husband passed away last week.", "My late mother had an order with you."),
        counter_examples=("My mother is late for work.", "the phone of my wife has a dead pixel"),
    ),
    Signal(
        name="hardship",
        tag="vulnerable_person",
        description="The writer cannot pay for essentials.",
        pattern=(
            r"\b(?:can not|could not|unable to|struggl\w+ to|not able to) (?:\w+ )?(?:pay|afford"
            r"|buy|feed)\b[^.?!]{0,30}?\b(?:rent|food|bills?|heating|electricity|medicine|kids"
            r"|children|groceries|eat)\b"
            r"|\b(?:evicted|eviction|food bank|homeless|bankrupt\w*|debt advice"
            r"|no money (?:left )?for food|lost my job|benefits? (?:payment|money))\b"
        ),
        examples=("I can't pay my rent without this refund.", "We depend on the food bank."),
        counter_examples=("I can't pay with PayPal.", "cannot buy the rental car seat"),
    ),
    Signal(
        name="crisis",
        tag="vulnerable_person",
        description="Distress, self-harm, violence at home.",
        pattern=(
            r"\b(?:suicid\w+|kill myself|end my life|self[ -]harm|do not want to live"
            r"|no reason to live|can not go on|can not cope|at (?:my|the) end of my tether"
            r"|nervous breakdown"
            r"|domestic (?:abuse|violence)|abusive (?:partner|husband|ex)|women.?s (?:refuge"
            r"|shelter)|violent (?:partner|husband|ex))\b"
        ),
        examples=("I can't cope any more.", "I fled from domestic violence."),
        counter_examples=("This price is a killer deal.",),
    ),
    Signal(
        name="illness_or_disability",
        tag="vulnerable_person",
        description="Serious illness, dementia or disability of a person concerned.",
        pattern=(
            r"\b(?:dementia|alzheimer\w*|terminal(?:ly)? (?:ill|cancer)|cancer|chemo\w*"
            r"|stroke patient|disabled|disability|wheelchair|blind|mentally ill|mental health"
            r"|depress(?:ed|ion)|bipolar|autis\w+|learning difficult\w+|carer for"
            r"|power of attorney|care home)\b"
        ),
        unless=(
            r"\b(?:roller blinds?|blinds?\b.{0,10}(?:window|cm)|blind spot|blind (?:cord|fitting)"
            r"|do you sell|wheelchair (?:ramp|cushion)|cancer research)\b"
        ),
        examples=("My mother has dementia.", "I am terminally ill."),
        counter_examples=("Do you sell a wheelchair cushion?",),
    ),
)
