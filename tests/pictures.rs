//! Logos: every form of PNG and the SVGs that can be drawn stand in the title band of a valid PDF; whatever else a file
//! holds is reported at its place, without a panic and without the memory that it claims.

use std::{collections::BTreeMap, io::Write};

use base64::Engine;
use greenbrief::{
    base::language::Language,
    document::{
        brief::{Picture, Raster, Template},
        layout, pdf, svg,
    },
};
use lopdf::{Document, Object};
use proptest::prelude::*;

use crate::{frame, snapshot, template};

const ALT: &str = "alt = { en = \"Example Office\", de = \"Beispielamt\", zh = \"示例机构\" }\n";

const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 240 80">
<style>.leaf { fill: #7ed957 }</style>
<g transform="translate(10 5)"><path class="leaf" d="M0 70C0 20 30 0 70 0C70 45 45 70 0 70Z"/>
<path d="M0 70L45 25" stroke="white" stroke-width="4" stroke-linecap="round"/></g>
<rect x="100" y="10" width="130" height="60" rx="8" fill="white"/>
<path fill="#12436d" fill-rule="evenodd" d="M120 20h40v40h-40zM130 30v20h20v-20z"/>
<circle cx="195" cy="40" r="20" fill="none" stroke="#12436d" stroke-width="8"/>
</svg>"##;

fn with(name: &str, bytes: &[u8], keys: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = template().files;
    files.insert(name.to_owned(), bytes.to_vec());
    files.insert("theme.toml".into(), format!("[logo]\nfile = \"{name}\"\n{keys}").into_bytes());
    files
}

fn read(name: &str, bytes: &[u8]) -> Result<Picture, String> {
    let template =
        Template::from_files("templates/x", with(name, bytes, "")).map_err(|problems| problems.to_string())?;
    Ok(template.theme.logo.unwrap().picture)
}

fn render(files: BTreeMap<String, Vec<u8>>, language: Language) -> Vec<u8> {
    let template = Template::from_files("templates/x", files).unwrap_or_else(|problems| panic!("{problems}"));
    let filled = template.fill(&snapshot(), language, &frame()).unwrap();
    let document = layout::lay_out(&filled.brief, &template.theme).unwrap();
    crate::conforms(&document, language.tag());
    pdf::write(&document).unwrap()
}

// --- PNG, written by hand so that it may also be wrong ---

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(data);
    // The check of ISO 3309, bit by bit.
    let crc = out[start..].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    });
    out.extend((!crc).to_be_bytes());
}

/// `kind` is PNG's: 0 grey, 2 colour, 3 palette, 4 and 6 with opacity. `rows` hold the packed samples of each row.
fn png(
    size: (u32, u32),
    depth: u8,
    kind: u8,
    interlaced: bool,
    extra: &[(&[u8; 4], &[u8])],
    rows: &[Vec<u8>],
) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = [size.0.to_be_bytes(), size.1.to_be_bytes()].concat();
    head.extend([depth, kind, 0, 0, u8::from(interlaced)]);
    chunk(&mut out, b"IHDR", &head);
    for (kind, data) in extra {
        chunk(&mut out, kind, data);
    }
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for row in rows {
        packed.write_all(&[0]).unwrap();
        packed.write_all(row).unwrap();
    }
    chunk(&mut out, b"IDAT", &packed.finish().unwrap());
    chunk(&mut out, b"IEND", &[]);
    out
}

/// Returns the samples of rows as the PDF gets them.
fn samples(raster: &Raster, packed: &[u8], channels: usize) -> Vec<u8> {
    let mut rows = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(packed), &mut rows).unwrap();
    let mut above = vec![0u8; raster.width as usize * channels];
    let mut out = Vec::new();
    for row in rows.chunks(above.len() + 1) {
        assert_eq!(row[0], 2, "the filter");
        above.iter_mut().zip(&row[1..]).for_each(|(above, difference)| *above = above.wrapping_add(*difference));
        out.extend(&above);
    }
    out
}

