//! The colours of charts to those who see fewer: the difference of every two that are used together by CIEDE2000 (Sharma, Wu and
//! Dalal 2005) as seen with normal sight and with the three kinds of colour blindness (Machado, Oliveira and Fernandes 2009, the
//! matrices of severity 1, on linear sRGB), and their contrast with the page (WCAG 2.2, 1.4.11).

use std::{fmt::Write as _, fs, path::PathBuf};

use greenbrief::document::brief::Theme;

type Rgb = [u8; 3];
type Matrix = [[f64; 3]; 3];

/// Minimum difference of two colours that are used together. 2.3 is just seen when they touch; marks of a chart stand apart.
const LEAST: f64 = 15.0;
/// Minimum contrast of a mark with the page.
const CONTRAST: f64 = 3.0;

const SIGHTS: [(&str, Matrix); 4] = [
    ("normal sight", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("protanopia", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ),
    ("tritanopia", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
];

fn linear(color: Rgb) -> [f64; 3] {
    color.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

fn times(matrix: &Matrix, [a, b, c]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[x, y, z]| x * a + y * b + z * c)
}

/// CIELAB under D65 of a colour as it is seen.
fn lab(color: Rgb, sight: &Matrix) -> [f64; 3] {
    const XYZ: Matrix =
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
    let [x, y, z] = times(&XYZ, times(sight, linear(color)).map(|part| part.clamp(0.0, 1.0)));
    let f = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    let (x, y, z) = (f(x / 0.95047), f(y), f(z / 1.08883));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000, after the notes of Sharma, Wu and Dalal.
fn difference([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh((a1.hypot(b1) + a2.hypot(b2)) / 2.0));
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) };
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let mean = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    let hues = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (lightness, chroma) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let cosine = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cosine(mean - 30.0) + 0.24 * cosine(2.0 * mean) + 0.32 * cosine(3.0 * mean + 6.0)
        - 0.2 * cosine(4.0 * mean - 63.0);
    let by_lightness =
        (l2 - l1) / (1.0 + 0.015 * (lightness - 50.0).powi(2) / (20.0 + (lightness - 50.0).powi(2)).sqrt());
    let by_chroma = (c2 - c1) / (1.0 + 0.045 * chroma);
    let by_hue = hues / (1.0 + 0.015 * chroma * t);
    let rotation = 30.0 * (-((mean - 275.0) / 25.0).powi(2)).exp();
    let turned = -(2.0 * rotation).to_radians().sin() * 2.0 * seventh(chroma);
    (by_lightness.powi(2) + by_chroma.powi(2) + by_hue.powi(2) + turned * by_chroma * by_hue).sqrt()
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    let luminance = |color: Rgb| {
        let [r, g, b] = linear(color);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The pairs of Sharma, Wu and Dalal's table that try each of its cases.
#[test]
fn differences_are_those_of_the_published_table() {
    for (a, b, wanted) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0000),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
    ] {
        assert!((difference(a, b) - wanted).abs() < 0.0001, "{a:?} {b:?}: {}", difference(a, b));
    }
}

/// With `GREENBRIEF_ACCEPT=1` the table is written.
#[test]
fn colours_that_are_used_together_can_be_told_apart_by_everybody() {
    let theme = Theme::default();
    let mut named: Vec<(String, Rgb)> =
        theme.category.iter().enumerate().map(|(nth, color)| (format!("category {}", nth + 1), *color)).collect();
    named.push(("not highlighted".to_owned(), theme.quiet()));
    let mut table = String::from(
        "Colours of the shipped theme in charts. A chart stands on white wherever it is seen: on a page, in the preview, and as a\n\
         picture in a mail, which is a white card in the dark too.\n\nContrast with the page (at least 3:1)\n",
    );
    for (name, color) in &named {
        let found = contrast(*color, [255; 3]);
        let _ = writeln!(table, "  {name:<16} {}  {found:5.2}:1", hex(*color));
        assert!(found >= CONTRAST, "{name}: {found}");
    }
    let _ = writeln!(table, "\nDifference of two that are used together (CIEDE2000, at least {LEAST})");
    let heads: String = SIGHTS.iter().map(|(name, _)| format!("{name:>14}")).collect();
    let _ = writeln!(table, "  {:<34}{heads}", "");
    for (at, (name, color)) in named.iter().enumerate() {
        for (other, second) in named.iter().skip(at + 1) {
            // Grey stands beside the colours of highlights: the first, the fourth and the third.
            if other == "not highlighted" && name == "category 2" {
                continue;
            }
            let _ = write!(table, "  {:<34}", format!("{name}, {other}"));
            for (sight, matrix) in &SIGHTS {
                let found = difference(lab(*color, matrix), lab(*second, matrix));
                let _ = write!(table, "{found:>14.1}");
                assert!(found >= LEAST, "{name} and {other} with {sight}: {found}");
            }
            table.push('\n');
        }
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/colours.txt");
    if std::env::var_os("GREENBRIEF_ACCEPT").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == table, "GREENBRIEF_ACCEPT=1 writes the table anew; look at it\n{table}");
}
