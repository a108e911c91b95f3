//! Pixels as a PNG with a palette: a chart has few colours and their blends with white, so that one byte a pixel says all. If
//! they are more than 256, the finest differences between blends are left out.

use std::collections::{BTreeMap, HashMap};

use png::{BitDepth, ColorType, Compression, Encoder, Filter};
use tiny_skia::Pixmap;

type Rgb = [u8; 3];

/// The picture, which is opaque.
pub(super) fn png(pixels: &Pixmap) -> Option<Vec<u8>> {
    let all = || pixels.pixels().iter().map(|it| [it.red(), it.green(), it.blue()]);
    let mut counts: BTreeMap<Rgb, usize> = BTreeMap::new();
    for color in all() {
        *counts.entry(color).or_default() += 1;
    }
    let palette = (0..8).map(|bits| Palette::new(&counts, bits)).find(|palette| palette.colors.len() <= 256)?;
    let rows: Vec<u8> = all().map(|color| palette.index(color)).collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.colors.concat());
    encoder.set_compression(Compression::High);
    // Numbers of a palette are not near each other where colours are: differences say nothing.
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&rows).ok()?;
    writer.finish().ok()?;
    Some(file)
}

struct Palette {
    colors: Vec<Rgb>,
    /// The number of each colour without its last bits.
    numbers: HashMap<Rgb, u8>,
    bits: u32,
}

impl Palette {
    /// The colours that differ without their last `bits`. Each stands for all that are alike, by the one that is most frequent.
    fn new(counts: &BTreeMap<Rgb, usize>, bits: u32) -> Palette {
        let mut groups: BTreeMap<Rgb, (usize, Rgb)> = BTreeMap::new();
        for (color, count) in counts {
            let most = groups.entry(coarse(*color, bits)).or_insert((*count, *color));
            if *count > most.0 {
                *most = (*count, *color);
            }
        }
        let numbers = groups.keys().zip(0..=u8::MAX).map(|(group, number)| (*group, number)).collect();
        Palette { colors: groups.into_values().map(|(_, color)| color).collect(), numbers, bits }
    }

    fn index(&self, color: Rgb) -> u8 {
        self.numbers.get(&coarse(color, self.bits)).copied().unwrap_or_default()
    }
}

fn coarse(color: Rgb, bits: u32) -> Rgb {
    color.map(|part| part >> bits << bits)
}