/// Grey or not, the colours, and how opaque they are.
fn pixels(bytes: &[u8]) -> (bool, Vec<u8>, Option<Vec<u8>>) {
    let Picture::Raster(raster) = read("logo.png", bytes).unwrap_or_else(|error| panic!("{error}")) else {
        panic!("not a raster")
    };
    let colors = samples(&raster, &raster.samples, if raster.gray { 1 } else { 3 });
    (raster.gray, colors, raster.alpha.as_ref().map(|alpha| samples(&raster, alpha, 1)))
}

#[test]
fn every_form_of_png_gives_its_pixels() {
    let palette: [u8; 6] = [255, 0, 0, 0, 0, 255];
    let two = |depth, kind, extra: &[(&[u8; 4], &[u8])], row: &[u8]| {
        pixels(&png((2, 1), depth, kind, false, extra, &[row.to_vec()]))
    };
    assert_eq!(two(8, 0, &[], &[7, 200]), (true, vec![7, 200], None));
    assert_eq!(two(1, 0, &[], &[0b0100_0000]), (true, vec![0, 255], None));
    assert_eq!(two(4, 0, &[], &[0x0f]), (true, vec![0, 255], None));
    assert_eq!(two(16, 0, &[], &[9, 99, 200, 99]), (true, vec![9, 200], None));
    assert_eq!(two(8, 2, &[], &[1, 2, 3, 4, 5, 6]), (false, vec![1, 2, 3, 4, 5, 6], None));
    assert_eq!(two(16, 2, &[], &[1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6, 9]), (false, vec![1, 2, 3, 4, 5, 6], None));
    assert_eq!(two(8, 3, &[(b"PLTE", &palette)], &[1, 0]), (false, vec![0, 0, 255, 255, 0, 0], None));
    let seen: (&[u8; 4], &[u8]) = (b"tRNS", &[255, 64]);
    assert_eq!(
        two(8, 3, &[(b"PLTE", &palette), seen], &[1, 0]),
        (false, vec![0, 0, 255, 255, 0, 0], Some(vec![64, 255]))
    );
    assert_eq!(two(8, 4, &[], &[7, 0, 200, 255]), (true, vec![7, 200], Some(vec![0, 255])));
    assert_eq!(two(8, 6, &[], &[1, 2, 3, 9, 4, 5, 6, 255]), (false, vec![1, 2, 3, 4, 5, 6], Some(vec![9, 255])));
    // Opaque throughout: no mask.
    assert_eq!(two(8, 6, &[], &[1, 2, 3, 255, 4, 5, 6, 255]), (false, vec![1, 2, 3, 4, 5, 6], None));
    // Interlaced: of two by two, the first, the sixth and the seventh pass hold 1, 1 and 2 pixels.
    let rows = [vec![10], vec![20], vec![30, 40]];
    assert_eq!(pixels(&png((2, 2), 8, 0, true, &[], &rows)), (true, vec![10, 20, 30, 40], None));
}

#[test]
fn a_logo_stands_in_the_band_of_a_valid_file() {
    let rows: Vec<Vec<u8>> = (0..20u8)
        .map(|y| (0..60u8).flat_map(|x| [x * 4, y * 12, 200, if x < 30 { 255 } else { 90 }]).collect())
        .collect();
    let translucent = png((60, 20), 8, 6, false, &[], &rows);
    for language in Language::ALL {
        let bytes = render(with("logo.png", &translucent, ALT), language);
        let file = Document::load_mem(&bytes).unwrap();
        let images: Vec<_> =
            file.objects.values().filter_map(|o| o.as_stream().ok()).filter(|s| s.dict.has(b"ColorSpace")).collect();
        assert_eq!(images.len(), 2, "the picture and its mask");
        let image = images.iter().find(|image| image.dict.has(b"SMask")).unwrap();
        assert_eq!(image.dict.get(b"Width").unwrap().as_i64().unwrap(), 60);
        assert!(bytes == render(with("logo.png", &translucent, ALT), language), "the same bytes again");
        assert_eq!(alts(&bytes)[0], ["Example Office", "Beispielamt", "示例机构"][language as usize]);
    }
    let bytes = render(with("logo.svg", SVG.as_bytes(), ALT), Language::En);
    assert_eq!(alts(&bytes)[0], "Example Office");
    // Without words for it, it is decoration.
    let bytes = render(with("logo.svg", SVG.as_bytes(), "place = \"band-left\"\nground = \"#ffffff\"\n"), Language::De);
    assert!(!alts(&bytes).contains(&"Beispielamt".to_owned()));
}

