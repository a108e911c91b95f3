//! Tables: every row has as many cells as the others, and every head says what it is the head of (ISO 14289-1, 7.5).

use std::collections::BTreeMap;

use lopdf::{Document, Object};

use super::{
    Findings,
    content::Painted,
    tree::{Element, Kid, Tree, attribute},
};

pub fn check(file: &Document, tree: &Tree<'_>, painted: &BTreeMap<usize, Painted>, findings: &mut Findings) {
    for table in tree.0.iter().filter(|element| element.kind == "Table") {
        let mut rows = Vec::new();
        for (part, element) in children(tree, table) {
            match element.kind.as_str() {
                "TR" => rows.push(part),
                "THead" | "TBody" | "TFoot" => rows.extend(children(tree, element).map(|(row, _)| row)),
                _ => {}
            }
        }
        let (mut columns, mut heads) = (None, false);
        // For each cell that goes on below: how many more rows, and how wide.
        let mut below: Vec<(i64, i64)> = Vec::new();
        for (number, row) in (1..).zip(rows) {
            let Some(row) = tree.0.get(row) else { continue };
            let mut width: i64 = below.iter().map(|(_, wide)| wide).sum();
            let mut begun = Vec::new();
            for (cell, element) in children(tree, row) {
                let span = |key| {
                    let span = attribute(file, element.dictionary, b"Table", key);
                    span.and_then(|span| span.as_i64().ok()).unwrap_or(1)
                };
                width += span(b"ColSpan");
                begun.push((span(b"RowSpan") - 1, span(b"ColSpan")));
                if element.kind == "TH" {
                    heads = true;
                    if attribute(file, element.dictionary, b"Table", b"Scope").is_none_or(|scope| !is_scope(scope)) {
                        let text = tree.text(file, cell, painted);
                        findings.add(element.page, "table", format!("the head “{text}” has no Scope"));
                    }
                }
            }
            below.iter_mut().for_each(|(rows, _)| *rows -= 1);
            below.extend(begun);
            below.retain(|(rows, _)| *rows > 0);
            let wanted = *columns.get_or_insert(width);
            if width != wanted {
                let what = format!("row {number} of Table {} is {width} cells wide, the first {wanted}", table.id.0);
                findings.add(row.page, "table", what);
            }
        }
        if !heads {
            findings.add(table.page, "table", format!("Table {} has no head", table.id.0));
        }
    }
}

fn is_scope(scope: &Object) -> bool {
    matches!(scope.as_name(), Ok(b"Row" | b"Column" | b"Both"))
}

fn children<'t, 'a>(tree: &'t Tree<'a>, element: &'t Element<'a>) -> impl Iterator<Item = (usize, &'t Element<'a>)> {
    element.kids.iter().filter_map(|kid| match kid {
        Kid::Element(child) => Some((*child, tree.0.get(*child)?)),
        _ => None,
    })
}
