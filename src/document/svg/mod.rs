//! A finished page as one SVG 1.1 picture that needs nothing else: no font, no script, no style sheet. For the preview,
//! and for pictures in documents. Glyphs are outlines, each defined once and used by its id; over them lie the words,
//! unseen, to be found and copied. What stands on a page is decided by `layout`.
//!
//! Units are points, as in `layout`; the same page gives the same text.

mod formatting;
mod glyph_outlines;
mod raster;

use self::{
    formatting::{ClosedCurves, Escaped, Hex, Number, Polyline},
    glyph_outlines::{Glyphs, Outline},
};
use crate::document::layout::{
    document::{Destination, Document, GlyphRun, Item, LinkArea, PAGE_HEIGHT, PAGE_WIDTH, Page, Picture, Target},
    geometry::Rect,
};

/// Returns a whole page, counted from 0, as a small file: each glyph is defined once and used by its id. A page that does
/// not exist is an empty sheet.
pub fn page(document: &Document, index: usize) -> String {
    whole(document, index, SvgBuilder::default())
}

/// Returns a page that looks the same and is shown sooner: each run of glyphs is one path. It is five times as long, but
/// Chromium shows it in less than half the time, since it makes a tree of its own for each glyph used by its id.
pub fn quick_page(document: &Document, index: usize) -> String {
    whole(document, index, SvgBuilder { quick: true, ..SvgBuilder::default() })
}

fn whole(document: &Document, index: usize, mut picture: SvgBuilder) -> String {
    let empty = Page::default();
    let page = document.pages.get(index).unwrap_or(&empty);
    picture.items(page, true);
    picture.links(page);
    picture.destinations(document, index);
    picture.finish(document, Rect { left: 0.0, top: 0.0, right: PAGE_WIDTH, bottom: PAGE_HEIGHT })
}

/// Returns what is painted on a page, with `margin` points around it, without header, footer and repeated table heads. A
/// page on which nothing is painted is an empty square.
pub fn crop(document: &Document, index: usize, margin: f32) -> String {
    let empty = Page::default();
    let page = document.pages.get(index).unwrap_or(&empty);
    let mut picture = SvgBuilder::default();
    picture.items(page, false);
    picture.links(page);
    let painted = picture.painted.unwrap_or(Rect { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 });
    picture.finish(document, painted.grown(margin))
}

/// A picture while it is written.
#[derive(Default)]
struct SvgBuilder {
    /// Each run of glyphs is one path.
    quick: bool,
    glyphs: Glyphs,
    /// The elements that are seen.
    body: String,
    /// The words over them, unseen, and the links over these.
    over: String,
    /// The box around all ink.
    painted: Option<Rect>,
    /// Number of raster images, for the ids of their masks.
    rasters: usize,
}

impl SvgBuilder {
    /// Paints all items in their order; with `running`, also what repeats on every page.
    fn items(&mut self, page: &Page, running: bool) {
        let mut shown = true;
        for item in &page.items {
            match item {
                Item::Content { .. } => shown = true,
                Item::Artifact { pagination } => shown = running || !pagination,
                _ if !shown => {}
                Item::Text(run) => self.text(run),
                Item::Picture { picture, area } => self.picture(picture, *area),
                Item::Fill { points, color } => {
                    self.ink(points, 0.0);
                    self.body += &format!("<path d=\"{}Z\" fill=\"{}\"/>\n", Polyline(points), Hex(*color));
                }
                Item::Stroke { points, width, dash, color } => {
                    self.ink(points, width / 2.0);
                    let dash = dash.map_or_else(String::new, |(dash, gap)| {
                        format!(" stroke-dasharray=\"{} {}\"", Number(dash), Number(gap))
                    });
                    self.body += &format!(
                        "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}/>\n",
                        Polyline(points),
                        Hex(*color),
                        Number(*width)
                    );
                }
            }
        }
    }

    /// Paints a run as a group in units of the font, so that positions are whole numbers.
    fn text(&mut self, run: &GlyphRun) {
        let scale = run.size / 1000.0;
        if scale <= 0.0 {
            return;
        }
        let (mut drawn, mut ink, mut pen) = (String::new(), Vec::new(), 0.0_f32);
        for glyph in &run.glyphs {
            if let Some(Outline { id, path, bounds }) = self.glyphs.get(run.face, glyph.id) {
                let at = (pen / scale).round();
                drawn +=
                    &if self.quick { format!("M{at} 0{path}") } else { format!("<use href=\"#{id}\" x=\"{at}\"/>") };
                let (x, y) = (|x: f32| run.x + (at + x) * scale, |y: f32| run.y - y * scale);
                ink.extend([(x(bounds.left), y(bounds.top)), (x(bounds.right), y(bounds.bottom))]);
            }
            pen += glyph.advance;
        }
        if drawn.is_empty() {
            return;
        }
        self.ink(&ink, 0.0);
        if self.quick {
            drawn = format!("<path d=\"{drawn}\"/>");
        }
        self.body += &format!(
            "<g transform=\"matrix({scale} 0 0 -{scale} {} {})\" fill=\"{}\">{drawn}</g>\n",
            Number(run.x),
            Number(run.y),
            Hex(run.color)
        );
        let (start, end) = run
            .glyphs
            .iter()
            .filter(|glyph| glyph.start < glyph.end)
            .fold((usize::MAX, 0), |(start, end), glyph| (start.min(glyph.start), end.max(glyph.end)));
        let words = run.text.get(start..end).unwrap_or_default();
        if !run.hyphen && !words.trim().is_empty() {
            self.over += &format!(
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\" textLength=\"{}\">{}</text>\n",
                Number(run.x),
                Number(run.y),
                Number(run.size),
                Number(pen),
                Escaped(words)
            );
        }
    }

