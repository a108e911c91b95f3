"""The neutral document in the words of each peer: Typst markup, and HTML for WeasyPrint and Chromium. Sizes, margins and
line heights are those of greenbrief's shipped theme, so that pages hold about as much."""

import html
import json

SIDE, ABOVE, BELOW, BODY, SMALL, H2, H1 = 56, 60, 58, 9.3, 8.2, 13.5, 21
INK, ACCENT, GRID, TILE = "#1a1f24", "#12436d", "#dde1e6", "#f1f5f8"


def woven(text, number):
    return text.replace("{n}", str(number))


def families(language):
    pair = ["IBM Plex Sans", "Noto Sans SC"]
    return pair[::-1] if language == "zh" else pair


def typst(document, number):
    def words(text):
        # A string, so that no letter is taken for markup.
        return f"#{json.dumps(woven(text, number), ensure_ascii=False)}"

    language = document["language"]
    fonts = ", ".join(json.dumps(name) for name in families(language))
    leading = 0.95 if language == "zh" else 0.75
    out = [
        f"#set document(title: {words(document['title'])[1:]})",
        f"#set page(paper: \"a4\", margin: (x: {SIDE}pt, top: {ABOVE}pt, bottom: {BELOW}pt), numbering: \"1\")",
        f"#set text(font: ({fonts},), size: {BODY}pt, lang: \"{language}\", fill: rgb(\"{INK}\"), hyphenate: true)",
        f"#set par(leading: {leading}em, spacing: {leading + 0.75}em)",
        f"#show heading: set text(fill: rgb(\"{ACCENT}\"), weight: 600)",
        f"#show heading.where(level: 1): set text(size: {H1}pt)",
        f"#show heading.where(level: 2): set text(size: {H2}pt)",
        f"= {words(document['title'])}",
        "#outline(title: none, depth: 2)",
    ]
    for section in document["sections"]:
        out.append(f"== {words(section['heading'])}")
        for paragraph in section["paragraphs"]:
            out += ["", words(paragraph), ""]
        out += [f"- {words(item)}" for item in section["items"]]
        out.append("")
        if grid := section.get("table"):
            head = ", ".join(f"[*{words(cell)}*]" for cell in grid["columns"])
            rows = ",\n".join(", ".join(f"[{words(cell)}]" for cell in row) for row in grid["rows"])
            out += [
                f"#block(breakable: false)[*{words(grid['caption'])}*",
                f"#set text(size: {SMALL}pt)",
                "#table(columns: (2fr, 1fr, 1fr, 1fr), align: (left, right, right, right), stroke: none, inset: 5.2pt,",
                f"fill: (_, y) => if calc.odd(y) {{ rgb(\"{TILE}\") }},",
                f"table.header({head}),\n{rows})]",
            ]
        if bars := section.get("bars"):
            most = max(bars["values"])
            rows = ",\n".join(
                f"[{words(label)}], rect(width: {value / most * 85:.2f}%, height: 11pt, fill: rgb(\"{ACCENT}\")), [{value}]"
                for label, value in zip(bars["labels"], bars["values"])
            )
            alt = words(bars["title"])[1:]
            out += [
                f"#figure(alt: {alt}, block(breakable: false)[#set align(left)",
                f"*{words(bars['title'])}*\\ {words(bars['subtitle'])}",
                f"#grid(columns: (110pt, 1fr, 40pt), row-gutter: 11pt, align: horizon, {rows})])",
            ]
    return "\n".join(out).encode()


def page(document, number, fonts):
    def words(text):
        return html.escape(woven(text, number))

    language = document["language"]
    faces = "".join(
        f"@font-face {{ font-family: '{family}'; font-weight: {weight}; src: url('{(fonts / file).as_uri()}'); }}\n"
        for family, weight, file in (
            ("IBM Plex Sans", 400, "IBMPlexSans-Regular.ttf"),
            ("IBM Plex Sans", 600, "IBMPlexSans-SemiBold.ttf"),
            ("Noto Sans SC", 400, "NotoSansSC-Regular.ttf"),
            ("Noto Sans SC", 600, "NotoSansSC-Bold.ttf"),
        )
    )
    family = ", ".join(f"'{name}'" for name in families(language))
    leading = 1.65 if language == "zh" else 1.45
    out = [
        f"<!DOCTYPE html><html lang='{language}'><head><meta charset='utf-8'><title>{words(document['title'])}</title><style>",
        f"{faces}@page {{ size: A4; margin: {ABOVE}pt {SIDE}pt {BELOW}pt }}",
        f"body {{ font: {BODY}pt/{leading} {family}; color: {INK}; margin: 0; hyphens: auto }}",
        f"h1 {{ font-size: {H1}pt; line-height: 1.22 }} h2 {{ font-size: {H2}pt }} h1, h2 {{ color: {ACCENT}; font-weight: 600 }}",
        "p { margin: 0 0 7pt } table { width: 100%; border-collapse: collapse; margin: 8pt 0; break-inside: avoid }",
        f"td, th {{ font-size: {SMALL}pt; padding: 2.5pt 5pt; text-align: right }} th:first-child, td:first-child {{ text-align: left }}",
        f"tr:nth-child(odd) td {{ background: {TILE} }} figure {{ margin: 8pt 0; break-inside: avoid }} b, th, caption {{ font-weight: 600 }}",
        f"</style></head><body><h1>{words(document['title'])}</h1>",
    ]
    for section in document["sections"]:
        out.append(f"<h2>{words(section['heading'])}</h2>")
        out += [f"<p>{words(paragraph)}</p>" for paragraph in section["paragraphs"]]
        if section["items"]:
            out.append(f"<ul>{''.join(f'<li>{words(item)}</li>' for item in section['items'])}</ul>")
        if grid := section.get("table"):
            head = "".join(f"<th scope='col'>{words(cell)}</th>" for cell in grid["columns"])
            rows = "".join(f"<tr>{''.join(f'<td>{words(cell)}</td>' for cell in row)}</tr>" for row in grid["rows"])
            out.append(f"<table><caption>{words(grid['caption'])}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
        if bars := section.get("bars"):
            most, height = max(bars["values"]), 18 * len(bars["values"])
            shapes = "".join(
                f"<text x='0' y='{18 * nth + 12}'>{words(label)}</text><rect x='110' y='{18 * nth + 3}' width='{value / most * 300:.1f}' "
                f"height='11' fill='{ACCENT}'/><text x='{115 + value / most * 300:.1f}' y='{18 * nth + 12}'>{value}</text>"
                for nth, (label, value) in enumerate(zip(bars["labels"], bars["values"]))
            )
            title = words(bars["title"])
            out.append(
                f"<figure><figcaption><b>{title}</b><br>{words(bars['subtitle'])}</figcaption><svg role='img' aria-label='{title}' "
                f"width='480' height='{height}' font-size='11' font-family=\"{family}\">{shapes}</svg></figure>"
            )
    out.append("</body></html>")
    return "\n".join(out)
