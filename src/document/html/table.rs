//! Tables, and charts as text and table.

use super::{PROVISIONAL, TOTAL, VALUES, Writer, text::Escaped};
use crate::document::brief::{Cell, Chart, Inline, Point, Row, Table, ValueLabels};

impl Writer<'_> {
    /// A table in a frame that scrolls by itself where the screen is narrower than it is.
    pub fn table(&mut self, table: &Table) {
        let id = &table.anchor;
        self.open_frame(id, &table.caption);
        self.put(format_args!("<table>\n<caption>{}</caption>\n<thead><tr>", Escaped(&table.caption)));
        for column in &table.columns {
            let class = if column.numeric { " class=\"number\"" } else { "" };
            self.put(format_args!("<th scope=\"col\"{class}>{}</th>", Escaped(&column.head)));
        }
        self.out.push_str("</tr></thead>\n<tbody>\n");
        for (nth, row) in table.rows.iter().enumerate() {
            match row {
                Row::Group(head) => {
                    if nth > 0 {
                        self.out.push_str("</tbody>\n<tbody>\n");
                    }
                    let width = table.columns.len();
                    self.put(format_args!(
                        "<tr><th scope=\"rowgroup\" colspan=\"{width}\">{}</th></tr>\n",
                        Escaped(head)
                    ));
                }
                Row::Body(cells) => self.row("", cells, table),
                Row::Total(cells) => self.row(" class=\"total\"", cells, table),
            }
        }
        self.out.push_str("</tbody>\n</table>\n</div>\n");
        self.notes(&table.notes);
    }

    fn row(&mut self, class: &str, cells: &[Cell], table: &Table) {
        self.put(format_args!("<tr{class}>"));
        for (nth, cell) in cells.iter().enumerate() {
            let numeric = table.columns.get(nth).is_some_and(|column| column.numeric);
            let class = if numeric { " class=\"number\"" } else { "" };
            let name = if nth == 0 { "th scope=\"row\"" } else { "td" };
            self.put(format_args!("<{name}{class}>"));
            if cell.strong {
                self.put(format_args!("<strong>{}</strong>", Escaped(&cell.text)));
            } else {
                self.put(format_args!("{}", Escaped(&cell.text)));
            }
            self.cite(&cell.cites);
            self.out.push_str(if nth == 0 { "</th>" } else { "</td>" });
        }
        self.out.push_str("</tr>\n");
    }

    /// A chart: the finding, what is measured, all of it in words, and its values as a table.
    pub fn chart(&mut self, chart: &Chart) {
        // The text begins with the finding, which stands above it already.
        let words = chart.alt.strip_prefix(&chart.title).unwrap_or(&chart.alt).trim_start_matches(['.', '。', ' ']);
        self.put(format_args!(
            "<figure id=\"block-{}\">\n<figcaption>{} <strong>{}</strong><br>{}</figcaption>\n<p>{}</p>\n",
            Escaped(&chart.anchor),
            Escaped(&chart.number),
            Escaped(&chart.title),
            Escaped(&chart.subtitle),
            Escaped(words)
        ));
        let values = self.word(&VALUES);
        let id = format!("{}-values", chart.anchor);
        self.put(format_args!("<details>\n<summary>{values}</summary>\n"));
        let mut caption = format!("{}: {}", chart.number, chart.subtitle);
        if chart.form.facts().labels == ValueLabels::Scaled && !chart.axis_unit.is_empty() {
            caption.push_str(&format!(" ({})", chart.axis_unit));
        }
        self.open_frame(&id, &caption);
        self.put(format_args!("<table>\n<caption>{}</caption>\n<thead><tr><td></td>", Escaped(&caption)));
        for series in &chart.series {
            self.put(format_args!("<th scope=\"col\" class=\"number\">{}</th>", Escaped(&series.name)));
        }
        if !chart.totals.is_empty() {
            self.put(format_args!("<th scope=\"col\" class=\"number\">{}</th>", self.word(&TOTAL)));
        }
        self.out.push_str("</tr></thead>\n<tbody>\n");
        for (nth, label) in chart.labels.iter().enumerate() {
            self.put(format_args!("<tr><th scope=\"row\">{}</th>", Escaped(&chart.options.told(label, nth))));
            for (index, series) in chart.series.iter().enumerate() {
                let value = series
                    .points
                    .get(nth)
                    .and_then(Option::as_ref)
                    .map_or_else(|| chart.options.absent(index, nth).to_owned(), |point| self.value(point));
                self.put(format_args!("<td class=\"number\">{}</td>", Escaped(&value)));
            }
            if let Some(total) = chart.totals.get(nth) {
                self.put(format_args!("<td class=\"number\">{}</td>", Escaped(total)));
            }
            self.out.push_str("</tr>\n");
        }
        self.out.push_str("</tbody>\n</table>\n</div>\n</details>\n");
        self.notes(&chart.notes);
        self.out.push_str("</figure>\n");
    }

    /// A part of the page with a name and a place in the keyboard's order, since it may scroll.
    fn open_frame(&mut self, id: &str, name: &str) {
        self.put(format_args!(
            "<div class=\"wide\" id=\"block-{}\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n",
            Escaped(id),
            Escaped(name)
        ));
    }

    fn notes(&mut self, notes: &[Vec<Inline>]) {
        for note in notes {
            self.element("p", "note", note);
        }
    }

    /// A value with its change.
    fn value(&self, point: &Point) -> String {
        let provisional = if point.provisional { self.word(&PROVISIONAL) } else { "" };
        let label = &point.told;
        if point.detail.is_empty() {
            format!("{label}{provisional}")
        } else {
            format!("{label} ({}){provisional}", point.detail)
        }
    }
}
