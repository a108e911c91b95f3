//! Numbers as PDF writes them (ISO 32000-1, 7.3.3), without the detour over a string.

/// Rounds to a hundredth of a point, below what any device shows.
pub(super) fn round(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

/// Writes an integer.
pub(super) fn write_integer(value: i64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let (mut rest, mut from) = (value.unsigned_abs(), digits.len());
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        (*digit, rest, from) = (b'0' + (rest % 10) as u8, rest / 10, at);
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend(digits.get(from..).unwrap_or_default());
}

/// Writes a number with at most `places` decimals, as short as can be: `.5`, `-3`, `12.25`. NaN is written as 0.
pub(super) fn write_decimal(value: f32, places: u32, out: &mut Vec<u8>) {
    let mut unit = 10_i64.pow(places);
    let scaled = (f64::from(value) * unit as f64).round() as i64;
    if scaled < 0 {
        out.push(b'-');
    }
    let (whole, mut rest) = ((scaled / unit).abs(), (scaled % unit).abs());
    if whole > 0 || rest == 0 {
        write_integer(whole, out);
    }
    if rest > 0 {
        out.push(b'.');
    }
    while rest > 0 {
        unit /= 10;
        out.push(b'0' + (rest / unit) as u8);
        rest %= unit;
    }
}