#[test]
fn a_page_as_svg_shows_the_logo() {
    let page = |name: &str, bytes: &[u8]| {
        let template = Template::from_files("templates/x", with(name, bytes, ALT)).unwrap();
        let filled = template.fill(&snapshot(), Language::En, &frame()).unwrap();
        svg::page(&layout::lay_out(&filled.brief, &template.theme).unwrap(), 0)
    };
    let drawn = page("logo.svg", SVG.as_bytes());
    assert!(drawn.contains("viewBox=\"0 0 120 40\"") && drawn.contains("fill=\"#7ed957\""), "{drawn}");
    // The image inside is a PNG again, with the same samples.
    let drawn = page("logo.png", &png((2, 1), 8, 6, false, &[], &[vec![1, 2, 3, 9, 4, 5, 6, 255]]));
    let inside: Vec<Vec<u8>> = drawn
        .split("base64,")
        .skip(1)
        .map(|rest| base64::prelude::BASE64_STANDARD.decode(rest.split('"').next().unwrap()).unwrap())
        .collect();
    let inside: Vec<_> = inside.iter().map(|bytes| pixels(bytes)).collect();
    assert_eq!(inside, [(true, vec![9, 255], None), (false, vec![1, 2, 3, 4, 5, 6], None)]);
    assert!(drawn.contains("<mask id=") && drawn.contains("mask=\"url(#"));
}

