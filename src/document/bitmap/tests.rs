//! What is painted is at its place, and the palette keeps what is frequent.

use super::*;

fn square(points: [(f32, f32); 4], color: [u8; 3]) -> Item {
    Item::Fill { points: points.to_vec(), color }
}

/// The colour at a place of a PNG, from the palette.
fn pixel(bitmap: &ChartBitmap, x: u32, y: u32) -> [u8; 3] {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&bitmap.png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let at = ((y * bitmap.width + x) * 3) as usize;
    pixels[at..at + 3].try_into().unwrap()
}

#[test]
fn what_is_painted_is_seen_at_its_place_and_the_same_each_time() {
    let red = square([(0.0, 0.0), (40.0, 0.0), (40.0, 20.0), (0.0, 20.0)], [200, 0, 10]);
    let line = Item::Stroke { points: vec![(0.0, 40.0), (88.0, 40.0)], width: 4.0, dash: None, color: [0, 0, 255] };
    let alone = ChartAlone { items: vec![red, line], width: 88.0, height: 48.0 };
    let bitmap = chart(&alone, 200).unwrap();
    assert_eq!((bitmap.width, bitmap.height), (200, 120));
    // A point is two pixels, and six points are white around.
    assert_eq!(pixel(&bitmap, 2, 2), [255; 3]);
    assert_eq!(pixel(&bitmap, 12 + 40, 12 + 20), [200, 0, 10]);
    assert_eq!(pixel(&bitmap, 12 + 100, 12 + 20), [255; 3]);
    assert_eq!(pixel(&bitmap, 12 + 100, 12 + 80), [0, 0, 255]);
    assert_eq!(bitmap, chart(&alone, 200).unwrap());
    assert!(bitmap.data_url().starts_with("data:image/png;base64,iVBORw0KGgo"));
}

#[test]
fn many_colours_become_256_and_the_frequent_ones_stay() {
    let mut items = Vec::new();
    for nth in 0..400_u16 {
        let (x, color) = (f32::from(nth), [(nth % 256) as u8, (nth / 2) as u8, (nth * 7 % 256) as u8]);
        items.push(square([(x, 0.0), (x + 1.0, 0.0), (x + 1.0, 5.0), (x, 5.0)], color));
    }
    items.push(square([(0.0, 10.0), (400.0, 10.0), (400.0, 30.0), (0.0, 30.0)], [18, 67, 109]));
    let bitmap = chart(&ChartAlone { items, width: 400.0, height: 30.0 }, 824).unwrap();
    assert_eq!(pixel(&bitmap, 400, 12 + 40), [18, 67, 109]);
    assert_eq!(pixel(&bitmap, 2, 2), [255; 3]);
    assert!(chart(&ChartAlone { items: Vec::new(), width: 10.0, height: 10.0 }, 0).is_none());
}
