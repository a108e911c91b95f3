//! The content stream of a page: text, shapes, marked content. How an operator is written is in `operators`, a run of
//! glyphs in `font_subset`; the structure tree that marked content refers to, in `structure_tree`.

use lopdf::{Dictionary, Document as File, ObjectId, Stream};

use super::{
    Error,
    font_subset::{FontSubset, UNSEEN},
    operators::Operators,
    picture::{Images, paint},
    structure_type::structure_type_name,
};
use crate::document::layout::{
    composed,
    document::{ClusterPart, Document, GlyphRun, Item, Node, PAGE_HEIGHT, Page},
};

/// Writes a path through points, which are measured from the top of the page.
fn path(points: &[(f32, f32)], out: &mut Operators) {
    for (nth, (x, y)) in points.iter().enumerate() {
        out.numbers([*x, PAGE_HEIGHT - y], if nth == 0 { "m" } else { "l" });
    }
}

/// How a line is stroked.
#[derive(Clone, Copy, PartialEq)]
struct LineStyle {
    color: [u8; 3],
    width: f32,
    /// Lengths of dash and gap.
    dash: Option<(f32, f32)>,
}

/// The graphics state as the operators so far left it (ISO 32000-1, 8.4); what it holds already is not set again.
#[derive(Default)]
struct GraphicsState {
    fill: Option<[u8; 3]>,
    line: Option<LineStyle>,
    /// Index and size of the face.
    face: Option<(usize, f32)>,
}

impl GraphicsState {
    fn fill(&mut self, fill: [u8; 3], out: &mut Operators) {
        if self.fill.replace(fill) != Some(fill) {
            out.color(fill, "rg");
        }
    }

    fn line(&mut self, line: LineStyle, out: &mut Operators) {
        if self.line.replace(line) != Some(line) {
            let LineStyle { color, width, dash } = line;
            out.color(color, "RG");
            out.numbers([width], "w");
            // Joins are round.
            out.operator("1 j");
            out.dash(dash);
        }
    }

    fn face(&mut self, run: &GlyphRun, used: &FontSubset<'_>, out: &mut Operators) {
        if self.face.replace((run.face, run.size)) != Some((run.face, run.size)) {
            out.face(&used.id.0, run.size);
        }
    }
}

/// Returns a letter with its accents as it is copied: composed where there is one character for it.
fn letter(run: &GlyphRun, start: usize, end: usize) -> String {
    let text: String = run.text.get(start..end).unwrap_or_default().chars().filter(|c| !UNSEEN.contains(c)).collect();
    composed(&text).into_owned()
}

/// Returns the content stream of one page.
pub(super) fn page<'a>(
    page: &'a Page,
    document: &Document,
    used: &mut [FontSubset<'a>],
    images: &mut Images,
) -> Vec<u8> {
    let mut out = Operators::with_capacity(page.items.len() * 64);
    let mut state = GraphicsState::default();
    let mut open = false;
    // Whether the span of a letter is begun, and whether letters are read at all: decoration is not.
    let (mut in_letter, mut is_read) = (false, false);
    for item in &page.items {
        let part = if let Item::Text(run) = item { run.cluster } else { None };
        if in_letter && part != Some(ClusterPart::Next) {
            out.operator("EMC");
            in_letter = false;
        }
        if open && matches!(item, Item::Content { .. } | Item::Artifact { .. }) {
            out.operator("EMC");
        }
        match item {
            Item::Content { node, mcid } => {
                (open, is_read) = (true, true);
                let name = |node: &Node| structure_type_name(node.kind, document.meta.standard);
                out.content(document.nodes.get(*node).map_or("P", name), *mcid);
            }
            Item::Artifact { pagination } => {
                (open, is_read) = (true, false);
                out.artifact(if *pagination { "Pagination" } else { "Layout" });
            }
            Item::Fill { points, color } => {
                state.fill(*color, &mut out);
                path(points, &mut out);
                out.operator("f");
            }
            Item::Stroke { points, width, dash, color } => {
                state.line(LineStyle { color: *color, width: *width, dash: *dash }, &mut out);
                path(points, &mut out);
                out.operator("S");
            }
            Item::Picture { picture, area } => paint(picture, *area, images, &mut out),
            Item::Text(run) => {
                if let Some(ClusterPart::First { start, end }) = run.cluster.filter(|_| is_read) {
                    out.actual_text(&letter(run, start, end));
                    in_letter = true;
                }
                if let Some(used) = used.get_mut(run.face) {
                    state.fill(run.color, &mut out);
                    state.face(run, used, &mut out);
                    used.run(run, &mut out);
                }
            }
        }
    }
    for _ in [in_letter, open].into_iter().filter(|begun| *begun) {
        out.operator("EMC");
    }
    out.into_bytes()
}

/// Puts the pages' content streams in place of what printpdf wrote.
pub(super) fn replace(file: &mut File, contents: Vec<Vec<u8>>) -> Result<(), Error> {
    let pages: Vec<ObjectId> = file.page_iter().collect();
    for (page, content) in pages.into_iter().zip(contents) {
        let stream = file.get_dictionary(page)?.get(b"Contents")?.as_reference()?;
        file.set_object(stream, Stream::new(Dictionary::new(), content));
    }
    Ok(())
}
