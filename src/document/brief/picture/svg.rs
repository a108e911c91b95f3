//! An SVG becomes filled paths. `usvg` reads it (styles, transformations, shapes, curves); what a brief cannot show as
//! it was meant is refused before, at its place: words, other pictures, scripts, references, gradients, filters, masks,
//! transparency.

use usvg::{
    Group, Node as Drawn, Options, Paint, Transform, Tree,
    roxmltree::{Attribute, Document, Node, ParsingOptions},
    tiny_skia_path::{self, PathSegment},
};

use super::{Path, SIDE, Segment, Vector};
use crate::base::problem::{Problem, Problems, Source};

/// Maximum number of elements and other nodes.
const NODES: u32 = 20_000;
/// Maximum nesting of elements.
const DEPTH: usize = 64;
/// Maximum size of style sheets, in bytes: each rule is matched against each element.
const STYLE_BYTES: usize = 16_000;
/// Maximum number of path segments that are drawn.
const SEGMENTS: usize = 200_000;
/// Maximum number of path segments in the file. It limits the work of outlining strokes, whose result is not known before.
const WRITTEN: usize = 20_000;
/// Fineness of outlined strokes: steps along the picture's longer side. A page shows it at most 216 points wide.
const STEPS: f32 = 2000.0;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// Elements that are drawn, or have no effect on the drawing.
const KNOWN: [&str; 14] = [
    "svg", "g", "a", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "title", "desc", "metadata",
    "defs",
];

/// Reads an SVG.
pub(super) fn read(source: &Source) -> Result<Vector, Problems> {
    let text = source.text();
    // Entities can make a small file large, and lead to other files.
    if let Some(at) = text.find("<!ENTITY") {
        let problem = Problem::error("an SVG with entities is not read").at(source.place(at..at + 8));
        return Err(problem.hint("save it as plain SVG: entities are then written out").into());
    }
    let options = ParsingOptions { allow_dtd: true, nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        let line = source.line(at.row as usize);
        let problem = Problem::error(format!("this is not an SVG that can be read: {error}"));
        problem.at(line).hint("save it again as plain SVG")
    })?;
    let mut check = Check { source, problems: Problems::new(), style: 0, written: 0 };
    let root = document.root_element();
    if root.tag_name().name() == "svg" && root.tag_name().namespace() == Some(NAMESPACE) {
        check.attributes(root);
        root.children().for_each(|child| check.node(child, 1));
    } else {
        check.wrong(root, "this is not an SVG", &format!("it begins with <svg xmlns=\"{NAMESPACE}\">"));
    }
    check.problems.into_result(())?;
    // The place of the remaining problems is not known; they are reported at the root.
    let at_root = |(what, hint): (String, &str)| {
        let at = root.range().start + 1;
        Problems::from(Problem::error(what).at(source.place(at..at + 3)).hint(hint))
    };
    let tree = Tree::from_xmltree(&document, &Options::default())
        .map_err(|error| at_root((format!("this SVG cannot be drawn: {error}"), "save it again as plain SVG")))?;
    let (width, height) = (tree.size().width(), tree.size().height());
    if width.max(height) > SIDE as f32 || width.min(height) < 0.01 {
        return Err(at_root((
            format!("this SVG is {width} × {height} units large"),
            "it has at most 20000 a side, and is not empty",
        )));
    }
    let fine = (STEPS / width.max(height)).min(4.0);
    let mut drawing = Drawing { paths: Vec::new(), segments: 0, fine };
    drawing.group(tree.root()).map_err(at_root)?;
    if drawing.paths.is_empty() {
        return Err(at_root(("this SVG shows nothing".to_owned(), "it needs a filled or stroked path")));
    }
    Ok(Vector { width, height, paths: drawing.paths })
}

/// Searches for what cannot be drawn.
struct Check<'a> {
    source: &'a Source,
    problems: Problems,
    /// Bytes of style sheets so far
    style: usize,
    /// Segments of paths so far
    written: usize,
}

