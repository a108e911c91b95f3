//! The content stream of a page as printpdf's operations: text, shapes, marked content. How a run of glyphs is written is
//! in `glyphs`; the structure tree that marked content refers to, in `structure`.

use printpdf::{
    Color, DictItem, Line, LineDashPattern, LineJoinStyle, LinePoint, Op, PaintMode, PdfFontHandle, Point, Polygon,
    PolygonRing, Pt, Rgb, WindingOrder,
};

use super::{
    glyphs::Used,
    picture::{Images, paint},
};
use crate::layout::document::{Item, Kind, Node, PAGE_HEIGHT, Page, Run};

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
        Kind::BlockQuote => "BlockQuote",
        Kind::Note => "Note",
        Kind::Reference => "Reference",
        Kind::Toc => "TOC",
        Kind::Toci => "TOCI",
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

/// What the page's graphics state holds already (ISO 32000-1, 8.4): it is not set again.
#[derive(Default)]
struct State {
    fill: Option<[u8; 3]>,
    face: Option<(usize, f32)>,
}

impl State {
    fn fill(&mut self, fill: [u8; 3], ops: &mut Vec<Op>) {
        if self.fill.replace(fill) != Some(fill) {
            ops.push(Op::SetFillColor { col: color(fill) });
        }
    }

    fn face(&mut self, run: &Run, used: &Used<'_>, ops: &mut Vec<Op>) {
        let size = round(run.size);
        if self.face.replace((run.face, size)) != Some((run.face, size)) {
            ops.push(Op::SetFont { font: PdfFontHandle::External(used.id.clone()), size: Pt(size) });
        }
    }
}

/// The operations of one page.
pub(super) fn page<'a>(page: &'a Page, nodes: &[Node], used: &mut [Used<'a>], images: &mut Images) -> Vec<Op> {
    let mut ops = Vec::with_capacity(page.items.len() * 5);
    let mut state = State::default();
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
                state.fill(*fill, &mut ops);
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
                if let Some(used) = used.get_mut(run.face) {
                    state.fill(run.color, &mut ops);
                    state.face(run, used, &mut ops);
                    used.run(run, &mut ops);
                }
            }
        }
    }
    if open {
        ops.push(Op::EndMarkedContent);
    }
    ops
}
