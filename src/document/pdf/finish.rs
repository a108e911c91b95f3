//! The finishing pass over printpdf's objects: structure, metadata, colour profile, attachments, compression, the file
//! id. What it replaces, printpdf 0.12 writes wrongly or differently at each run.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use flate2::{Compress, Compression, FlushCompress, Status};
use lopdf::{Document as File, Object, ObjectId, Stream, StringFormat, dictionary};
use ring::digest::{Context, SHA256};

use super::{Error, file, structure, structure::text, xmp};
use crate::document::layout::document::Document;

/// A small sRGB profile of the ICC's version 4, with the curve and primaries of IEC 61966-2-1.
const SRGB: &[u8] = include_bytes!("../../../fonts/sRGB.icc");

pub(super) fn finish(mut objects: File, document: &Document) -> Result<Vec<u8>, Error> {
    let meta = &document.meta;
    let date = Object::string_literal(meta.created.format("D:%Y%m%d%H%M%SZ").to_string());
    let pages: Vec<ObjectId> = objects.page_iter().collect();
    let (tree, outlines) = structure::add(&mut objects, document, &pages)?;

    let mut attached = Vec::new();
    for attachment in &document.attachments {
        let parameters = dictionary! { "Size" => attachment.bytes.len() as i64, "ModDate" => date.clone() };
        let stream =
            dictionary! { "Type" => "EmbeddedFile", "Subtype" => attachment.mime.as_str(), "Params" => parameters };
        let embedded = objects.add_object(Stream::new(stream, attachment.bytes.clone()));
        let specification = objects.add_object(dictionary! {
            "Type" => "Filespec", "F" => Object::string_literal(attachment.name.as_str()), "UF" => text(&attachment.name), "Desc" => text(&attachment.description),
            "AFRelationship" => "Data", "EF" => dictionary! { "F" => embedded, "UF" => embedded },
        });
        attached.push((attachment.name.clone(), specification));
    }
    let metadata =
        Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp::packet(meta).into_bytes());
    let metadata = objects.add_object(metadata.with_compression(false));
    let profile = objects.add_object(Stream::new(dictionary! { "N" => 3 }, SRGB.to_vec()));
    let producer = format!("greenbrief {}", env!("CARGO_PKG_VERSION"));
    let info = objects.add_object(dictionary! {
        "Title" => text(&meta.title), "Subject" => text(&meta.subject), "Author" => text(&meta.author), "Creator" => text(&producer), "Producer" => text(&producer),
        "CreationDate" => date.clone(), "ModDate" => date,
    });
    let old = objects.trailer.get(b"Info").and_then(Object::as_reference).ok();
    if let Some(old) = old {
        objects.objects.remove(&old);
    }
    objects.trailer.set("Info", info);
    let catalog = objects.catalog_mut()?;
    catalog.set("StructTreeRoot", tree);
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("Lang", Object::string_literal(meta.language.tag()));
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.set("Metadata", metadata);
    catalog.set("Outlines", outlines);
    catalog.set("PageMode", "UseOutlines");
    if !attached.is_empty() {
        catalog.set("AF", attached.iter().map(|(_, id)| Object::Reference(*id)).collect::<Vec<_>>());
        let names: Vec<Object> = attached
            .iter()
            .flat_map(|(name, id)| [Object::string_literal(name.as_str()), Object::Reference(*id)])
            .collect();
        catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });
    }
    let intent = dictionary! {
        "Type" => "OutputIntent", "S" => "GTS_PDFA1", "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"), "DestOutputProfile" => profile,
    };
    catalog.set("OutputIntents", vec![Object::Dictionary(intent)]);

    // The id is a hash of every stream: contents, fonts, metadata, attachments.
    let mut hash = Context::new(&SHA256);
    let mut packer = Packer::new();
    for object in objects.objects.values_mut() {
        if let Object::Stream(stream) = object {
            if stream.allows_compression && stream.dict.get(b"Filter").is_err() {
                let packed = packer.pack(&stream.content)?;
                if packed.len() + 20 < stream.content.len() {
                    stream.dict.set("Filter", "FlateDecode");
                    stream.set_content(packed);
                }
            }
            hash.update(&stream.content);
        }
    }
    let id: Vec<u8> = hash.finish().as_ref().iter().copied().take(16).collect();
    let id = Object::String(id, StringFormat::Hexadecimal);
    objects.trailer.set("ID", vec![id.clone(), id]);
    file::write(&objects, &mut packer)
}

/// Three briefs are made in a tenth less time than with level 5, and are a twentieth larger.
const LEVEL: u32 = 3;
/// From this size on, in bytes, a stream is remembered with what it was packed to.
const LARGE: usize = 1024;
/// All that is remembered has at most so many bytes.
const REMEMBERED: usize = 8 * 1024 * 1024;

/// Such streams and what they were packed to, the last one first: variants of a brief share fonts, attachments and most
/// pages.
static LATELY: Mutex<VecDeque<(Vec<u8>, Vec<u8>)>> = Mutex::new(VecDeque::new());

/// Packs one stream after the other; its tables are slow to make anew for each.
pub(super) struct Packer(Compress);

impl Packer {
    fn new() -> Packer {
        Packer(Compress::new(Compression::new(LEVEL), true))
    }

    pub fn pack(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        if bytes.len() < LARGE {
            return self.pack_anew(bytes);
        }
        let lately = || LATELY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, packed)) = lately().iter().find(|(known, _)| known == bytes) {
            return Ok(packed.clone());
        }
        let packed = self.pack_anew(bytes)?;
        let mut lately = lately();
        lately.push_front((bytes.to_vec(), packed.clone()));
        while lately.iter().map(|(bytes, packed)| bytes.len() + packed.len()).sum::<usize>() > REMEMBERED {
            lately.pop_back();
        }
        Ok(packed)
    }

    fn pack_anew(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.reset();
        let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
        loop {
            let rest = bytes.get(self.0.total_in() as usize..).unwrap_or_default();
            match self.0.compress_vec(rest, &mut out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return Ok(out),
                Ok(_) => out.reserve(bytes.len() / 2 + 64),
                Err(error) => return Err(Error::Library(error.to_string())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_remembered_is_the_same_and_has_an_end() {
        // A large one alone is too much: an operator's picture does not stay in memory.
        for size in [LARGE, 3 * REMEMBERED / 4, 3 * REMEMBERED / 4 + 1, 2 * REMEMBERED] {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let (once, again) = (Packer::new().pack(&bytes).unwrap(), Packer::new().pack(&bytes).unwrap());
            assert_eq!(once, again);
            let mut read = Vec::new();
            flate2::read::ZlibDecoder::new(&*once).read_to_end(&mut read).unwrap();
            assert!(read == bytes, "{size}");
            let held: usize = LATELY.lock().unwrap().iter().map(|(bytes, packed)| bytes.len() + packed.len()).sum();
            assert!(held <= REMEMBERED, "{held} after {size}");
        }
    }
}
