//! Metadata: header and end of the file, the catalog, XMP and Info, colour profile, id, attachments
//! (ISO 14289-1, 7.1 and 7.2; ISO 19005-3, 6.1, 6.2.4, 6.6 and 6.8), and what PDF 2.0 has otherwise (ISO 14289-2, 5;
//! ISO 19005-4, 6.1 and 6.7).

use lopdf::{Dictionary, Document, Object};

use super::{Findings, entry, words};

/// Checks header and end of the file (ISO 19005-3, 6.1.2 and 6.1.3).
pub fn frame(bytes: &[u8], findings: &mut Findings) {
    let begins = [b"%PDF-1.7\n%", b"%PDF-2.0\n%"].iter().any(|header| bytes.starts_with(*header));
    if !begins || !bytes.get(10..14).is_some_and(|four| four.iter().all(|b| *b > 127)) {
        findings.add(None, "file", "it does not begin with %PDF-1.7 or %PDF-2.0 and four bytes that are no text");
    }
    let end = b"%%EOF";
    let after = bytes.windows(end.len()).rposition(|five| five == end).and_then(|at| bytes.get(at + end.len()..));
    match after {
        None => findings.add(None, "file", "it has no %%EOF"),
        Some(b"" | b"\n" | b"\r" | b"\r\n") => {}
        Some(after) => findings.add(None, "file", format!("{} bytes follow %%EOF", after.len())),
    }
}

pub fn check(file: &Document, catalog: &Dictionary, findings: &mut Findings) {
    let language = words(file, catalog, b"Lang");
    if language.is_empty() {
        findings.add(None, "language", "the catalog has no Lang");
    }
    let is_true = |key, inner| {
        let dictionary = file.get_dict_in_dict(catalog, key);
        dictionary.is_ok_and(|d| entry(file, d, inner).and_then(|object| object.as_bool().ok()) == Some(true))
    };
    for (key, inner) in [("MarkInfo", "Marked"), ("ViewerPreferences", "DisplayDocTitle")] {
        if !is_true(key.as_bytes(), inner.as_bytes()) {
            findings.add(None, "catalog", format!("{key} has no {inner} true"));
        }
    }
    if catalog.get(b"PageMode").and_then(Object::as_name).ok() != Some(b"UseOutlines") {
        findings.add(None, "catalog", "PageMode is not the name UseOutlines");
    }
    for (page, number) in file.page_iter().zip(1..) {
        let tabs = file.get_dictionary(page).and_then(|page| page.get(b"Tabs")).and_then(Object::as_name);
        if tabs.ok() != Some(b"S") {
            findings.add(number, "tabs", "the page has no Tabs S: the tab key does not follow the structure");
        }
    }
    let id = file.trailer.get(b"ID").and_then(Object::as_array);
    if !id.is_ok_and(|id| id.len() == 2 && id.iter().all(|half| half.as_str().is_ok_and(|half| !half.is_empty()))) {
        findings.add(None, "id", "the trailer has no ID of two strings");
    }
    intent(file, catalog, findings);
    xmp(file, catalog, &language, findings);
    attachments(file, catalog, findings);
}

fn intent(file: &Document, catalog: &Dictionary, findings: &mut Findings) {
    let all = entry(file, catalog, b"OutputIntents").and_then(|all| all.as_array().ok());
    let first = all.and_then(|all| file.dereference(all.first()?).ok()?.1.as_dict().ok());
    let Some(intent) = first else { return findings.add(None, "output-intent", "there is none") };
    if intent.get(b"S").and_then(Object::as_name).ok() != Some(b"GTS_PDFA1") {
        findings.add(None, "output-intent", "its S is not GTS_PDFA1");
    }
    if words(file, intent, b"OutputConditionIdentifier").is_empty() {
        findings.add(None, "output-intent", "it has no OutputConditionIdentifier");
    }
    if entry(file, intent, b"DestOutputProfile").is_none_or(|profile| profile.as_stream().is_err()) {
        findings.add(None, "output-intent", "it has no DestOutputProfile");
    }
}

