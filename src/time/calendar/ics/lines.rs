//! The content lines of an iCalendar file: unfolded (RFC 5545, 3.1), with the way back from a piece of one to its place in
//! the file.

use std::ops::Range;

/// A content line, which may be folded over several lines of the file.
pub(super) struct ContentLine {
    /// Unfolded, without the line end.
    pub(super) text: String,
    /// One for each line of the file.
    pieces: Vec<Piece>,
}

/// Where a piece of a content line begins, in bytes.
#[derive(Clone, Copy, Default)]
struct Piece {
    in_text: usize,
    in_file: usize,
}

impl ContentLine {
    /// The place of a range of the text in the file. If it is folded, only the part on its first line.
    pub(super) fn place(&self, range: Range<usize>) -> Range<usize> {
        let index = self.pieces.partition_point(|piece| piece.in_text <= range.start).saturating_sub(1);
        let Piece { in_text, in_file } = self.pieces.get(index).copied().unwrap_or_default();
        let end = self.pieces.get(index + 1).map_or(self.text.len(), |next| next.in_text);
        let at = |byte: usize| byte.saturating_sub(in_text) + in_file;
        at(range.start)..at(range.end.clamp(range.start, end.max(range.start)))
    }

    /// The place of its first piece.
    pub(super) fn whole(&self) -> Range<usize> {
        self.place(0..self.text.len())
    }
}

/// The content lines of a file, without empty ones. A line that begins with a space or tab continues the one before.
pub(super) fn unfold(file: &str) -> Vec<ContentLine> {
    let mut lines: Vec<ContentLine> = Vec::new();
    let mut at = 0;
    for physical in file.split_inclusive('\n') {
        let begin = at;
        at += physical.len();
        let mut text = physical.trim_end_matches(['\r', '\n']);
        let mut skipped = 0;
        if begin == 0
            && let Some(rest) = text.strip_prefix('\u{feff}')
        {
            (text, skipped) = (rest, '\u{feff}'.len_utf8());
        }
        match (text.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(line)) => {
                line.pieces.push(Piece { in_text: line.text.len(), in_file: begin + 1 });
                line.text.push_str(rest);
            }
            _ => lines.push(ContentLine {
                text: text.to_owned(),
                pieces: vec![Piece { in_text: 0, in_file: begin + skipped }],
            }),
        }
    }
    lines.retain(|line| !line.text.trim().is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_line_is_one_and_each_piece_knows_where_it_stands() {
        let file = "\u{feff}BEGIN:X\r\nSUMMARY:Betriebs\r\n ferien\r\n\r\nDTSTART:2027\n\t0104\n";
        let lines = unfold(file);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["BEGIN:X", "SUMMARY:Betriebsferien", "DTSTART:20270104"]);
        assert_eq!(&file[lines[0].whole()], "BEGIN:X");
        assert_eq!(&file[lines[1].place(8..16)], "Betriebs");
        assert_eq!(&file[lines[1].place(16..22)], "ferien");
        assert_eq!(&file[lines[2].place(8..16)], "2027");
        assert_eq!(&file[lines[2].place(12..16)], "0104");
    }

    #[test]
    fn a_file_that_begins_in_the_middle_of_a_line() {
        assert_eq!(unfold(" X:1\n").len(), 1);
        assert!(unfold("").is_empty() && unfold("\n\r\n \n").is_empty());
    }
}
