//! What printpdf's objects lack for the standards that a file conforms to: structure, metadata, colour profile, attachments and an id
//! that depends on nothing but the contents. It replaces what printpdf 0.12 writes wrongly, or differently at each run.

use lopdf::{Document as File, Object, ObjectId, Stream, StringFormat, dictionary};
use ring::digest::{Context, SHA256};

use super::{
    Error, compression::Deflater, file_structure, objects::text, outline, structure_tree,
    written_objects::WrittenObjects, xmp,
};
use crate::document::layout::document::{Document, Meta, Standard};

/// A small sRGB profile of the ICC's version 4, with the curve and primaries of IEC 61966-2-1.
const SRGB: &[u8] = include_bytes!("../../../fonts/sRGB.icc");

/// Adds what is missing and returns the bytes of the file.
pub(super) fn complete(mut objects: File, document: &Document) -> Result<Vec<u8>, Error> {
    let meta = &document.meta;
    let date = Object::string_literal(meta.created.format("D:%Y%m%d%H%M%SZ").to_string());
    let pages: Vec<ObjectId> = objects.page_iter().collect();
    let mut written = WrittenObjects::default();
    let tree = structure_tree::add((&mut objects, &mut written), document, &pages)?;
    let outlines = outline::add((&mut objects, &mut written), document, &pages, &tree.elements)?;
    let attached = attach(&mut objects, document, &date);
    let metadata = Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        xmp::packet(meta, !attached.is_empty()).into_bytes(),
    );
    let metadata = objects.add_object(metadata.with_compression(false));
    let profile = objects.add_object(Stream::new(dictionary! { "N" => 3 }, SRGB.to_vec()));
    replace_info(&mut objects, meta, date);
    let catalog = objects.catalog_mut()?;
    catalog.set("StructTreeRoot", tree.root);
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("Lang", Object::string_literal(meta.language.tag()));
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.set("Metadata", metadata);
    catalog.set("Outlines", outlines);
    catalog.set("PageMode", "UseOutlines");
    if !attached.is_empty() {
        catalog.set("AF", attached.iter().map(|file| Object::Reference(file.specification)).collect::<Vec<_>>());
        let names: Vec<Object> = attached
            .iter()
            .flat_map(|file| [Object::string_literal(file.name), Object::Reference(file.specification)])
            .collect();
        catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });
    }
    let intent = dictionary! {
        "Type" => "OutputIntent", "S" => "GTS_PDFA1", "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"), "DestOutputProfile" => profile,
    };
    catalog.set("OutputIntents", vec![Object::Dictionary(intent)]);
    let mut deflater = Deflater::new();
    let id = compress(&mut objects, &mut deflater)?;
    let id = Object::String(id, StringFormat::Hexadecimal);
    objects.trailer.set("ID", vec![id.clone(), id]);
    file_structure::write(&objects, &mut written, meta.standard, &mut deflater)
}

/// A file inside the PDF.
struct AttachedFile<'a> {
    name: &'a str,
    /// Its file specification (ISO 32000-1, 7.11.3).
    specification: ObjectId,
}

/// Adds the attachments with their specifications.
fn attach<'a>(objects: &mut File, document: &'a Document, date: &Object) -> Vec<AttachedFile<'a>> {
    let mut attached = Vec::new();
    for attachment in &document.attachments {
        let parameters = dictionary! { "Size" => attachment.bytes.len() as i64, "ModDate" => date.clone() };
        let stream =
            dictionary! { "Type" => "EmbeddedFile", "Subtype" => attachment.mime.as_str(), "Params" => parameters };
        let embedded = Stream::new(stream, attachment.bytes.clone()).with_compression(!attachment.stored);
        let embedded = objects.add_object(embedded);
        let specification = objects.add_object(dictionary! {
            "Type" => "Filespec", "F" => Object::string_literal(attachment.name.as_str()), "UF" => text(&attachment.name), "Desc" => text(&attachment.description),
            "AFRelationship" => "Data", "EF" => dictionary! { "F" => embedded, "UF" => embedded },
        });
        attached.push(AttachedFile { name: &attachment.name, specification });
    }
    attached
}

/// Puts the document information dictionary in place of printpdf's. A PDF/A-4 has none (ISO 19005-4, 6.1.3): XMP says it.
fn replace_info(objects: &mut File, meta: &Meta, date: Object) {
    let old = objects.trailer.remove(b"Info").and_then(|old| old.as_reference().ok());
    if let Some(old) = old {
        objects.objects.remove(&old);
    }
    if meta.standard == Standard::Ua2 {
        return;
    }
    let producer = format!("greenbrief {}", env!("CARGO_PKG_VERSION"));
    let info = objects.add_object(dictionary! {
        "Title" => text(&meta.title), "Subject" => text(&meta.subject), "Author" => text(&meta.author), "Creator" => text(&producer), "Producer" => text(&producer),
        "CreationDate" => date.clone(), "ModDate" => date,
    });
    objects.trailer.set("Info", info);
}

/// Compresses every stream that gains by it. Returns the file's id, a hash of all streams: contents, fonts, metadata,
/// attachments.
fn compress(objects: &mut File, deflater: &mut Deflater) -> Result<Vec<u8>, Error> {
    let mut hash = Context::new(&SHA256);
    for object in objects.objects.values_mut() {
        if let Object::Stream(stream) = object {
            if stream.allows_compression && stream.dict.get(b"Filter").is_err() {
                let deflated = deflater.deflate(&stream.content)?;
                if deflated.len() + 20 < stream.content.len() {
                    stream.dict.set("Filter", "FlateDecode");
                    stream.set_content(deflated);
                }
            }
            hash.update(&stream.content);
        }
    }
    Ok(hash.finish().as_ref().iter().copied().take(16).collect())
}
