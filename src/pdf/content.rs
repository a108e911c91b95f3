//! The content stream of a page as printpdf's operations: text by glyphs, with the text each stands for; shapes; marked
//! content. The structure tree that it refers to is in `structure`.

use std::{borrow::Cow, collections::BTreeMap};

use printpdf::{
    Codepoint, Color, DictItem, FontId, Line, LineDashPattern, LineJoinStyle, LinePoint, Op, PaintMode, PdfFontHandle,
    Point, Polygon, PolygonRing, Pt, Rgb, TextItem, TextMatrix, WindingOrder,
};

use super::picture::{Images, paint};
use crate::layout::{
    document::{Glyph, Item, Kind, Node, PAGE_HEIGHT, Page, Run},
    fonts::Face,
};

/// What of a face is used: its glyphs, and the text that ToUnicode gives each.
pub(super) struct Used {
    pub remapper: subsetter::GlyphRemapper,
    text: BTreeMap<u16, String>,
}

impl Default for Used {
    fn default() -> Self {
        Used { remapper: subsetter::GlyphRemapper::new(), text: BTreeMap::new() }
    }
}

impl Used {
    pub fn is_used(&self) -> bool {
        !self.text.is_empty()
    }
}

/// The structure type's name in the file.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Document => "Document",
        Kind::H1 => "H1",
        Kind::H2 => "H2",
        Kind::H3 => "H3",
        Kind::P => "P",
        Kind::L | Kind::LNumbered => "L",
        Kind::LI => "LI",
        Kind::Lbl => "Lbl",
        Kind::LBody => "LBody",
        Kind::Table => "Table",
        Kind::Caption => "Caption",
        Kind::THead => "THead",
        Kind::TBody => "TBody",
        Kind::TR => "TR",
        Kind::THColumn | Kind::THRow | Kind::THGroup(_) => "TH",
        Kind::TD => "TD",
        Kind::Figure => "Figure",
        Kind::Link => "Link",
        Kind::Div => "Div",
        Kind::Span => "Span",
    }
}

/// Two decimals are a hundredth of a point, below what any device shows.
pub(super) fn round(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
}

pub(super) fn color([r, g, b]: [u8; 3]) -> Color {
    let part = |v: u8| (f32::from(v) / 255.0 * 1000.0).round() / 1000.0;
    Color::Rgb(Rgb { r: part(r), g: part(g), b: part(b), icc_profile: None })
}

fn points(points: &[(f32, f32)]) -> Vec<LinePoint> {
    points
        .iter()
        .map(|(x, y)| LinePoint { p: Point { x: Pt(round(*x)), y: Pt(round(PAGE_HEIGHT - y)) }, bezier: false })
        .collect()
}

fn begin(tag: &str, properties: impl IntoIterator<Item = (&'static str, DictItem)>) -> Op {
    let map = properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties: DictItem::Dict { map } }
}

