//! A TrueType font program reduced to what PDF viewers need: outlines and metrics (ISO 32000-1, 9.9, lets all else go).
//! Names and hinting, half of a small subset, are of no use there. Which glyphs it holds is decided in `font_subset`.

/// The tables that stay, in the order in which the directory lists them.
const KEPT: [&[u8; 4]; 6] = [b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"];

/// Returns the font with only these tables, or `None` if it is not built as the OpenType specification says.
pub(super) fn reduce(font: &[u8]) -> Option<Vec<u8>> {
    let mut tables: Vec<Vec<u8>> =
        KEPT.iter().map(|tag| table(font, tag).map(<[u8]>::to_vec)).collect::<Option<Vec<_>>>()?;
    let [glyf, head, _, _, loca, maxp] = tables.as_mut_slice() else { return None };
    (*glyf, *loca) = outlines(glyf, loca, u16_at(head, 50)? != 0)?;
    // The new index is of the long form, and no glyph has instructions.
    head.get_mut(50..52)?.copy_from_slice(&[0, 1]);
    maxp.get_mut(26..28)?.fill(0);
    head.get_mut(8..12)?.fill(0);

    let mut out = vec![0, 1, 0, 0, 0, 6, 0, 64, 0, 2, 0, 32];
    let mut at = out.len() + 16 * KEPT.len();
    let adjusted = at + tables.first()?.len().next_multiple_of(4) + 8;
    for (tag, table) in KEPT.iter().zip(&tables) {
        out.extend(*tag);
        out.extend([checksum(table), at as u32, table.len() as u32].map(u32::to_be_bytes).concat());
        at += table.len().next_multiple_of(4);
    }
    for table in &tables {
        out.extend(table);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let rest = 0xb1b0_afba_u32.wrapping_sub(checksum(&out));
    out.get_mut(adjusted..adjusted + 4)?.copy_from_slice(&rest.to_be_bytes());
    Some(out)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn table<'a>(font: &'a [u8], tag: &[u8; 4]) -> Option<&'a [u8]> {
    let count = usize::from(u16_at(font, 4)?);
    let mut rows = (0..count).map(|nth| 12 + 16 * nth);
    let row = rows.find(|row| font.get(*row..row + 4) == Some(&tag[..]))?;
    let start = u32_at(font, row + 8)? as usize;
    font.get(start..start.checked_add(u32_at(font, row + 12)? as usize)?)
}

fn checksum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    words.iter().chain([&last]).fold(0, |sum, word| sum.wrapping_add(u32::from_be_bytes(*word)))
}

/// Outlines without instructions, and where each begins.
fn outlines(glyf: &[u8], loca: &[u8], long: bool) -> Option<(Vec<u8>, Vec<u8>)> {
    let count = loca.len() / if long { 4 } else { 2 };
    let start = |nth: usize| {
        if long { Some(u32_at(loca, nth * 4)? as usize) } else { Some(usize::from(u16_at(loca, nth * 2)?) * 2) }
    };
    let (mut out, mut index) = (Vec::with_capacity(glyf.len()), Vec::with_capacity(count * 4));
    index.extend([0; 4]);
    for nth in 1..count {
        let glyph = glyf.get(start(nth - 1)?..start(nth)?)?;
        if !glyph.is_empty() {
            if glyph.first()? & 0x80 == 0 {
                simple(glyph, &mut out)?
            } else {
                composite(glyph, &mut out)?
            }
            out.resize(out.len().next_multiple_of(2), 0);
        }
        index.extend((out.len() as u32).to_be_bytes());
    }
    Some((out, index))
}

/// Number of contours, box, end points, then the instructions with their length, then flags and coordinates.
fn simple(glyph: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let at = 10 + 2 * usize::from(u16_at(glyph, 0)?);
    let length = usize::from(u16_at(glyph, at)?);
    out.extend(glyph.get(..at)?);
    out.extend([0, 0]);
    out.extend(glyph.get(at + 2 + length..)?);
    Some(())
}

/// Components, each with flags, glyph, two arguments and up to four numbers of its scale; then instructions.
fn composite(glyph: &[u8], out: &mut Vec<u8>) -> Option<()> {
    const WORDS: u16 = 0x0001;
    const SCALE: u16 = 0x0008;
    const MORE: u16 = 0x0020;
    const TWO_SCALES: u16 = 0x0040;
    const MATRIX: u16 = 0x0080;
    const INSTRUCTIONS: u16 = 0x0100;
    out.extend(glyph.get(..10)?);
    let mut at = 10;
    loop {
        let flags = u16_at(glyph, at)?;
        let length = |flag: u16, bytes: usize| if flags & flag != 0 { bytes } else { 0 };
        let end = at + 6 + length(WORDS, 2) + length(SCALE, 2) + length(TWO_SCALES, 4) + length(MATRIX, 8);
        out.extend((flags & !INSTRUCTIONS).to_be_bytes());
        out.extend(glyph.get(at + 2..end)?);
        at = end;
        if flags & MORE == 0 {
            return Some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use skrifa::{
        FontRef, GlyphId, MetadataProvider,
        instance::{LocationRef, Size},
        outline::{DrawSettings, pen::PathElement},
    };

    use super::*;
    use crate::document::layout::fonts::fonts;

    fn drawn(font: &FontRef<'_>, id: u16) -> (Vec<PathElement>, Option<f32>) {
        let mut path = Vec::new();
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        font.outline_glyphs().get(GlyphId::from(id)).unwrap().draw(settings, &mut path).unwrap();
        (path, font.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(GlyphId::from(id)))
    }

    #[test]
    fn outlines_and_widths_stay_and_the_rest_goes() {
        for face in &fonts().faces {
            let mut remapper = subsetter::GlyphRemapper::new();
            let whole = FontRef::new(face.bytes).unwrap();
            for character in "Aäéfiß½ 1,5%绿色喆—".chars() {
                if let Some(id) = whole.charmap().map(character) {
                    remapper.remap(id.to_u32() as u16);
                }
            }
            let subset = subsetter::subset(face.bytes, 0, &remapper).unwrap();
            let reduced = reduce(&subset).unwrap();
            assert!(reduced.len() < subset.len() && checksum(&reduced) == 0xb1b0_afba, "{}", face.name);
            let (before, after) = (FontRef::new(&subset).unwrap(), FontRef::new(&reduced).unwrap());
            assert_eq!(after.table_directory().table_records().len(), KEPT.len());
            for id in 0..table(&reduced, b"loca").unwrap().len() as u16 / 4 - 1 {
                assert_eq!(drawn(&before, id), drawn(&after, id), "{}: glyph {id}", face.name);
            }
        }
    }

    #[test]
    fn a_font_that_is_cut_is_refused_or_has_lost_nothing_that_is_kept() {
        for bytes in fonts().faces.iter().map(|face| face.bytes) {
            let whole = reduce(bytes).unwrap();
            let cuts: Vec<_> = (0..bytes.len()).step_by(bytes.len() / 200).map(|end| reduce(&bytes[..end])).collect();
            assert!(cuts.iter().flatten().all(|made| *made == whole));
            assert!(cuts.iter().filter(|made| made.is_none()).count() > 20);
        }
    }
}
