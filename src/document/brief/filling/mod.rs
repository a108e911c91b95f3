//! Filling the fenced blocks of a text: tiles, charts, tables and the timeline. What all languages share comes from
//! `blocks.toml`, the texts of one language from the fence. The list of sources is in `sources`.

mod attachment;
mod chart;
mod chart_options;
mod chart_remarks;
mod chart_text;
mod history;
mod numeric_row;
mod periods;
mod plotted;
mod rows;
mod since;
mod sources;
mod table;
mod table_numbers;

use std::collections::BTreeSet;

use super::{
    Block, Emphasis, Inline, KeyFigure, Style, Template, Tile, block_keys,
    block_names::BlockNames,
    key_messages,
    markdown::{self, Fence, Part, Piece, Quotes},
    markers, numbering,
    scope::{NumberedBlock, Scope},
    sentence_periods,
    source_map::Rendered,
    told_values, translations, web_address,
};
use crate::{
    base::{
        language::Language,
        problem::{Place, Problem, Problems},
        toml_limits,
    },
    figures::{Citation, Observation, SeriesId, Snapshot, Unit},
};

use self::sources::cite;
pub(super) use since::Since;

/// Fills the blocks of one text, and gathers what they cite.
pub(super) struct Filler<'a> {
    scope: &'a Scope,
    /// The text of the fences, which leads back to their places.
    rendered: &'a Rendered,
    /// The byte of `rendered` at which the current block begins.
    fence_at: usize,
    /// What a reader calls the current block: `Figure 2`.
    block_name: String,
    /// The observations that blocks print, each with the name of its block.
    printed: Vec<(Observation, String)>,
    /// The scope for values of `blocks.toml`, whose problems have their places there.
    shared: Scope,
    template: &'a Template,
    snapshot: &'a Snapshot,
    cited: Vec<Citation>,
    figures: usize,
    tables: usize,
    tiles: Vec<(String, Tile)>,
    /// What is known of words in the texts of blocks.
    pub phrases: Vec<Inline>,
    /// The sources of the tiles that were filled last.
    tile_sources: Vec<Citation>,
    pub problems: Problems,
    /// The names that each block is given, for the comparison with other languages.
    pub names: Vec<BlockNames>,
}

/// A block: its fence in one language, and what all languages share.
struct BlockTexts<'a> {
    own: toml::Table,
    shared: &'a toml::Table,
    id: String,
}

impl BlockTexts<'_> {
    /// The keys of its names and labels: `names.cn`.
    fn names(&self) -> BTreeSet<String> {
        let groups =
            ["names", "labels"].into_iter().filter_map(|group| Some((group, self.own.get(group)?.as_table()?)));
        groups.flat_map(|(group, table)| table.keys().map(move |key| format!("{group}.{key}"))).collect()
    }

    fn nested(&self, group: &str, key: &str) -> Option<String> {
        Some(self.own.get(group)?.get(key)?.as_str()?.to_owned())
    }
}

