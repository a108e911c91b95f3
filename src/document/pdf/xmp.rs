//! The XMP packet (ISO 16684-1): title, language, dates, and the standards that the file claims to conform to.

use crate::document::layout::{
    composed,
    document::{Meta, Standard},
};

/// PDF/A-3a and PDF/UA-1, with the extension schema that ISO 19005-3, 6.6.2.3 asks for since `pdfuaid` is not among the
/// predefined ones.
const UA_1: &str = r#"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>PDF/UA version identifier</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"#;
/// The namespaces of the extension schema.
const UA_1_NAMESPACES: &str = r#" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#""#;
/// PDF/UA-2, PDF/A-4 and both parts of Well-Tagged PDF 1.0 (a declaration each, PDF Association).
const UA_2: &str = r#"<pdfuaid:part>2</pdfuaid:part><pdfuaid:rev>2024</pdfuaid:rev><pdfaid:part>4</pdfaid:part><pdfaid:rev>2020</pdfaid:rev>
<pdfd:declarations><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfd:conformsTo>http://pdfa.org/declarations/wtpdf#accessibility1.0</pdfd:conformsTo></rdf:li><rdf:li rdf:parseType="Resource"><pdfd:conformsTo>http://pdfa.org/declarations/wtpdf#reuse1.0</pdfd:conformsTo></rdf:li></rdf:Bag></pdfd:declarations>"#;
/// The namespace of the declarations.
const UA_2_NAMESPACES: &str = r#" xmlns:pdfd="http://pdfa.org/declarations/""#;
/// With files inside, a PDF/A-4 is a PDF/A-4f (ISO 19005-4, annex A).
const WITH_FILES: &str = "\n<pdfaid:conformance>F</pdfaid:conformance>";

fn escape(text: &str) -> String {
    composed(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn packet(meta: &Meta, with_files: bool) -> String {
    let (title, subject, author) = (escape(&meta.title), escape(&meta.subject), escape(&meta.author));
    let language = meta.language.tag();
    let date = meta.created.format("%Y-%m-%dT%H:%M:%SZ");
    let (claims, namespaces) = match meta.standard {
        Standard::Ua1 => (UA_1, UA_1_NAMESPACES),
        Standard::Ua2 => (UA_2, UA_2_NAMESPACES),
    };
    let with_files = if with_files && meta.standard == Standard::Ua2 { WITH_FILES } else { "" };
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"{namespaces}>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li><rdf:li xml:lang="{language}">{title}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li><rdf:li xml:lang="{language}">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<dc:format>application/pdf</dc:format>
<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate><xmp:CreatorTool>greenbrief {version}</xmp:CreatorTool><pdf:Producer>greenbrief {version}</pdf:Producer>
{claims}{with_files}
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"#,
        bom = '\u{feff}',
    )
}
