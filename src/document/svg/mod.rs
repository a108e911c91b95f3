//! A finished page as one SVG 1.1 picture that needs nothing else: no font, no script, no style sheet. For the preview,
//! and for pictures in documents. Glyphs are outlines, each defined once and used by its id; over them lie the words,
//! unseen, to be found and copied. What stands on a page is decided by `layout`.
//!
//! Units are points, as in `layout`; the same page gives the same text.

mod glyphs;
mod raster;
mod write;

use self::{
    glyphs::{Glyphs, Outline},
    write::{Curves, Escaped, Hex, Number, Path},
};
use crate::document::layout::document::{
    Document, Item, LinkArea, PAGE_HEIGHT, PAGE_WIDTH, Page, Picture as Shown, Run, Target,
};

/// A whole page, counted from 0, as a small file: each glyph is defined once and used by its id. A page that does not
/// exist is an empty sheet.
pub fn page(document: &Document, index: usize) -> String {
    whole(document, index, Picture::default())
}

/// The same to the eye, for a screen that waits for it: each run of glyphs is one path. It is five times as long, and
/// Chromium has it on the screen in less than half the time, since it makes a tree of its own for each glyph that is
/// used by its id.
pub fn quick_page(document: &Document, index: usize) -> String {
    whole(document, index, Picture { quick: true, ..Picture::default() })
}

fn whole(document: &Document, index: usize, mut picture: Picture) -> String {
    let empty = Page::default();
    let page = document.pages.get(index).unwrap_or(&empty);
    picture.items(page, true);
    picture.links(page);
    picture.places(document, index);
    picture.finish(document, Area { left: 0.0, top: 0.0, right: PAGE_WIDTH, bottom: PAGE_HEIGHT })
}

/// What is painted on a page, with `margin` points around it; header and footer, and a table's head that is repeated,
/// are left out. A page on which nothing is painted is an empty square.
pub fn crop(document: &Document, index: usize, margin: f32) -> String {
    let empty = Page::default();
    let page = document.pages.get(index).unwrap_or(&empty);
    let mut picture = Picture::default();
    picture.items(page, false);
    picture.links(page);
    let painted = picture.painted.unwrap_or(Area { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 });
    picture.finish(
        document,
        Area {
            left: painted.left - margin,
            top: painted.top - margin,
            right: painted.right + margin,
            bottom: painted.bottom + margin,
        },
    )
}

/// A part of a page.
#[derive(Debug, Clone, Copy)]
struct Area {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

/// What has been painted so far.
#[derive(Default)]
struct Picture {
    /// Runs are one path each.
    quick: bool,
    glyphs: Glyphs,
    /// What is seen.
    body: String,
    /// The words over it, and the links over these.
    over: String,
    /// Where ink is.
    painted: Option<Area>,
    /// How many pictures of pixels there are: their masks have ids.
    rasters: usize,
}

impl Picture {
    /// All items in their order; `running`: those too that repeat on every page.
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
                    self.body += &format!("<path d=\"{}Z\" fill=\"{}\"/>\n", Path(points), Hex(*color));
                }
                Item::Stroke { points, width, dash, color } => {
                    self.ink(points, width / 2.0);
                    let dash = dash.map_or_else(String::new, |(dash, gap)| {
                        format!(" stroke-dasharray=\"{} {}\"", Number(dash), Number(gap))
                    });
                    self.body += &format!(
                        "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}/>\n",
                        Path(points),
                        Hex(*color),
                        Number(*width)
                    );
                }
            }
        }
    }

    /// A run: a group in which a unit is the font's, so that places are whole numbers.
    fn text(&mut self, run: &Run) {
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

    /// A picture in its box: paths as paths, pixels as a PNG inside the SVG.
    fn picture(&mut self, picture: &Shown, [left, top, right, bottom]: [f32; 4]) {
        self.ink(&[(left, top), (right, bottom)], 0.0);
        let place = format!(
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"",
            Number(left),
            Number(top),
            Number(right - left),
            Number(bottom - top)
        );
        match picture {
            Shown::Raster(raster) => {
                self.rasters += 1;
                self.body += &raster::image(raster, &place, self.rasters);
            }
            Shown::Vector(vector) => {
                // An inner `svg` clips, as the PDF does: what lies outside the box is not seen.
                let (width, height) = picture.size();
                self.body += &format!("<svg {place} viewBox=\"0 0 {width} {height}\">\n");
                for path in &vector.paths {
                    let rule = if path.even_odd { " fill-rule=\"evenodd\"" } else { "" };
                    self.body +=
                        &format!("<path d=\"{}\" fill=\"{}\"{rule}/>\n", Curves(&path.segments), Hex(path.color));
                }
                self.body += "</svg>\n";
            }
        }
    }

    fn links(&mut self, page: &Page) {
        for LinkArea { rect: [left, top, right, bottom], target, says, .. } in &page.links {
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

    /// Where links inside the document go, if its pages stand in one file.
    fn places(&mut self, document: &Document, index: usize) {
        for (target, (page, y)) in &document.places {
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

    /// Ink at these points, and `around` them.
    fn ink(&mut self, points: &[(f32, f32)], around: f32) {
        for &(x, y) in points {
            let here = Area { left: x - around, top: y - around, right: x + around, bottom: y + around };
            let so_far = self.painted.unwrap_or(here);
            self.painted = Some(Area {
                left: so_far.left.min(here.left),
                top: so_far.top.min(here.top),
                right: so_far.right.max(here.right),
                bottom: so_far.bottom.max(here.bottom),
            });
        }
    }

    /// The picture of an area, white where nothing is painted.
    fn finish(self, document: &Document, area: Area) -> String {
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

/// The id of a place inside the document.
fn id(target: &Target) -> String {
    match target {
        Target::Url(url) => url.clone(),
        Target::Source(number) => format!("source-{number}"),
        Target::Citation(number) => format!("citation-{number}"),
        Target::Footnote(number) => format!("footnote-{number}"),
        Target::Mark(number) => format!("mark-{number}"),
        Target::Anchor(name) => format!("block-{name}"),
        Target::Heading(number) => format!("heading-{number}"),
    }
}

/// Does following it leave the page alone? `javascript:` and its like do not.
fn is_harmless(url: &str) -> bool {
    let url = url.trim().to_ascii_lowercase();
    ["https:", "http:", "mailto:", "tel:"].iter().any(|scheme| url.starts_with(scheme))
}
