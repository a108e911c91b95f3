//! The shipped brief as a PDF 2.0, broken in what only such a file has.

use lopdf::{Dictionary, Document, Object, dictionary};

use super::{Mutation, element, entry, root, xmp};

/// As in the table of PDF 1.7.
pub const MUTATIONS: &[Mutation] = &[
    ("nothing", |_| {}, &[]),
    (
        "a link leads to a page alone",
        |file| drop(inside(file).remove(b"SD")),
        &["link: the link “” (object #) leads to no element"],
    ),
    (
        "a link leads to an element alone",
        |file| drop(inside(file).remove(b"D")),
        &["page #: link: the link “” (object #) leads to no one place"],
    ),
    (
        "an entry of the outline leads to a page alone",
        |file| drop(entry(file).get_mut(b"A").and_then(Object::as_dict_mut).unwrap().remove(b"SD")),
        &["link: the entry “” leads to no element"],
    ),
    (
        "the namespaces are removed",
        |file| drop(root(file).remove(b"Namespaces")),
        &["namespace: the structure tree has no Namespaces"],
    ),
    (
        "the Document is one of PDF 1.7",
        |file| {
            let document = element(file, "Document");
            file.get_dictionary_mut(document).unwrap().remove(b"NS");
        },
        &["namespace: the tree does not begin with one Document of PDF #.#"],
    ),
    (
        "a declaration is removed from XMP",
        |file| xmp(file, |packet| *packet = packet.replace("wtpdf#reuse1.0", "wtpdf#other")),
        &["xmp: it does not declare WTPDF reuse#.#"],
    ),
    (
        "pdfuaid has no revision",
        |file| xmp(file, |packet| *packet = packet.replace("<pdfuaid:rev>2024</pdfuaid:rev>", "")),
        &["xmp: it has no pdfuaid:rev #"],
    ),
    (
        "PDF/A-4f is not claimed",
        |file| xmp(file, |packet| *packet = packet.replace("<pdfaid:conformance>F</pdfaid:conformance>", "")),
        &["xmp: it claims PDF/A-#f without files, or has files and does not claim it"],
    ),
    (
        "it has an Info dictionary",
        |file| {
            let info = file.add_object(dictionary! { "Title" => Object::string_literal("Another") });
            file.trailer.set("Info", info);
        },
        &["xmp: a PDF/A-# has an Info dictionary"],
    ),
];

/// The action of the first link inside the document.
fn inside(file: &mut Document) -> &mut Dictionary {
    let is = |object: &&mut Object| {
        let action = object.as_dict().and_then(|link| link.get(b"A")).and_then(Object::as_dict);
        object.as_dict().is_ok_and(|link| link.has(b"Subtype")) && action.is_ok_and(|action| action.has(b"SD"))
    };
    let link = file.objects.values_mut().find(is).unwrap();
    link.as_dict_mut().and_then(|link| link.get_mut(b"A")).and_then(Object::as_dict_mut).unwrap()
}
