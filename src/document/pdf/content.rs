//! The content stream of a page: text, shapes, marked content. How an operator is written is in `operators`, a run of
//! glyphs in `glyphs`; the structure tree that marked content refers to, in `structure`.

use lopdf::{Dictionary, Document as File, ObjectId, Stream};

use super::{
    Error,
    glyphs::Used,
    operators::Operators,
    picture::{Images, paint},
};
use crate::document::layout::document::{Item, Kind, Node, PAGE_HEIGHT, Page, Run};

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

/// A path through points, which are measured from the top of the page.
fn path(points: &[(f32, f32)], out: &mut Operators) {
    for (nth, (x, y)) in points.iter().enumerate() {
        out.numbers([*x, PAGE_HEIGHT - y], if nth == 0 { "m" } else { "l" });
    }
}

/// What a line looks like.
type Pen = ([u8; 3], f32, Option<(f32, f32)>);

/// What the page's graphics state holds already (ISO 32000-1, 8.4): it is not set again.
#[derive(Default)]
struct State {
    fill: Option<[u8; 3]>,
    pen: Option<Pen>,
    face: Option<(usize, f32)>,
}

impl State {
    fn fill(&mut self, fill: [u8; 3], out: &mut Operators) {
        if self.fill.replace(fill) != Some(fill) {
            out.color(fill, "rg");
        }
    }

    fn pen(&mut self, pen: Pen, out: &mut Operators) {
        if self.pen.replace(pen) != Some(pen) {
            let (color, width, dash) = pen;
            out.color(color, "RG");
            out.numbers([width], "w");
            // Joins are round.
            out.operator("1 j");
            out.dash(dash);
        }
    }

    fn face(&mut self, run: &Run, used: &Used<'_>, out: &mut Operators) {
        if self.face.replace((run.face, run.size)) != Some((run.face, run.size)) {
            out.face(&used.id.0, run.size);
        }
    }
}

/// The content stream of one page.
pub(super) fn page<'a>(page: &'a Page, nodes: &[Node], used: &mut [Used<'a>], images: &mut Images) -> Vec<u8> {
    let mut out = Operators::with_capacity(page.items.len() * 64);
    let mut state = State::default();
    let mut open = false;
    for item in &page.items {
        if open && matches!(item, Item::Content { .. } | Item::Artifact { .. }) {
            out.operator("EMC");
        }
        match item {
            Item::Content { node, mcid } => {
                open = true;
                out.content(nodes.get(*node).map_or("P", |node| kind_name(node.kind)), *mcid);
            }
            Item::Artifact { pagination } => {
                open = true;
                out.artifact(if *pagination { "Pagination" } else { "Layout" });
            }
            Item::Fill { points, color } => {
                state.fill(*color, &mut out);
                path(points, &mut out);
                out.operator("f");
            }
            Item::Stroke { points, width, dash, color } => {
                state.pen((*color, *width, *dash), &mut out);
                path(points, &mut out);
                out.operator("S");
            }
            Item::Picture { picture, area } => paint(picture, *area, images, &mut out),
            Item::Text(run) => {
                if let Some(used) = used.get_mut(run.face) {
                    state.fill(run.color, &mut out);
                    state.face(run, used, &mut out);
                    used.run(run, &mut out);
                }
            }
        }
    }
    if open {
        out.operator("EMC");
    }
    out.into_bytes()
}

/// The pages' contents take the place of what printpdf wrote.
pub(super) fn replace(file: &mut File, contents: Vec<Vec<u8>>) -> Result<(), Error> {
    let pages: Vec<ObjectId> = file.page_iter().collect();
    for (page, content) in pages.into_iter().zip(contents) {
        let stream = file.get_dictionary(page)?.get(b"Contents")?.as_reference()?;
        file.set_object(stream, Stream::new(Dictionary::new(), content));
    }
    Ok(())
}
