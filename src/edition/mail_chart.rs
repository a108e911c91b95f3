//! The picture of the chart that a mail shows. It is drawn narrower than on a page, so that its words can be read on a telephone.

use crate::document::{
    bitmap,
    brief::{Brief, MailText, Theme},
    layout,
};

/// Width of the drawing in points; on a page a chart has 483.
const NARROW: f32 = 230.0;
/// If so narrow it is taller than a page: as wide as on one.
const WIDE: f32 = 480.0;
/// Width of the picture in pixels: twice what the mail shows.
const PIXELS: u32 = 960;

/// Puts the picture of its chart into a mail. The HTML is then whole in itself; `delivery::mail` makes a part of its own of the
/// picture. A chart that cannot be drawn is told by the layout of the brief.
pub fn draw_chart(mail: &mut MailText, brief: &Brief, theme: &Theme) {
    let Some(chart) = mail.chart.take() else { return };
    let drawn = [NARROW, WIDE].into_iter().find_map(|width| layout::chart_alone(brief, theme, &chart, width).ok());
    let picture = drawn.and_then(|drawn| bitmap::chart(&drawn, PIXELS));
    mail.show_chart(picture.map(|picture| picture.data_url()).as_deref());
}