/// The Alt of each figure, in the order of the objects.
fn alts(bytes: &[u8]) -> Vec<String> {
    let file = Document::load_mem(bytes).unwrap();
    let figures = file.objects.values().filter_map(|o| o.as_dict().ok());
    let figures = figures.filter(|d| d.get(b"S").and_then(Object::as_name).is_ok_and(|kind| kind == b"Figure"));
    figures
        .map(|figure| match figure.get(b"Alt").unwrap() {
            Object::String(bytes, _) if bytes.starts_with(&[0xfe, 0xff]) => {
                let units: Vec<u16> = bytes[2..].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                String::from_utf16(&units).unwrap()
            }
            Object::String(bytes, _) => String::from_utf8(bytes.clone()).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_logo_keeps_its_proportions_inside_what_is_asked_for() {
    let size = |keys: &str| {
        let template = Template::from_files("templates/x", with("logo.svg", SVG.as_bytes(), keys)).unwrap();
        let logo = template.theme.logo.unwrap();
        (logo.width, logo.height)
    };
    // The picture is three times as wide as high.
    assert_eq!(size(""), (96.0, 32.0));
    assert_eq!(size("height = 20\n"), (60.0, 20.0));
    assert_eq!(size("width = 150\n"), (150.0, 50.0));
    assert_eq!(size("width = 300\n"), (216.0, 72.0));
    assert_eq!(size("width = 60\nheight = 60\n"), (60.0, 20.0));
}

#[test]
fn a_png_that_cannot_be_drawn_is_told_where_it_is_named() {
    let row = vec![0; 4];
    let good = png((4, 4), 8, 0, false, &[], &vec![row.clone(); 4]);
    let told = |bytes: &[u8], what: &str| {
        let text = read("logo.png", bytes).unwrap_err();
        assert!(text.starts_with(&format!("error: logo.png {what}")), "{what}\n{text}");
        assert!(text.contains(" --> templates/x/theme.toml:2:8\n"), "{text}");
        assert!(text.contains("2 | file = \"logo.png\"\n   |        ^^^^^^^^^^\n   = hint: "), "{text}");
    };
    told(&png((0, 0), 8, 0, false, &[], &[]), "cannot be read to its end: ");
    told(&png((40_000, 40_000), 8, 0, false, &[], &[]), "has 40000 × 40000 pixels");
    told(&png((10_000, 10_000), 8, 6, true, &[], &[]), "has 10000 × 10000 pixels");
    told(&good[..good.len() - 20], "cannot be read to its end: ");
    told(&good[..20], "cannot be read to its end: ");
    told(b"", "cannot be read to its end: ");
    told(b"GIF89a, and so on", "cannot be read to its end: ");
    told(&png((4, 4), 8, 0, false, &[], &[row]), "cannot be read to its end: ");
    told(&vec![0; 10_000_001], "has more than 10 MB");
    let mut flipped = good.clone();
    flipped[45] ^= 1;
    told(&flipped, "cannot be read to its end: ");
    let text = read("logo.gif", b"GIF89a").unwrap_err();
    assert!(text.contains("`logo.gif` is not the name of a picture\n --> templates/x/theme.toml:2:8"), "{text}");
    let text = read("../logo.png", &good).unwrap_err();
    assert!(text.contains("`../logo.png` is not the name of a picture"), "{text}");
    let mut files = with("logo.png", &good, "");
    files.remove("logo.png");
    let text = Template::from_files("templates/x", files).unwrap_err().to_string();
    assert!(text.contains("the template has no logo.png\n --> templates/x/theme.toml:2:8"), "{text}");
    let text = Template::from_files("templates/x", with("logo.png", &good, "alt = { en = \"Office\" }\n")).unwrap_err();
    assert!(
        text.to_string().contains("the logo's alt has no text for `de` and `zh`\n --> templates/x/theme.toml:3:7"),
        "{text}"
    );
}

#[test]
fn a_small_file_with_many_pixels_stays_small() {
    // Ten million pixels from a few hundred bytes.
    let bomb = png((20_000, 500), 1, 0, false, &[], &vec![vec![0x55; 2_500]; 500]);
    assert!(bomb.len() < 10_000, "{}", bomb.len());
    let Picture::Raster(raster) = read("logo.png", &bomb).unwrap() else { panic!() };
    assert!(raster.samples.len() < 100_000, "{}", raster.samples.len());
    // What it claims to hold and does not is not waited for.
    let claim = png((20_000, 2_000), 16, 6, false, &[], &[vec![0; 160_000]]);
    assert!(read("logo.png", &claim).unwrap_err().contains("cannot be read to its end"));
    // Words and profiles that unpack to much are not unpacked.
    let mut packed = flate2::write::ZlibEncoder::new(b"name\0\0".to_vec(), flate2::Compression::fast());
    packed.write_all(&vec![0; 20_000_000]).unwrap();
    let packed = packed.finish().unwrap();
    let words = png((1, 1), 8, 0, false, &[(b"iCCP", &packed), (b"zTXt", &packed)], &[vec![9]]);
    assert_eq!(pixels(&words), (true, vec![9], None));
}

#[test]
fn an_svg_becomes_filled_paths() {
    let Picture::Vector(vector) = read("logo.svg", SVG.as_bytes()).unwrap() else { panic!() };
    assert_eq!((vector.width, vector.height), (120.0, 40.0));
    let colors: Vec<[u8; 3]> = vector.paths.iter().map(|path| path.color).collect();
    let (blue, white) = ([0x12, 0x43, 0x6d], [255; 3]);
    assert_eq!(colors, [[0x7e, 0xd9, 0x57], white, white, blue, blue]);
    assert_eq!(vector.paths.iter().map(|path| path.even_odd).collect::<Vec<_>>(), [false, false, false, true, false]);
}

#[test]
fn what_drawing_programs_add_does_no_harm() {
    let svg = r##"<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
 inkscape:export-filename="C:\logos\logo.png" width="20mm" height="10mm" viewBox="0 0 20 10"
 style="enable-background:new 0 0 20 10" xml:space="preserve"><title>Logo</title><defs/><metadata><x xmlns="urn:x"/></metadata>
<inkscape:namedview inkscape:zoom="url(#a)"/><a href="https://example.org/"><path
 style="opacity:1;fill:#28a197;stroke:none" d="m 0,0 q 5,0 5,5 t 5,5 a 3 3 0 0 1 3,-3 z"/></a></svg>"##;
    let Picture::Vector(vector) = read("logo.svg", svg.as_bytes()).unwrap_or_else(|error| panic!("{error}")) else {
        panic!()
    };
    assert_eq!(vector.paths.len(), 1);
    assert!((vector.width / vector.height - 2.0).abs() < 0.001);
}

#[test]
fn an_svg_that_cannot_be_drawn_is_told_at_its_place() {
    let told = |inside: &str, what: &str, column: usize| {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 9 9\">\n{inside}\n<path d=\"M0 0h9v9z\"/></svg>"
        );
        let text = read("logo.svg", svg.as_bytes()).unwrap_err();
        let wanted = format!("error: {what}\n --> templates/x/logo.svg:2:{column}\n");
        assert!(text.contains(&wanted) && text.contains("= hint: "), "{wanted}\n{text}");
    };
    for name in [
        "script",
        "text",
        "image",
        "foreignObject",
        "use",
        "linearGradient",
        "filter",
        "mask",
        "clipPath",
        "svg",
        "animate",
        "switch",
    ] {
        told(&format!("  <{name}/>"), &format!("an SVG with <{name}> cannot be drawn"), 3);
    }
    told("<image xlink:href=\"http://example.org/a.png\"/>", "an SVG with <image> cannot be drawn", 1);
    told("<path xlink:href=\"file:///etc/passwd\" d=\"M0 0h1\"/>", "`href` leads out of the drawing", 7);
    told("<path fill=\"url(#a)\" d=\"M0 0h1\"/>", "`fill` refers to something else", 7);
    told("<path style=\"fill:url(http://example.org/#a)\" d=\"M0 0h1\"/>", "this style refers to something else", 7);
    told("<style>@import 'http://example.org/a.css';</style>", "this style sheet refers to something else", 1);
    told("<g onload=\"alert(1)\"/>", "`onload` is a script", 4);
    told("<g opacity=\"0.5\"><path d=\"M0 0h1v1z\"/></g>", "what is transparent cannot be drawn", 4);
    let whole = |svg: &str, what: &str| {
        let text = read("logo.svg", svg.as_bytes()).unwrap_err();
        assert!(text.contains(what) && text.contains("--> templates/x/logo.svg:"), "{what}\n{text}");
    };
    let ns = "xmlns=\"http://www.w3.org/2000/svg\"";
    whole("", "this is not an SVG that can be read");
    whole("<svg", "this is not an SVG that can be read");
    whole("<svg><path d='M0 0h9v9z'/></svg>", "this is not an SVG\n");
    whole(&format!("<svg {ns} width='0' height='0'><path d='M0 0h9v9z'/></svg>"), "this SVG cannot be drawn");
    whole(
        &format!("<svg {ns} width='40000' height='40000'><path d='M0 0h9v9z'/></svg>"),
        "this SVG is 40000 × 40000 units large",
    );
    whole(&format!("<svg {ns} viewBox='0 0 9 9'/>"), "this SVG shows nothing");
    whole(
        &format!("<svg {ns} viewBox='0 0 9 9'><style>path{{fill:rgba(0,0,0,.5)}}</style><path d='M0 0h9v9z'/></svg>"),
        "transparent",
    );
    whole(
        &format!("<svg {ns} viewBox='0 0 9 9'><path stroke='red' stroke-dasharray='1e-9' d='M0 0h9v9z'/></svg>"),
        "a dashed line",
    );
    whole(&format!("<svg {ns} viewBox='0 0 9 9'><path d='M0 0h1e30v9z'/></svg>"), "far beyond its box");
    let laughs =
        format!("<!DOCTYPE svg [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>\n<svg {ns} viewBox='0 0 9 9'>&b;</svg>");
    whole(&laughs, "an SVG with entities is not read\n --> templates/x/logo.svg:1:16");
    let deep = format!(
        "<svg {ns} viewBox='0 0 9 9'>{}<path d='M0 0h9v9z'/>{}</svg>",
        "<g>".repeat(9_000),
        "</g>".repeat(9_000)
    );
    whole(&deep, "elements stand more than 64 deep in each other");
    whole(
        &format!("<svg {ns} viewBox='0 0 9 9'>{}</svg>", "<g>".repeat(200_000)),
        "this is not an SVG that can be read",
    );
    whole(
        &format!("<svg {ns} viewBox='0 0 9 9'>{}</svg>", "<g/>".repeat(30_000)),
        "this is not an SVG that can be read",
    );
    whole(
        &format!("<svg {ns} viewBox='0 0 9 9'><path d='M0 0{}z'/></svg>", "h1v1".repeat(150_000)),
        "this SVG has more than 20000 segments\n --> templates/x/logo.svg:1:",
    );
    let text = read("logo.svg", " ".repeat(1_000_001).as_bytes()).unwrap_err();
    assert!(text.contains("logo.svg has more than 1 MB\n --> templates/x/theme.toml:2:8"), "{text}");
    let text = read("logo.svg", b"<svg>\xff</svg>").unwrap_err();
    assert!(text.contains("this file is not UTF-8\n --> templates/x/logo.svg:1:6"), "{text}");
}

#[test]
fn a_stroke_is_not_finer_than_a_page_shows() {
    // A drawing of nine units, blown up: each of its curves became thousands of segments.
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='20000' height='20000' viewBox='0 0 9 9'><path stroke='red' fill='none' stroke-linejoin='round' d='M0 0{}'/></svg>",
        "c9-9 9 9 0 9c9-9 9 9 0-9".repeat(250)
    );
    let Picture::Vector(vector) = read("logo.svg", svg.as_bytes()).unwrap() else { panic!() };
    assert!(vector.paths[0].segments.len() < 100_000, "{}", vector.paths[0].segments.len());
}

#[test]
fn the_pictures_that_a_text_names_are_read_from_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in with("logo.svg", SVG.as_bytes(), ALT) {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    std::fs::write(folder.path().join("draft.png"), b"nobody names it").unwrap();
    let template = Template::load(folder.path(), &Language::ALL).unwrap();
    assert_eq!(template.files["logo.svg"], SVG.as_bytes());
    assert!(!template.files.contains_key("draft.png"));
    // What an edition keeps is enough to read it again.
    let again = Template::from_files(&template.folder, template.files.clone()).unwrap();
    assert_eq!(again, template);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any picture is drawn or refused.
    #[test]
    fn no_picture_brings_it_down(at in 0.0f64..1.0, junk in prop::collection::vec(any::<u8>(), 0..12), svg in any::<bool>()) {
        let rows: Vec<Vec<u8>> = (0..9u8).map(|y| vec![y; 12]).collect();
        let (name, whole) = if svg { ("logo.svg", SVG.as_bytes().to_vec()) } else { ("logo.png", png((3, 9), 8, 6, false, &[], &rows)) };
        let cut = (whole.len() as f64 * at) as usize;
        let end = (cut + junk.len()).min(whole.len());
        let mut broken = whole;
        broken.splice(cut..end, junk);
        let _ = read(name, &broken);
    }
}

/// Writes briefs with logos into the folder `GREENBRIEF_PAGES`, to be looked at.
#[test]
fn writes_logos_to_look_at() {
    let Some(folder) = std::env::var_os("GREENBRIEF_PAGES") else { return };
    let folder = std::path::Path::new(&folder);
    let rows: Vec<Vec<u8>> = (0..100u8)
        .map(|y| {
            (0..250u16)
                .flat_map(|x| {
                    let inside = (f64::from(x) - 50.0).hypot(f64::from(y) - 50.0) < 48.0 || x > 110;
                    [255, 255 - y, 255 - (x / 2) as u8, if inside { 255 } else { 0 }]
                })
                .collect()
        })
        .collect();
    let png = png((250, 100), 8, 6, false, &[], &rows);
    for (out, files) in [
        ("logo-svg.pdf", with("logo.svg", SVG.as_bytes(), ALT)),
        (
            "logo-svg-left.pdf",
            with("logo.svg", SVG.as_bytes(), "height = 40\nplace = \"band-left\"\nground = \"#ffffff\"\n"),
        ),
        ("logo-png.pdf", with("logo.png", &png, &format!("{ALT}height = 40\n[fonts]\ntext = \"Noto Sans SC\"\n"))),
    ] {
        std::fs::write(folder.join(out), render(files, Language::En)).unwrap();
    }
}
