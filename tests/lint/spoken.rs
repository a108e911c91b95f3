//! A PDF read aloud: its structure tree from the first element to the last, as a screen reader announces it.

use std::collections::BTreeMap;

use lopdf::Document;

use super::{
    content::Painted,
    tree::{Element, Kid, Tree},
    unseen, words,
};

/// Returns what is said, a line for each paragraph, heading, list, row or graphic.
pub fn script(file: &Document, tree: &Tree<'_>, painted: &BTreeMap<usize, Painted>) -> String {
    let mut speaker = Speaker { file, tree, painted, lines: Vec::new() };
    speaker.speak(0, 0);
    speaker.lines.join("\n") + "\n"
}

struct Speaker<'a> {
    file: &'a Document,
    tree: &'a Tree<'a>,
    painted: &'a BTreeMap<usize, Painted>,
    lines: Vec<String>,
}

impl Speaker<'_> {
    fn line(&mut self, depth: usize, words: &str) {
        self.lines.push(format!("{}{}", "  ".repeat(depth), words.split_whitespace().collect::<Vec<_>>().join(" ")));
    }

    fn children(&self, index: usize) -> Vec<usize> {
        let kids = self.tree.0.get(index).map_or(&[][..], |element| &element.kids);
        kids.iter().filter_map(|kid| if let Kid::Element(child) = kid { Some(*child) } else { None }).collect()
    }

    fn kind(&self, index: usize) -> &str {
        self.tree.0.get(index).map_or("", |element| &element.kind)
    }

    /// Whether an element in another one is read by itself. A note in the list of sources is the words of its item.
    fn is_apart(&self, parent: usize, child: usize) -> bool {
        is_block(self.kind(child)) && (self.kind(parent), self.kind(child)) != ("LBody", "FENote")
    }

    /// The words of an element and of what is in it, but for blocks.
    fn words(&self, index: usize) -> String {
        let Some(element) = self.tree.0.get(index) else { return String::new() };
        let said = |kid: &Kid| match kid {
            Kid::Element(child) if self.is_apart(index, *child) => String::new(),
            Kid::Element(child) if self.kind(*child) == "Link" => format!("[link {}]", self.words(*child)),
            Kid::Element(child) => self.words(*child),
            Kid::Content(page, id) => painted_words(self.painted, *page, *id),
            Kid::Object(_) => String::new(),
        };
        let instead = |key: &[u8]| element.dictionary.has(key).then(|| words(self.file, element.dictionary, key));
        let read = instead(b"ActualText").or_else(|| instead(b"Alt"));
        let read = read.unwrap_or_else(|| element.kids.iter().map(said).collect());
        let read = match instead(b"E") {
            Some(means) => format!("{read} ({means})"),
            None => read,
        };
        match instead(b"Lang") {
            Some(language) => format!("({language}: {read})"),
            None => read,
        }
    }

    fn speak(&mut self, index: usize, depth: usize) {
        let Some(Element { kind, .. }) = self.tree.0.get(index) else { return };
        let kind = kind.clone();
        let own = self.words(index);
        match kind.as_str() {
            "H1" | "H2" | "H3" => self.line(depth, &format!("heading {}: {own}", kind.trim_start_matches('H'))),
            "Figure" => {
                self.blocks(index, depth);
                return self.line(depth, &format!("graphic: {own}"));
            }
            "Table" => return self.table(index, depth),
            "L" => {
                let items = self.children(index);
                self.line(depth, &format!("list of {}", items.len()));
                return items.into_iter().for_each(|item| self.item(item, depth + 1));
            }
            "FENote" => self.line(depth, &format!("note: {own}")),
            "BlockQuote" => self.line(depth, "quotation:"),
            _ if own.trim().is_empty() => {}
            _ => self.line(depth, &own),
        }
        self.blocks(index, depth);
    }

    fn blocks(&mut self, index: usize, depth: usize) {
        for child in self.children(index) {
            if self.is_apart(index, child) {
                self.speak(child, depth);
            } else {
                self.blocks(child, depth);
            }
        }
    }

    fn item(&mut self, index: usize, depth: usize) {
        let parts: Vec<String> = self.children(index).into_iter().map(|part| self.words(part)).collect();
        let own = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if !own.is_empty() {
            self.line(depth, &own);
        }
        self.blocks(index, depth);
    }

    /// The caption and the size; then each row, each cell with the head of its column.
    fn table(&mut self, index: usize, depth: usize) {
        let mut rows = Vec::new();
        let mut caption = String::new();
        for part in self.children(index) {
            match self.kind(part) {
                "Caption" => caption = self.words(part),
                "TR" => rows.push(part),
                _ => rows.extend(self.children(part)),
            }
        }
        let cells: Vec<Vec<String>> =
            rows.iter().map(|row| self.children(*row).into_iter().map(|cell| self.words(cell)).collect()).collect();
        let columns = cells.first().map_or(0, Vec::len);
        self.line(depth, &format!("table of {} rows and {columns} columns: {caption}", cells.len()));
        let heads = cells.first().cloned().unwrap_or_default();
        for row in cells.iter().skip(1) {
            let mut said = row.iter().zip(&heads).enumerate().map(|(nth, (cell, head))| match nth {
                0 => cell.clone(),
                _ => format!("{head} {cell}"),
            });
            let line = said.next().unwrap_or_default() + ": " + &said.collect::<Vec<_>>().join("; ");
            self.line(depth + 1, line.trim_end_matches([':', ' ']));
        }
    }
}

fn painted_words(painted: &BTreeMap<usize, Painted>, page: usize, id: i64) -> String {
    let text = painted.get(&page).and_then(|page| page.text.get(&id)).cloned().unwrap_or_default();
    text.chars().filter(|c| !unseen(*c)).collect()
}

/// Whether an element is read by itself.
fn is_block(kind: &str) -> bool {
    !matches!(kind, "Span" | "Strong" | "Em" | "Link" | "Reference" | "Lbl" | "LBody" | "LI" | "TOCI")
}