impl<'a> Filler<'a> {
    pub fn new(scope: &'a Scope, template: &'a Template, snapshot: &'a Snapshot, rendered: &'a Rendered) -> Filler<'a> {
        let shared = Scope { source: template.source("blocks.toml"), ..scope.clone() };
        Filler {
            scope,
            rendered,
            fence_at: 0,
            block_name: String::new(),
            printed: Vec::new(),
            shared,
            template,
            snapshot,
            cited: Vec::new(),
            figures: 0,
            tables: 0,
            tiles: Vec::new(),
            phrases: Vec::new(),
            tile_sources: Vec::new(),
            problems: Problems::new(),
            names: Vec::new(),
        }
    }

    fn language(&self) -> Language {
        self.scope.language
    }

    /// Fills all blocks, in reading order: citations are numbered in that order.
    /// What has changed `since` the last edition stands where the text has a place for it.
    pub fn blocks(&mut self, parts: Vec<Part>, since: Option<&Since>) -> Vec<Block> {
        let mut blocks = Vec::new();
        // The line with the sources of tiles, until it is placed.
        let mut line: Vec<Inline> = Vec::new();
        for part in parts {
            // A note of the author's below tiles comes first.
            let is_note = matches!(part, Part::Paragraph(Style::Note, _));
            if !is_note && !line.is_empty() {
                blocks.push(Block::Paragraph { style: Style::Note, text: std::mem::take(&mut line) });
            }
            let block = match part {
                Part::Fence(fence) if since::is_place(&fence) => {
                    self.check_place(&fence);
                    let language = self.language();
                    let section = since.map(|it| it.section(language, &mut |cites| cite(&mut self.cited, cites)));
                    blocks.extend(section.into_iter().flatten());
                    None
                }
                Part::Fence(fence) => {
                    let block = self.fence(&fence);
                    if let Some(Block::Tiles(_)) = block {
                        let sources = std::mem::take(&mut self.tile_sources);
                        line = self.source_line(&sources);
                    }
                    block
                }
                part => numbering::block(part, self.language(), &mut |cites| cite(&mut self.cited, cites)),
            };
            blocks.extend(block);
            if is_note
                && !line.is_empty()
                && let Some(Block::Paragraph { text, .. }) = blocks.last_mut()
            {
                text.push(Inline::plain(if self.language() == Language::Zh { "" } else { " " }));
                text.append(&mut line);
            }
        }
        if !line.is_empty() {
            blocks.push(Block::Paragraph { style: Style::Note, text: line });
        }
        key_messages::beginning(&mut blocks);
        blocks
    }

    /// The footnotes. Their citations are numbered after those of the text.
    pub fn footnotes(&mut self, notes: Vec<Vec<Piece>>) -> Vec<Vec<Inline>> {
        notes.into_iter().map(|note| numbering::inlines(note, &mut |cites| cite(&mut self.cited, cites))).collect()
    }

    /// The place of the first line of the fence.
    fn fence_place(&self, info: &str) -> Place {
        self.rendered.place(self.fence_at..self.fence_at + "```".len() + info.len())
    }

    fn problem(&mut self, what: impl Into<String>, hint: &str, info: &str) {
        let problem = Problem::error(what).at(self.fence_place(info));
        self.problems.push(if hint.is_empty() { problem } else { problem.hint(hint) });
    }

    fn fence(&mut self, fence: &Fence) -> Option<Block> {
        self.fence_at = fence.info_at;
        let info = &*fence.info;
        let mut words = info.split_whitespace();
        let (kind, id) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
        if let Some((at, problem)) = toml_limits::exceeded(&fence.body) {
            let place = self.rendered.place(fence.body_at + at.start..fence.body_at + at.end);
            self.problems.push(problem.at(place));
            return None;
        }
        let mut own: toml::Table = match fence.body.parse() {
            Ok(own) => own,
            Err(error) => {
                let at = error.span().unwrap_or(0..0);
                let place = self.rendered.place(fence.body_at + at.start..fence.body_at + at.end);
                self.problems.push(
                    Problem::error(format!("this block is not TOML: {}", error.message()))
                        .at(place)
                        .hint("texts stand in quotes: title = \"…\""),
                );
                return None;
            }
        };
        let Some(shared) = self.template.blocks.get(&id).and_then(toml::Value::as_table) else {
            let known = self.template.blocks.iter().filter(|(_, v)| v.is_table()).map(|(k, _)| k.as_str());
            let problem = Problem::error(format!("blocks.toml has no block `{id}`")).at(self.fence_place(info));
            self.problems.push(problem.did_you_mean(&id, known));
            return None;
        };
        let is = shared.get("kind").and_then(toml::Value::as_str).unwrap_or_default();
        if is != kind {
            self.problem(format!("`{id}` is {is} in blocks.toml, {kind} here"), "write the same kind in both", info);
            return None;
        }
        self.problems.extend(block_keys::check_texts(kind, &fence.body, shared, &|at| {
            self.rendered.place(fence.body_at + at.start..fence.body_at + at.end)
        }));
        self.check_periods(fence);
        if !self.without_phrases(&mut own, fence.body_at) {
            return None;
        }
        let texts = BlockTexts { own, shared, id };
        self.names.push(BlockNames { block: texts.id.clone(), names: texts.names(), place: self.fence_place(info) });
        let language = self.language();
        self.block_name = match kind {
            "chart" => translations::FIGURE.get(language).replace("{n}", &(self.figures + 1).to_string()),
            "table" => translations::TABLE.get(language).replace("{n}", &(self.tables + 1).to_string()),
            _ => (*translations::TILES.get(language)).to_owned(),
        };
        match kind {
            "tiles" => self.tiles(&texts),
            "chart" => self.chart(&texts, info),
            "table" => self.table(&texts, info),
            "timeline" => self.timeline(&texts),
            _ => {
                self.problem(
                    format!("`{kind}` is no kind of block"),
                    "known here: tiles, chart, table, timeline, since",
                    info,
                );
                None
            }
        }
    }

    /// Takes the braces out of the texts of a fence, and notes what they say. Returns whether all of them could be read.
    fn without_phrases(&mut self, own: &mut toml::Table, from: usize) -> bool {
        let mut all = true;
        for (_, value) in own.iter_mut() {
            match value {
                toml::Value::Table(inner) => all &= self.without_phrases(inner, from),
                toml::Value::String(text) => match markdown::plain(text, (self.rendered, from), &mut self.phrases) {
                    Ok(plain) => *text = Quotes::new(self.language()).curl(&plain),
                    Err(problem) => {
                        self.problems.push(*problem);
                        all = false;
                    }
                },
                _ => {}
            }
        }
        all
    }

    /// The place of what has changed holds no words.
    fn check_place(&mut self, fence: &Fence) {
        self.fence_at = fence.info_at;
        if fence.info.split_whitespace().count() > 1 || !fence.body.trim().is_empty() {
            let hint = "write ```since and ``` on two lines; the program writes heading and list between them";
            self.problem("a block `since` has neither a name nor words of its own", hint, &fence.info);
        }
    }

    /// Looks for texts of the fence that mix periods: each stands on a line of its own.
    fn check_periods(&mut self, fence: &Fence) {
        let (scope, mut from) = (self.scope, fence.body_at);
        let gathered = scope.gathered();
        for line in fence.body.split_inclusive('\n') {
            let part = from..from + line.len();
            sentence_periods::check(self.rendered, &gathered.insertions, part.clone(), &mut self.problems);
            told_values::check_pinned(self.rendered, &gathered.insertions, part, &mut self.problems);
            from += line.len();
        }
    }

    /// A text of the fence with its markers resolved. Its citations are dropped: the block has its own.
    fn text(&self, texts: &BlockTexts<'_>, key: &str) -> String {
        let raw = texts.own.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        markers::resolved(raw, &self.scope.gathered().insertions)
    }

    /// The name of a row, tile or series: from the fence, or else the title of the series.
    fn named(&self, texts: &BlockTexts<'_>, key: &str, series: &str) -> String {
        let raw = texts
            .nested("labels", key)
            .or_else(|| texts.nested("names", key))
            .or_else(|| texts.nested("names", series));
        match raw {
            Some(raw) => markers::resolved(&raw, &self.scope.gathered().insertions),
            None => SeriesId::new(series)
                .and_then(|id| self.snapshot.data.series.get(&id))
                .map_or_else(|| series.to_owned(), |s| s.title.get(self.language()).clone()),
        }
    }

    /// Notes a printed figure of the current block, for the attached CSV.
    fn print(&mut self, observation: &Observation) {
        self.printed.push((observation.clone(), self.block_name.clone()));
    }

    fn unit(&self, series: &str) -> Option<Unit> {
        let id = SeriesId::new(series)?;
        self.snapshot.data.units.get(&self.snapshot.data.series.get(&id)?.unit).cloned()
    }

    /// The notes under a block: the author's note and the sources, on one line.
    fn notes(&mut self, texts: &BlockTexts<'_>, citations: &[Citation]) -> Vec<Vec<Inline>> {
        let note = self.text(texts, "note");
        let mut line = Vec::new();
        if !note.is_empty() {
            // A Chinese full stop already includes the space after it.
            let note = if self.language() == Language::Zh { note } else { format!("{note} ") };
            line.extend(web_address::linked(&note, Emphasis::None));
        }
        line.extend(self.source_line(citations));
        vec![line]
    }

    /// The figures that the mail repeats.
    pub fn key_figures(&self) -> Vec<KeyFigure> {
        let wanted = self.template.blocks.get("key_figures").and_then(toml::Value::as_array);
        wanted
            .into_iter()
            .flatten()
            .filter_map(|key| {
                let (_, tile) = self.tiles.iter().find(|(name, _)| Some(name.as_str()) == key.as_str())?;
                let (label, value, change) = (tile.label.clone(), tile.value.clone(), tile.change.clone());
                Some(KeyFigure { label, value, change })
            })
            .collect()
    }
}

/// The charts and tables of a text, in their order, with the names by which cross references call them.
pub(super) fn numbered(text: &str, language: Language) -> Vec<NumberedBlock> {
    let (mut figures, mut tables) = (0, 0);
    let mut numbered = Vec::new();
    for info in markdown::fences(text) {
        let mut words = info.split_whitespace();
        let (count, name) = match words.next() {
            Some("chart") => (&mut figures, translations::FIGURE),
            Some("table") => (&mut tables, translations::TABLE),
            _ => continue,
        };
        *count += 1;
        let id = words.next().unwrap_or_default().to_owned();
        numbered.push(NumberedBlock { id, name: name.get(language).replace("{n}", &count.to_string()) });
    }
    numbered
}
