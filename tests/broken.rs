//! A good file, the shipped brief, broken in one way each: the lint says exactly that and nothing else. The table of
//! what was broken and what is said is printed with `cargo test broken -- --nocapture`.

mod of_pdf_2;

use greenbrief::{base::language::Language, document::brief::Standard};
use lopdf::{
    Dictionary, Document, Object, ObjectId, Stream,
    content::{Content, Operation},
    dictionary,
};

use crate::lint::{lint, lint_objects};

/// What was done; how; what is said, where digits are `#` and quoted words are left out, since the brief changes.
type Mutation = (&'static str, fn(&mut Document), &'static [&'static str]);

const MUTATIONS: &[Mutation] = &[
    ("nothing", |_| {}, &[]),
    // The structure and the way back.
    (
        "the ParentTree is removed",
        |file| drop(root(file).remove(b"ParentTree")),
        &["parent-tree: there is none: nothing leads from what is painted to its element"],
    ),
    (
        "two ids of the ParentTree are exchanged",
        |file| page_owners(file).swap(0, 1),
        &[
            "page #: parent-tree: MCID # leads to object #, but stands in object #",
            "page #: parent-tree: MCID # leads to object #, but stands in object #",
        ],
    ),
    (
        "an id of the ParentTree is removed",
        |file| page_owners(file)[0] = Object::Null,
        &["page #: parent-tree: MCID # leads nowhere"],
    ),
    (
        "the ParentTree has a key too many",
        |file| {
            let tree = root(file).get(b"ParentTree").and_then(Object::as_reference).unwrap();
            let numbers = file.get_dictionary_mut(tree).unwrap().get_mut(b"Nums").and_then(Object::as_array_mut);
            numbers.unwrap().extend([Object::Integer(99_999), Object::Null]);
        },
        &["parent-tree: nothing has key #"],
    ),
    (
        "an MCID is painted twice",
        |file| operations(file, |all| *artifact(all) = begin("P", dictionary! { "MCID" => 0 })),
        &["page #: mcid: MCID # is painted twice"],
    ),
    (
        "an MCID is painted that the tree does not hold",
        |file| operations(file, |all| *artifact(all) = begin("P", dictionary! { "MCID" => 9_999 })),
        &["page #: mcid: MCID # is painted, but stands nowhere in the tree"],
    ),
    (
        "an MCID of the tree becomes an artifact",
        |file| operations(file, |all| *tagged(all) = begin("Artifact", Dictionary::new())),
        &["page #: mcid: MCID # stands in the tree, but is not painted"],
    ),
    (
        "an artifact loses its mark",
        |file| operations(file, unmark),
        &["page #: unmarked: f paints what is neither tagged nor an artifact"],
    ),
    (
        "an artifact stands inside tagged content",
        |file| {
            operations(file, |all| {
                let at = all.iter().position(|operation| operation.operator == "BT").unwrap();
                all.splice(at..at, [begin("Artifact", Dictionary::new()), Operation::new("EMC", vec![])]);
            })
        },
        &["page #: mcid: tagged content and artifacts stand inside one another"],
    ),
    (
        "two paragraphs change places in the tree",
        |file| {
            let document = element(file, "Document");
            file.get_dictionary_mut(document).unwrap().get_mut(b"K").unwrap().as_array_mut().unwrap().swap(0, 1);
        },
        &["page #: reading-order: MCID # is read where MCID # is painted"],
    ),
    (
        "an element names another parent",
        |file| {
            let figure = element(file, "Figure");
            set(file, "H1", "P", figure);
        },
        &["page #: structure: the parent that H# # names is another"],
    ),
    // Links.
    (
        "the OBJR of a link is removed",
        |file| {
            let kids = file.get_dictionary_mut(element(file, "Link")).unwrap().get_mut(b"K").unwrap();
            kids.as_array_mut().unwrap().retain(|kid| kid.as_i64().is_ok());
        },
        &["page #: link: the link “” (object #) has no OBJR in a Link element"],
    ),
    (
        "a Link element is called Span",
        |file| set(file, "Link", "S", Object::Name("Span".into())),
        &["page #: link: the link “” (object #) has no OBJR in a Link element"],
    ),
    (
        "a link loses its Contents",
        |file| drop(annotation(file).remove(b"Contents")),
        &["page #: link: the link “” (object #) has no Contents"],
    ),
    (
        "a link loses its F",
        |file| drop(annotation(file).remove(b"F")),
        &["page #: link: the link “” (object #) has no F with Print alone"],
    ),
    (
        "a link loses its StructParent",
        |file| drop(annotation(file).remove(b"StructParent")),
        &["page #: link: the link “” (object #) has no StructParent", "parent-tree: nothing has key #"],
    ),
    (
        "a link leads nowhere",
        |file| {
            annotation(file).remove(b"Dest");
            annotation(file).remove(b"A");
        },
        &["page #: link: the link “” (object #) leads to no one place"],
    ),
    // Headings and outline.
    (
        "a level is skipped: H2 becomes H3",
        |file| set(file, "H2", "S", Object::Name("H3".into())),
        &["page #: heading: “” is H# after H#"],
    ),
    (
        "the outline is removed",
        |file| drop(file.catalog_mut().unwrap().remove(b"Outlines")),
        &["outline: there is none"],
    ),
    (
        "an entry of the outline says something else",
        |file| entry(file).set("Title", Object::string_literal("Something else")),
        &["page #: outline: the entry for “” says “”"],
    ),
    (
        "the outline ends early",
        |file| {
            let first = entry(file).get(b"First").and_then(Object::as_reference).unwrap();
            file.get_dictionary_mut(first).unwrap().remove(b"Next");
        },
        &["page #: outline: “” has no entry"],
    ),
    // Elements.
    (
        "a figure loses its Alt",
        |file| {
            let figure = element(file, "Figure");
            file.get_dictionary_mut(figure).unwrap().remove(b"Alt");
        },
        &["page #: figure: Figure # has no Alt"],
    ),
    (
        "a column's head loses its Scope",
        |file| {
            let head = element(file, "TH");
            file.get_dictionary_mut(head).unwrap().remove(b"A");
        },
        &["page #: table: the head “” has no Scope"],
    ),
    (
        "a cell reaches over two columns of three",
        |file| set(file, "TD", "A", dictionary! { "O" => Object::Name("Table".into()), "ColSpan" => 2 }),
        &["page #: table: row # of Table # is # cells wide, the first #"],
    ),
    (
        "a paragraph becomes a note without ID",
        |file| set(file, "P", "S", Object::Name("Note".into())),
        &["page #: note: Note # has no ID"],
    ),
    (
        "two elements have one ID",
        |file| {
            set(file, "P", "ID", Object::string_literal("note-1"));
            set(file, "H1", "ID", Object::string_literal("note-1"));
            root(file).set("IDTree", Dictionary::new());
        },
        &["page #: note: the ID note-# is there twice"],
    ),
    // Fonts.
    (
        "a font is no longer embedded",
        |file| {
            let descriptor = of_type(file, "FontDescriptor");
            file.get_dictionary_mut(descriptor).unwrap().remove(b"FontFile2");
        },
        &["page #: font: GRBRFA+IBMPlexSans-Regular is not embedded"],
    ),
    (
        "a font loses its ToUnicode",
        |file| drop(font(file).remove(b"ToUnicode")),
        &["page #: font: GRBRFA+IBMPlexSans-Regular has no ToUnicode"],
    ),
    (
        "a glyph stands for the replacement character",
        |file| {
            let map = font(file).get(b"ToUnicode").and_then(Object::as_reference).unwrap();
            replace(file, map, |text| {
                let at = text.find("<0001> <").unwrap() + "<0001> <".len();
                text.replace_range(at..at + 4, "FFFD");
            });
        },
        &["page #: font: glyph # of GRBRFA+IBMPlexSans-Regular stands for no text"],
    ),
    (
        "the glyph for what is missing is painted",
        |file| {
            operations(file, |all| {
                // In the page's foot, which no heading repeats.
                let shown = all.iter_mut().rev().find(|operation| operation.operator == "TJ").unwrap();
                shown.operands = vec![Object::Array(vec![Object::string_literal([0, 0])])];
            })
        },
        &["page #: font: GRBRFA+IBMPlexSans-Regular paints .notdef, the glyph for what it does not have"],
    ),
    // What the file says of itself.
    (
        "Lang is removed",
        |file| drop(file.catalog_mut().unwrap().remove(b"Lang")),
        &["language: the catalog has no Lang"],
    ),
    (
        "MarkInfo is removed",
        |file| drop(file.catalog_mut().unwrap().remove(b"MarkInfo")),
        &["catalog: MarkInfo has no Marked true"],
    ),
    (
        "DisplayDocTitle is removed",
        |file| drop(file.catalog_mut().unwrap().remove(b"ViewerPreferences")),
        &["catalog: ViewerPreferences has no DisplayDocTitle true"],
    ),
    (
        "PageMode becomes a string",
        |file| file.catalog_mut().unwrap().set("PageMode", Object::string_literal("UseOutlines")),
        &["catalog: PageMode is not the name UseOutlines"],
    ),
    (
        "a page loses its Tabs",
        |file| {
            let page = file.page_iter().next().unwrap();
            file.get_dictionary_mut(page).unwrap().remove(b"Tabs");
        },
        &["page #: tabs: the page has no Tabs S: the tab key does not follow the structure"],
    ),
    ("the ID is removed", |file| drop(file.trailer.remove(b"ID")), &["id: the trailer has no ID of two strings"]),
    (
        "the OutputIntent is removed",
        |file| drop(file.catalog_mut().unwrap().remove(b"OutputIntents")),
        &["output-intent: there is none"],
    ),
    (
        "pdfuaid is removed from XMP",
        |file| xmp(file, |packet| *packet = packet.replace("<pdfuaid:part>1</pdfuaid:part>", "")),
        &["xmp: it has no pdfuaid:part #"],
    ),
    (
        "pdfaid claims another level",
        |file| xmp(file, |packet| *packet = packet.replace("conformance>A</pdfaid", "conformance>B</pdfaid")),
        &["xmp: it has no pdfaid:conformance A"],
    ),
    (
        "Info has another title and date",
        |file| {
            let info = file.trailer.get(b"Info").and_then(Object::as_reference).unwrap();
            let info = file.get_dictionary_mut(info).unwrap();
            info.set("Title", Object::string_literal("Another"));
            info.set("ModDate", Object::string_literal("D:20250101000000Z"));
        },
        &["xmp: dc:title is “”, Info's Title “”", "xmp: xmp:ModifyDate is “”, Info's ModDate “”"],
    ),
    (
        "AF is removed",
        |file| drop(file.catalog_mut().unwrap().remove(b"AF")),
        &["attachment: “” is not in the catalog's AF"],
    ),
    (
        "the attachment loses relationship and description",
        |file| {
            let specification = of_type(file, "Filespec");
            let specification = file.get_dictionary_mut(specification).unwrap();
            specification.remove(b"AFRelationship");
            specification.remove(b"Desc");
        },
        &["attachment: “” has no Desc", "attachment: “” has no AFRelationship"],
    ),
];

#[test]
fn the_lint_says_what_was_broken_and_nothing_else() {
    for (standard, mutations) in [(Standard::Ua1, MUTATIONS), (Standard::Ua2, of_pdf_2::MUTATIONS)] {
        let good = Document::load_mem(&crate::pdf_by(&crate::pages(Language::En), standard)).unwrap();
        is_told(&good, mutations);
    }
}

fn is_told(good: &Document, mutations: &[Mutation]) {
    let mut wrong = Vec::new();
    for (what, mutate, wanted) in mutations {
        let mut file = good.clone();
        mutate(&mut file);
        let found: Vec<String> = lint_objects(&file).iter().map(|finding| in_general(&finding.to_string())).collect();
        println!("{what} | {}", if found.is_empty() { "nothing".into() } else { found.join("; ") });
        if found != *wanted {
            wrong.push(format!("{what}:\n  wanted {wanted:#?}\n  found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lint_says_what_follows_the_end() {
    let mut bytes = crate::pdf(Language::En);
    bytes.extend(b"one more line\n");
    let found: Vec<String> = lint(&bytes).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["file: 15 bytes follow %%EOF"]);
    assert_eq!(lint(b"no PDF").len(), 3);
}

/// A run of digits is `#`; quoted words are left out.
fn in_general(finding: &str) -> String {
    let (mut general, mut quoted) = (String::new(), false);
    for c in finding.chars() {
        match c {
            '”' => quoted = false,
            _ if quoted => continue,
            '“' => quoted = true,
            '0'..='9' if general.ends_with('#') => continue,
            _ => {}
        }
        general.push(if c.is_ascii_digit() { '#' } else { c });
    }
    general
}

fn root(file: &mut Document) -> &mut Dictionary {
    let root = file.catalog().unwrap().get(b"StructTreeRoot").and_then(Object::as_reference).unwrap();
    file.get_dictionary_mut(root).unwrap()
}

/// The first element of a kind; a cell that is not empty; a link that lies on one line, and so has one annotation.
fn element(file: &Document, kind: &str) -> ObjectId {
    let is = |object: &Object| {
        object
            .as_dict()
            .is_ok_and(|d| d.has_type(b"StructElem") && d.get(b"S").unwrap().as_name().unwrap() == kind.as_bytes())
            && (kind != "TD" || object.as_dict().unwrap().has(b"K"))
            && (kind != "Link" || object.as_dict().unwrap().get(b"K").unwrap().as_array().unwrap().len() == 2)
    };
    *file.objects.iter().find(|(_, object)| is(object)).unwrap().0
}

fn set(file: &mut Document, kind: &str, key: &str, value: impl Into<Object>) {
    let id = element(file, kind);
    file.get_dictionary_mut(id).unwrap().set(key, value);
}

/// The first object of a type.
fn of_type(file: &Document, kind: &str) -> ObjectId {
    let is = |object: &Object| object.as_dict().is_ok_and(|dictionary| dictionary.has_type(kind.as_bytes()));
    *file.objects.iter().find(|(_, object)| is(object)).unwrap().0
}

/// The elements that the ids of the first page lead to.
fn page_owners(file: &mut Document) -> &mut Vec<Object> {
    let tree = root(file).get(b"ParentTree").and_then(Object::as_reference).unwrap();
    let numbers = file.get_dictionary(tree).unwrap().get(b"Nums").and_then(Object::as_array).unwrap();
    let owners = numbers[1].as_reference().unwrap();
    file.get_object_mut(owners).unwrap().as_array_mut().unwrap()
}

/// The first link of the first page.
fn annotation(file: &mut Document) -> &mut Dictionary {
    let page = file.page_iter().next().unwrap();
    let all = file.get_dictionary(page).unwrap().get(b"Annots").and_then(Object::as_array).unwrap();
    let first = all[0].as_reference().unwrap();
    file.get_dictionary_mut(first).unwrap()
}

/// The first entry of the outline.
fn entry(file: &mut Document) -> &mut Dictionary {
    let outlines = file.catalog().unwrap().get(b"Outlines").and_then(Object::as_reference).unwrap();
    let first = file.get_dictionary(outlines).unwrap().get(b"First").and_then(Object::as_reference).unwrap();
    file.get_dictionary_mut(first).unwrap()
}

fn font(file: &mut Document) -> &mut Dictionary {
    let id = *file
        .objects
        .iter()
        .find(|(_, object)| object.as_dict().is_ok_and(|font| font.has(b"DescendantFonts")))
        .unwrap()
        .0;
    file.get_dictionary_mut(id).unwrap()
}

/// Edits a stream as text.
fn replace(file: &mut Document, id: ObjectId, edit: impl Fn(&mut String)) {
    let stream = file.get_object(id).and_then(Object::as_stream).unwrap();
    let mut text = String::from_utf8(stream.get_plain_content().unwrap()).unwrap();
    let before = text.clone();
    edit(&mut text);
    assert_ne!(text, before);
    let mut dictionary = stream.dict.clone();
    dictionary.remove(b"Filter");
    file.set_object(id, Stream::new(dictionary, text.into_bytes()));
}

fn xmp(file: &mut Document, edit: impl Fn(&mut String)) {
    let packet = file.catalog().unwrap().get(b"Metadata").and_then(Object::as_reference).unwrap();
    replace(file, packet, edit);
}

/// Edits the content of the first page.
fn operations(file: &mut Document, edit: impl Fn(&mut Vec<Operation>)) {
    let page = file.page_iter().next().unwrap();
    let mut operations = file.get_and_decode_page_content(page).unwrap().operations;
    edit(&mut operations);
    file.change_page_content(page, Content { operations }.encode().unwrap()).unwrap();
}

fn begin(tag: &str, properties: Dictionary) -> Operation {
    Operation::new("BDC", vec![Object::Name(tag.into()), Object::Dictionary(properties)])
}

fn is_artifact(operation: &Operation) -> bool {
    operation.operator == "BDC" && operation.operands[0].as_name().unwrap() == b"Artifact"
}

fn artifact(all: &mut [Operation]) -> &mut Operation {
    all.iter_mut().find(|operation| is_artifact(operation)).unwrap()
}

fn tagged(all: &mut [Operation]) -> &mut Operation {
    all.iter_mut().find(|operation| operation.operator == "BDC" && !is_artifact(operation)).unwrap()
}

/// Takes the mark off the first artifact that is a shape.
fn unmark(all: &mut Vec<Operation>) {
    let at = all.iter().position(is_artifact).unwrap();
    let end = at + all[at..].iter().position(|operation| operation.operator == "EMC").unwrap();
    all.remove(end);
    all.remove(at);
}