    /// Paints a picture into its box: paths as paths, pixels as a PNG inside the SVG.
    fn picture(&mut self, picture: &Picture, Rect { left, top, right, bottom }: Rect) {
        self.ink(&[(left, top), (right, bottom)], 0.0);
        let place = format!(
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"",
            Number(left),
            Number(top),
            Number(right - left),
            Number(bottom - top)
        );
        match picture {
            Picture::Raster(raster) => {
                self.rasters += 1;
                self.body += &raster::image(raster, &place, self.rasters);
            }
            Picture::Vector(vector) => {
                // An inner `svg` clips, as the PDF does: what lies outside the box is not seen.
                let (width, height) = (vector.width, vector.height);
                self.body += &format!("<svg {place} viewBox=\"0 0 {width} {height}\">\n");
                for path in &vector.paths {
                    let rule = if path.even_odd { " fill-rule=\"evenodd\"" } else { "" };
                    self.body +=
                        &format!("<path d=\"{}\" fill=\"{}\"{rule}/>\n", ClosedCurves(&path.segments), Hex(path.color));
                }
                self.body += "</svg>\n";
            }
        }
    }

    fn links(&mut self, page: &Page) {
        for LinkArea { rect: Rect { left, top, right, bottom }, target, says, .. } in &page.links {
            let place = match target {
                Target::Url(url) if is_harmless(url) => {
                    format!("href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\"", Escaped(url))
                }
                Target::Url(_) => continue,
                inside => format!("href=\"#{}\"", Escaped(&id(inside))),
            };
            self.over += &format!(
                "<a {place} aria-label=\"{}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></a>\n",
                Escaped(says),
                Number(*left),
                Number(*top),
                Number((right - left).max(0.0)),
                Number((bottom - top).max(0.0))
            );
        }
    }

    /// Marks where the links inside the document lead, for pages that stand in one file.
    fn destinations(&mut self, document: &Document, index: usize) {
        for (target, Destination { page, y, .. }) in &document.destinations {
            if *page == index {
                self.over += &format!(
                    "<rect id=\"{}\" y=\"{}\" width=\"{}\" height=\"1\" pointer-events=\"none\"/>\n",
                    Escaped(&id(target)),
                    Number(*y),
                    Number(PAGE_WIDTH)
                );
            }
        }
    }

    /// Notes ink at these points and `around` them.
    fn ink(&mut self, points: &[(f32, f32)], around: f32) {
        for &(x, y) in points {
            let here = Rect::around((x, y), around);
            self.painted = Some(self.painted.map_or(here, |painted| painted.union(here)));
        }
    }

    /// The picture of an area, white where nothing is painted.
    fn finish(self, document: &Document, area: Rect) -> String {
        let (left, top) = (Number(area.left), Number(area.top));
        let (width, height) = (Number(area.right - area.left), Number(area.bottom - area.top));
        // What is painted is a group of its own on a screen, so that a page can be compared with the one before it.
        let (glyphs, begin, end) = if self.quick {
            (String::new(), "<g>\n", "</g>\n")
        } else {
            (format!("<defs>\n{}</defs>\n", self.glyphs.definitions()), "", "")
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{left} {top} {width} {height}\" width=\"{width}\" \
             height=\"{height}\" lang=\"{}\">\n{glyphs}<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" \
             height=\"{height}\" fill=\"#ffffff\"/>\n{begin}{}{end}<g fill-opacity=\"0\" font-family=\"sans-serif\">\n{}</g>\n</svg>\n",
            document.meta.language.tag(),
            self.body,
            self.over
        )
    }
}

/// Returns the id of a target inside the document.
fn id(target: &Target) -> String {
    match target {
        Target::Url(url) => url.clone(),
        Target::Source(number) => format!("source-{number}"),
        Target::Citation(number) => format!("citation-{number}"),
        Target::Footnote(number) => format!("footnote-{number}"),
        Target::FootnoteMark(number) => format!("mark-{number}"),
        Target::Anchor(name) => format!("block-{name}"),
        Target::Heading(number) => format!("heading-{number}"),
    }
}

/// Returns whether a URL leads away from the page. `javascript:` and its like would act on it.
fn is_harmless(url: &str) -> bool {
    let url = url.trim().to_ascii_lowercase();
    ["https:", "http:", "mailto:", "tel:"].iter().any(|scheme| url.starts_with(scheme))
}