/// Checks what XMP claims, and that it agrees with Info.
fn xmp(file: &Document, catalog: &Dictionary, language: &str, findings: &mut Findings) {
    let packet = entry(file, catalog, b"Metadata").and_then(|packet| packet.as_stream().ok());
    let packet = packet.and_then(|packet| packet.get_plain_content().ok());
    let Some(packet) = packet.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return findings.add(None, "xmp", "there is none");
    };
    let is_2 = is_of_pdf_2(file);
    let claims: &[(&str, &str)] = if is_2 {
        &[("pdfaid:part", "4"), ("pdfaid:rev", "2020"), ("pdfuaid:part", "2"), ("pdfuaid:rev", "2024")]
    } else {
        &[("pdfaid:part", "3"), ("pdfaid:conformance", "A"), ("pdfuaid:part", "1")]
    };
    for (name, wanted) in claims {
        if value(&packet, name).as_deref() != Some(*wanted) {
            findings.add(None, "xmp", format!("it has no {name} {wanted}"));
        }
    }
    for profile in ["accessibility1.0", "reuse1.0"] {
        if is_2 && !packet.contains(&format!(">http://pdfa.org/declarations/wtpdf#{profile}<")) {
            findings.add(None, "xmp", format!("it does not declare WTPDF {profile}"));
        }
    }
    // A PDF/A-4 with files is a PDF/A-4f, and one without is none.
    let conformance = value(&packet, "pdfaid:conformance");
    if is_2 && catalog.has(b"AF") != (conformance.as_deref() == Some("F")) {
        findings.add(None, "xmp", "it claims PDF/A-4f without files, or has files and does not claim it");
    }
    if !language.is_empty() && value(&packet, "dc:language").as_deref() != Some(language) {
        findings.add(None, "xmp", format!("its dc:language is not the catalog's Lang {language}"));
    }
    if is_2 {
        for name in ["dc:title", "dc:creator", "dc:description", "xmp:CreatorTool", "xmp:CreateDate", "xmp:ModifyDate"]
        {
            if value(&packet, name).unwrap_or_default().is_empty() {
                findings.add(None, "xmp", format!("it has no {name}"));
            }
        }
        if file.trailer.has(b"Info") {
            findings.add(None, "xmp", "a PDF/A-4 has an Info dictionary");
        }
        return;
    }
    let Ok(info) = file.get_dict_in_dict(&file.trailer, b"Info") else {
        return findings.add(None, "xmp", "there is no Info to compare it with");
    };
    for (key, name) in [
        ("Title", "dc:title"),
        ("Author", "dc:creator"),
        ("Subject", "dc:description"),
        ("Creator", "xmp:CreatorTool"),
        ("Producer", "pdf:Producer"),
        ("CreationDate", "xmp:CreateDate"),
        ("ModDate", "xmp:ModifyDate"),
    ] {
        let info = words(file, info, key.as_bytes());
        let info = if key.ends_with("Date") { iso(&info) } else { info };
        let said = value(&packet, name).unwrap_or_default();
        if info.is_empty() || info != said {
            findings.add(None, "xmp", format!("{name} is “{said}”, Info's {key} “{info}”"));
        }
    }
}

/// Whether a file is one of PDF 2.0.
pub fn is_of_pdf_2(file: &Document) -> bool {
    file.version == "2.0"
}

/// Returns the text of an element, or the first one of alternatives and lists.
fn value(packet: &str, name: &str) -> Option<String> {
    let (_, rest) = packet.split_once(&format!("<{name}>"))?;
    let (inside, _) = rest.split_once(&format!("</{name}>"))?;
    let item = inside.split_once("<rdf:li").and_then(|(_, rest)| rest.split_once('>')?.1.split_once("</rdf:li>"));
    let text = item.map_or(inside, |(text, _)| text);
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Converts `D:20250304070000Z` and `D:20250304070000+01'00'` to the form of XMP.
fn iso(date: &str) -> String {
    let part = |from: usize, to: usize| date.get(from..to).unwrap_or_default();
    let zone = date.get(16..).unwrap_or_default().trim_end_matches('\'').replace('\'', ":");
    let day = [part(2, 6), part(6, 8), part(8, 10)].join("-");
    format!("{day}T{}{zone}", [part(10, 12), part(12, 14), part(14, 16)].join(":"))
}

/// Checks that attachments are associated, described, typed and dated (ISO 19005-3, 6.8 and annex E).
fn attachments(file: &Document, catalog: &Dictionary, findings: &mut Findings) {
    let associated = entry(file, catalog, b"AF").and_then(|all| all.as_array().ok()).cloned().unwrap_or_default();
    let names =
        file.get_dict_in_dict(catalog, b"Names").and_then(|names| file.get_dict_in_dict(names, b"EmbeddedFiles"));
    let names = names.ok().and_then(|names| entry(file, names, b"Names")?.as_array().ok()).cloned().unwrap_or_default();
    let embedded: Vec<&Object> = names.chunks(2).filter_map(|pair| pair.get(1)).collect();
    for object in &associated {
        if !embedded.contains(&object) {
            findings.add(None, "attachment", "a file of AF is not among the EmbeddedFiles");
        }
    }
    for object in embedded {
        let Some(specification) = file.dereference(object).ok().and_then(|(_, object)| object.as_dict().ok()) else {
            findings.add(None, "attachment", "an embedded file has no specification");
            continue;
        };
        let name = words(file, specification, b"UF");
        let mut must = |holds: bool, what: &str| {
            if !holds {
                findings.add(None, "attachment", format!("“{name}” {what}"));
            }
        };
        must(associated.contains(object), "is not in the catalog's AF");
        must(!words(file, specification, b"F").is_empty() && !name.is_empty(), "has no F and UF");
        must(!words(file, specification, b"Desc").is_empty(), "has no Desc");
        must(specification.get(b"AFRelationship").and_then(Object::as_name).is_ok(), "has no AFRelationship");
        let streams = file.get_dict_in_dict(specification, b"EF").ok();
        let stream = |key| streams.and_then(|all| entry(file, all, key)?.as_stream().ok());
        let (Some(stream), Some(_)) = (stream(b"F"), stream(b"UF")) else {
            must(false, "has no EF with F and UF");
            continue;
        };
        let subtype = stream.dict.get(b"Subtype").and_then(Object::as_name).unwrap_or_default();
        must(subtype.contains(&b'/'), "has no MIME type as its Subtype");
        let parameters = file.get_dict_in_dict(&stream.dict, b"Params").ok();
        must(parameters.is_some_and(|all| !words(file, all, b"ModDate").is_empty()), "has no ModDate");
        let size = parameters.and_then(|all| all.get(b"Size").and_then(Object::as_i64).ok());
        let bytes = stream.get_plain_content().ok().and_then(|bytes| i64::try_from(bytes.len()).ok());
        must(size.is_some() && size == bytes, "has another Size than it says");
    }
}
