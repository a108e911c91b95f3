//! The values of a mail's chart as a small table: for the HTML as rows of cells, for the text in columns.

use unicode_width::UnicodeWidthStr;

use super::Chart;

/// A table of the values of a chart. The first row and the first column are heads.
pub(super) struct ValueTable {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl ValueTable {
    /// What a chart has fewer of, series or positions, becomes the columns: a telephone is narrow.
    pub fn of(chart: &Chart) -> ValueTable {
        let names: Vec<String> = chart.series.iter().map(|series| series.name.clone()).collect();
        let cell = |series: usize, position: usize| {
            let point = chart.series.get(series).and_then(|it| it.points.get(position)).and_then(Option::as_ref);
            point.map_or_else(
                || chart.options.absent(series, position).to_owned(),
                |point| match point.detail.as_str() {
                    "" => point.told.clone(),
                    detail => format!("{} ({detail})", point.told),
                },
            )
        };
        let labels: Vec<String> =
            chart.labels.iter().enumerate().map(|(at, label)| chart.options.told(label, at)).collect();
        let by_position = labels.len() >= names.len();
        let (columns, rows) = if by_position { (&names, &labels) } else { (&labels, &names) };
        // A per-cent sign stands at each value.
        let unit = if chart.axis_unit == "%" { String::new() } else { chart.axis_unit.clone() };
        let row = |(row, name): (usize, &String)| {
            let cells =
                (0..columns.len()).map(|column| if by_position { cell(column, row) } else { cell(row, column) });
            std::iter::once(name.clone()).chain(cells).collect()
        };
        let mut rows: Vec<Vec<String>> = rows.iter().enumerate().map(row).collect();
        // A line across the plot is a row of its own, whose value is that of no series alone.
        if let Some(reference) = &chart.options.reference {
            let colon = ["：", ": "].into_iter().find_map(|colon| reference.label.rsplit_once(colon));
            let (name, value) = colon.unwrap_or((&reference.label, ""));
            let rest = std::iter::repeat_n(String::new(), columns.len().saturating_sub(1));
            rows.push([name.to_owned(), value.to_owned()].into_iter().chain(rest).collect());
        }
        ValueTable { head: std::iter::once(unit).chain(columns.iter().cloned()).collect(), rows }
    }

    /// As lines: in columns if they fit into so many cells, else each row as a sentence.
    pub fn lines(&self, most: usize) -> Vec<String> {
        let all = || std::iter::once(&self.head).chain(&self.rows);
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| all().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or_default())
            .collect();
        if widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1) > most {
            let unit = self.head.first().filter(|unit| !unit.is_empty()).map(|unit| format!("- {unit}"));
            return unit.into_iter().chain(self.rows.iter().map(|row| self.sentence(row))).collect();
        }
        let padded = |(column, cell): (usize, &String)| {
            let room = " ".repeat(widths.get(column).copied().unwrap_or_default().saturating_sub(cell.width()));
            if column == 0 { format!("{cell}{room}") } else { format!("  {room}{cell}") }
        };
        all().map(|row| row.iter().enumerate().map(padded).collect::<String>().trim_end().to_owned()).collect()
    }

    /// `- 2025: Europe 742,800; China 115,500`.
    fn sentence(&self, row: &[String]) -> String {
        let name = row.first().map(String::as_str).unwrap_or_default();
        // Of several columns such a row fills one.
        if let [_, only, rest @ ..] = row
            && !rest.is_empty()
            && rest.iter().all(String::is_empty)
        {
            return format!("- {name}: {only}");
        }
        let pairs = self.head.iter().zip(row).skip(1).map(|(head, cell)| format!("{head} {cell}"));
        format!("- {name}: {}", pairs.collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[[&str; 3]]) -> ValueTable {
        let row = |row: &[&str; 3]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>();
        let (head, rows) = cells.split_first().unwrap();
        ValueTable { head: row(head), rows: rows.iter().map(row).collect() }
    }

    #[test]
    fn columns_stand_below_each_other_in_every_script() {
        let narrow = table(&[["万辆", "欧洲", "中国"], ["2024年", "42.53", "20.74"], ["2025年", "74.28", "–"]]);
        assert_eq!(narrow.lines(76), ["万辆     欧洲   中国", "2024年  42.53  20.74", "2025年  74.28      –"]);
        let long = "a name of a series that goes on for more than forty columns";
        let wide = table(&[["EUR billion", long, "other"], ["2024", "1", "2"]]);
        assert_eq!(wide.lines(76), ["- EUR billion".to_owned(), format!("- 2024: {long} 1; other 2")]);
        let line = table(&[["EUR billion", long, "other"], ["2024", "1", "2"], ["Target", "3", ""]]);
        assert_eq!(line.lines(76).last().unwrap(), "- Target: 3");
    }
}