/// The operations of one page.
pub(super) fn page(
    page: &Page,
    nodes: &[Node],
    faces: &[Face],
    ids: &[FontId],
    used: &mut [Used],
    images: &mut Images,
) -> Vec<Op> {
    let mut ops = Vec::with_capacity(page.items.len() * 4);
    let mut open = false;
    for item in &page.items {
        match item {
            Item::Content { node, mcid } => {
                if open {
                    ops.push(Op::EndMarkedContent);
                }
                open = true;
                let tag = nodes.get(*node).map_or("P", |node| kind_name(node.kind));
                ops.push(begin(tag, [("MCID", DictItem::Int(*mcid as i64))]));
            }
            Item::Artifact { pagination } => {
                if open {
                    ops.push(Op::EndMarkedContent);
                }
                open = true;
                let kind = if *pagination { "Pagination" } else { "Layout" };
                ops.push(begin("Artifact", [("Type", DictItem::Name(kind.into()))]));
            }
            Item::Fill { points: corners, color: fill } => {
                ops.push(Op::SetFillColor { col: color(*fill) });
                let ring = PolygonRing { points: points(corners) };
                ops.push(Op::DrawPolygon {
                    polygon: Polygon { rings: vec![ring], mode: PaintMode::Fill, winding_order: WindingOrder::NonZero },
                });
            }
            Item::Stroke { points: path, width, dash, color: stroke } => {
                ops.push(Op::SetOutlineColor { col: color(*stroke) });
                ops.push(Op::SetOutlineThickness { pt: Pt(*width) });
                ops.push(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
                let pair = dash.map(|(dash, gap): (f32, f32)| [dash, gap]);
                let pattern = pair.into_iter().flatten().collect();
                ops.push(Op::SetLineDashPattern { dash: LineDashPattern { offset: 0.0, pattern } });
                ops.push(Op::DrawLine { line: Line { points: points(path), is_closed: false } });
            }
            Item::Picture { picture, area } => paint(picture, *area, images, &mut ops),
            Item::Text(run) => {
                if let (Some(face), Some(id), Some(used)) =
                    (faces.get(run.face), ids.get(run.face), used.get_mut(run.face))
                {
                    text(run, face, id, used, &mut ops);
                }
            }
        }
    }
    if open {
        ops.push(Op::EndMarkedContent);
    }
    ops
}

/// A run of glyphs. Where a glyph stands for other text than ToUnicode says (one glyph for two characters), it is wrapped in a span with its own text.
fn text(run: &Run, face: &Face, id: &FontId, used: &mut Used, ops: &mut Vec<Op>) {
    ops.push(Op::SetFillColor { col: color(run.color) });
    ops.push(Op::StartTextSection);
    ops.push(Op::SetFont { font: PdfFontHandle::External(id.clone()), size: Pt(round(run.size)) });
    ops.push(Op::SetTextMatrix {
        matrix: TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, round(run.x), round(PAGE_HEIGHT - run.y)]),
    });
    let mut items: Vec<Codepoint> = Vec::with_capacity(run.glyphs.len());
    let flush = |items: &mut Vec<Codepoint>, ops: &mut Vec<Op>| {
        if !items.is_empty() {
            ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(std::mem::take(items))] });
        }
    };
    // Where the pen should be and where it is, in thousandths of an em: what differs goes into the kerning, and what
    // rounding leaves goes on.
    let (mut wanted, mut pen) = (0.0_f32, 0.0_f32);
    let scale = 1000.0 / run.size;
    for glyph in &run.glyphs {
        let shown = shown(run, glyph);
        let new = used.remapper.remap(glyph.id);
        let canonical = used.text.entry(new).or_insert_with(|| shown.clone().into_owned()).clone();
        wanted += glyph.advance * scale;
        pen += f32::from(face.advances.get(usize::from(glyph.id)).copied().unwrap_or(0));
        let offset = (pen - wanted).round();
        pen -= offset;
        let differs = canonical != *shown;
        let code = Codepoint { gid: new, offset, cid: Some(canonical) };
        if differs {
            flush(&mut items, ops);
            ops.push(begin("Span", [("ActualText", DictItem::Bytes(utf16(&shown)))]));
            ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(vec![code])] });
            ops.push(Op::EndMarkedContent);
        } else {
            items.push(code);
        }
    }
    flush(&mut items, ops);
    ops.push(Op::EndTextSection);
}

/// What a glyph shows. Soft hyphens inside a ligature and joiners are not part of it. A second glyph of one cluster
/// shows nothing of its own; ToUnicode must name something for each (ISO 14289-1, 7.21.7), so it gets a joiner.
fn shown<'a>(run: &'a Run, glyph: &Glyph) -> Cow<'a, str> {
    const UNSEEN: [char; 3] = ['\u{ad}', '\u{200b}', '\u{2060}'];
    let text = run.text.get(glyph.start..glyph.end).unwrap_or_default();
    match text {
        _ if run.hyphen => Cow::Borrowed("\u{ad}"),
        "" => Cow::Borrowed("\u{2060}"),
        _ if text.contains(UNSEEN) => Cow::Owned(text.replace(UNSEEN, "")),
        _ => Cow::Borrowed(text),
    }
}