impl Check<'_> {
    fn wrong(&mut self, node: Node<'_, '_>, what: &str, hint: &str) {
        let start = node.range().start;
        let place = self.source.place(start..start + node.tag_name().name().len() + 1);
        self.problems.push(Problem::error(what).at(place).hint(hint));
    }

    fn node(&mut self, node: Node<'_, '_>, depth: usize) {
        // Elements of other namespaces (an editor's notes) are not drawn.
        if !node.is_element() || node.tag_name().namespace() != Some(NAMESPACE) {
            return;
        }
        let name = node.tag_name().name();
        if depth > DEPTH {
            let hint = "simplify it: groups in groups in groups";
            return self.wrong(node, &format!("elements stand more than {DEPTH} deep in each other"), hint);
        }
        let hint = match name {
            "style" => return self.sheet(node),
            "metadata" => return,
            "svg" => "take the inner drawing out, or draw it as a group",
            "text" | "tspan" | "textPath" => {
                "turn its words into paths in the drawing program, so that they need no font"
            }
            "image" | "foreignObject" | "feImage" => "draw it, or give the whole picture as PNG",
            "script" | "animate" | "animateMotion" | "animateTransform" | "set" => "paper does not move: take it out",
            "use" | "symbol" | "marker" => "save the SVG with clones and markers turned into paths",
            "linearGradient" | "radialGradient" | "meshgradient" | "pattern" => "fill with one colour, or give a PNG",
            "clipPath" | "mask" | "filter" => "save the SVG flattened, or give a PNG",
            _ if KNOWN.contains(&name) => {
                self.attributes(node);
                return node.children().for_each(|child| self.node(child, depth + 1));
            }
            _ => "a picture is made of filled and stroked paths",
        };
        self.wrong(node, &format!("an SVG with <{name}> cannot be drawn"), hint);
    }

    fn attributes(&mut self, node: Node<'_, '_>) {
        // Attributes of other namespaces (an editor's notes) have no effect on the drawing.
        let spoken = |attribute: &Attribute<'_, '_>| attribute.namespace().is_none_or(|namespace| namespace == XLINK);
        for attribute in node.attributes().filter(spoken) {
            let (name, value) = (attribute.name(), attribute.value());
            let segments = match name {
                "d" => svgtypes::PathParser::from(value).take_while(Result::is_ok).count(),
                "points" => svgtypes::PointsParser::from(value).count(),
                _ => 0,
            };
            let before = self.written;
            self.written += segments;
            if before <= WRITTEN && self.written > WRITTEN {
                let what = format!("this SVG has more than {WRITTEN} segments");
                self.wrong(node, &what, "simplify its paths, or give it as PNG");
            }
            // A link is no part of the picture, and is not followed.
            let leads = (name == "href" || name == "src") && node.tag_name().name() != "a";
            let clear = matches!(name, "opacity" | "fill-opacity" | "stroke-opacity")
                && value.trim().parse::<f32>().is_ok_and(|value| value < 1.0 && value > 0.0);
            if leads {
                self.attribute(&attribute, &format!("`{name}` leads out of the drawing"), "take it out");
            } else if name.starts_with("on") {
                self.attribute(&attribute, &format!("`{name}` is a script"), "paper does not run it: take it out");
            } else if name == "style" && refers(value) {
                self.attribute(&attribute, "this style refers to something else", "fill with a plain colour");
            } else if value.contains("url(") {
                let what = format!("`{name}` refers to something else");
                self.attribute(&attribute, &what, "fill with a plain colour, without clips, masks and filters");
            } else if clear {
                let what = "what is transparent cannot be drawn";
                self.attribute(&attribute, what, "use the colour as it is seen on paper");
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_, '_>, what: &str, hint: &str) {
        let place = self.source.place(attribute.range());
        self.problems.push(Problem::error(what).at(place).hint(hint));
    }

    fn sheet(&mut self, node: Node<'_, '_>) {
        let text: String = node.children().filter_map(|child| child.text()).collect();
        self.style += text.len();
        if self.style > STYLE_BYTES {
            self.wrong(node, "this SVG has more styles than a picture needs", "save it as plain SVG");
        } else if refers(&text) {
            self.wrong(node, "this style sheet refers to something else", "fill with plain colours");
        }
    }
}

/// Whether a style refers to something. An escape could hide a reference.
fn refers(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    style.contains("url(") || style.contains("@import") || style.contains('\\')
}

/// The fault and a hint.
type Wrong = (String, &'static str);

struct Drawing {
    paths: Vec<Path>,
    segments: usize,
    /// Steps a unit in the outline of a stroke
    fine: f32,
}

impl Drawing {
    fn group(&mut self, group: &Group) -> Result<(), Wrong> {
        let plain = group.opacity().get() >= 1.0 && group.blend_mode() == usvg::BlendMode::Normal;
        if !plain || group.clip_path().is_some() || group.mask().is_some() || !group.filters().is_empty() {
            return Err(("a group of this SVG is transparent, clipped or blended".to_owned(), "save it flattened"));
        }
        for child in group.children() {
            match child {
                Drawn::Group(group) => self.group(group)?,
                Drawn::Path(path) if path.is_visible() => self.path(path)?,
                Drawn::Path(_) => {}
                Drawn::Image(_) | Drawn::Text(_) => {
                    return Err(("this SVG holds what is not a path".to_owned(), "turn it into paths"));
                }
            }
        }
        Ok(())
    }

    fn path(&mut self, path: &usvg::Path) -> Result<(), Wrong> {
        let transform = path.abs_transform();
        let fill = |drawing: &mut Drawing| match path.fill() {
            None => Ok(()),
            // PDF would fill a bare line as thin as a device can.
            Some(_) if path.data().points().len() < 3 => Ok(()),
            Some(fill) => {
                let color = color(fill.paint(), fill.opacity().get())?;
                drawing.add(path.data(), transform, color, fill.rule() == usvg::FillRule::EvenOdd)
            }
        };
        let stroke = |drawing: &mut Drawing| match path.stroke() {
            None => Ok(()),
            Some(stroke) => {
                let color = color(stroke.paint(), stroke.opacity().get())?;
                if stroke.dasharray().is_some() {
                    return Err(("a dashed line of this SVG cannot be drawn".to_owned(), "turn its dashes into paths"));
                }
                let (x, y) = transform.get_scale();
                let scale = x.abs().max(y.abs()).clamp(0.001, 1000.0);
                let style = tiny_skia_path::Stroke {
                    width: stroke.width().get(),
                    miter_limit: stroke.miterlimit().get(),
                    line_cap: match stroke.linecap() {
                        usvg::LineCap::Butt => tiny_skia_path::LineCap::Butt,
                        usvg::LineCap::Round => tiny_skia_path::LineCap::Round,
                        usvg::LineCap::Square => tiny_skia_path::LineCap::Square,
                    },
                    line_join: match stroke.linejoin() {
                        usvg::LineJoin::Miter => tiny_skia_path::LineJoin::Miter,
                        usvg::LineJoin::MiterClip => tiny_skia_path::LineJoin::MiterClip,
                        usvg::LineJoin::Round => tiny_skia_path::LineJoin::Round,
                        usvg::LineJoin::Bevel => tiny_skia_path::LineJoin::Bevel,
                    },
                    dash: None,
                };
                // A line so thin or so short that it has no outline is not seen either.
                let Some(outline) = path.data().stroke(&style, scale * drawing.fine) else { return Ok(()) };
                drawing.add(&outline, transform, color, false)
            }
        };
        if path.paint_order() == usvg::PaintOrder::StrokeAndFill {
            stroke(self)?;
            fill(self)
        } else {
            fill(self)?;
            stroke(self)
        }
    }

    fn add(
        &mut self,
        path: &tiny_skia_path::Path,
        transform: Transform,
        color: [u8; 3],
        even_odd: bool,
    ) -> Result<(), Wrong> {
        self.segments += path.len();
        if self.segments > SEGMENTS {
            return Err((format!("this SVG has more than {SEGMENTS} segments"), "simplify its paths"));
        }
        let Some(path) = path.clone().transform(transform) else {
            return Err(("a path of this SVG reaches beyond all bounds".to_owned(), "simplify its transformations"));
        };
        let mut segments = Vec::with_capacity(path.len());
        let mut at = [0.0f32; 2];
        for segment in path.segments() {
            let to = |point: tiny_skia_path::Point| [point.x, point.y];
            let next = match segment {
                PathSegment::MoveTo(point) => Segment::Move(to(point)),
                PathSegment::LineTo(point) => Segment::Line(to(point)),
                PathSegment::QuadTo(control, end) => {
                    // The same curve with two control points.
                    let (control, end) = (to(control), to(end));
                    let third = |from: [f32; 2]| {
                        [0, 1].map(|i: usize| {
                            let (from, to) = if i == 0 { (from[0], control[0]) } else { (from[1], control[1]) };
                            from + (to - from) * 2.0 / 3.0
                        })
                    };
                    Segment::Curve([third(at), third(end), end])
                }
                PathSegment::CubicTo(first, second, end) => Segment::Curve([to(first), to(second), to(end)]),
                PathSegment::Close => continue,
            };
            at = match next {
                Segment::Move(end) | Segment::Line(end) | Segment::Curve([_, _, end]) => end,
            };
            if at.iter().any(|part| !part.is_finite() || part.abs() > 10.0 * SIDE as f32) {
                return Err(("a path of this SVG reaches far beyond its box".to_owned(), "draw it inside its box"));
            }
            segments.push(next);
        }
        self.paths.push(Path { segments, color, even_odd });
        Ok(())
    }
}

fn color(paint: &Paint, opacity: f32) -> Result<[u8; 3], Wrong> {
    match paint {
        _ if opacity < 1.0 => {
            Err(("a path of this SVG is transparent".to_owned(), "use the colour as it is seen on paper"))
        }
        Paint::Color(color) => Ok([color.red, color.green, color.blue]),
        _ => Err(("a path of this SVG is filled with a gradient or pattern".to_owned(), "fill with one colour")),
    }
}
