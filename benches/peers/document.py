"""The neutral document that every typesetter of this comparison gets: one for each language, of the same build, about four
pages. `{n}` in a text is replaced by the number of the run, so that no paragraph is the same twice. The same seed gives the
same document."""

import pathlib
import random

TOP = pathlib.Path(__file__).resolve().parent.parent.parent

WORDS = {
    "en": """electrification registrations battery vehicles suppliers trade deficit exports imports hydrogen steel wind
        capacity installed electricity consumption emissions target ministry agreement cooperation standards charging
        infrastructure efficient manufacturers joint venture investment subsidy tariff commission regulation certificate
        recycling lithium cathode photovoltaic modules prices fell rose sharply slightly first half year compared with
        previous quarter according to preliminary figures of the office for several regions and both economies
        characterisation international office final flow""".split(),
    "de": """Elektrifizierung Neuzulassungen Batterien Fahrzeuge Zulieferer Handelsbilanz Ausfuhren Einfuhren Wasserstoff
        Stahl Windkraft Leistung installierte Stromverbrauch Emissionen Zielvorgabe Ministerium Abkommen
        Wirtschaftszusammenarbeit Normen Ladeinfrastruktur effiziente Hersteller Gemeinschaftsunternehmen Investitionen
        Förderung Zölle Kommission Verordnung Bescheinigung Wiederverwertung Lithium Kathoden Photovoltaikmodule Preise
        fielen stiegen deutlich leicht im ersten Halbjahr gegenüber dem Vorquartal nach vorläufigen Angaben des Amtes
        für mehrere Regionen und beide Volkswirtschaften Lieferkettensorgfaltspflichten größere Außenhandel""".split(),
}


def han():
    """Han of the shipped Chinese template, and of the standard table from its common part."""
    shipped = (TOP / "templates/green-economy/zh.md").read_text(encoding="utf-8")
    table = (TOP / "fonts/general-standard-characters.txt").read_text(encoding="utf-8")
    own = sorted({c for c in shipped if "一" <= c <= "鿿"})
    common = [c for c in table if "一" <= c <= "鿿" and c not in own]
    return own + common[::17][:320]


def documents(seed=1):
    chance = random.Random(seed)
    letters = han()

    def words(language, count):
        if language == "zh":
            return "".join(chance.choice(letters) for _ in range(count * 2))
        return " ".join(chance.choice(WORDS[language]) for _ in range(count))

    def sentence(language, count):
        text = words(language, count)
        number = f"{chance.randrange(1_000, 900_000):,}"
        if language == "zh":
            return f"{text}，{words(language, count // 2)} {number}，{words(language, 3)}。"
        number = number.replace(",", ".") if language == "de" else number
        return f"{text[0].upper()}{text[1:]} {number}, {words(language, count // 2)}."

    def section(language, nth):
        made = {
            "heading": f"{words(language, 4)} {{n}}",
            "paragraphs": [
                " ".join([f"{{n}}.{nth}.{k}"] + [sentence(language, chance.randrange(9, 16)) for _ in range(5)])
                for k in range(4)
            ],
            "items": [f"{sentence(language, 8)} {{n}}" for _ in range(4)] if nth % 2 else [],
        }
        if nth % 2 == 0:
            made["table"] = {
                "caption": f"{words(language, 5)} {{n}}",
                "columns": [words(language, 1), "2022", "2023", "2024"],
                "rows": [
                    [f"{words(language, 2)} {{n}}"] + [str(chance.randrange(100, 90_000)) for _ in range(3)]
                    for _ in range(10)
                ],
            }
        else:
            made["bars"] = {
                "title": f"{words(language, 6)} {{n}}",
                "subtitle": f"{words(language, 4)} {{n}}",
                "labels": [f"{words(language, 1)} {{n}}" for _ in range(6)],
                "values": [chance.randrange(100, 9_000) for _ in range(6)],
            }
        return made

    def document(language):
        return {
            "language": language,
            "title": f"{words(language, 6)} {{n}}",
            "sections": [section(language, nth) for nth in range(5)],
        }

    return [document(language) for language in ("en", "de", "zh")]


def distinct_han(document):
    return len({c for c in str(document) if "一" <= c <= "鿿"})
