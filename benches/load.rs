//! What a load costs, as a plain report: personalised variants a second on all cores, the time of a page as briefs grow
//! to 300 pages, and the most memory that a process held. `cargo bench --bench load`. With `--serve` it answers
//! `benches/peers`, which feeds other typesetters the same text. Phases of one brief are in `brief.rs`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the shipped brief builds; else there is nothing to measure"
)]

#[path = "peers/neutral.rs"]
mod neutral;
mod shipped;

use std::{
    env, fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, Emphasis, Inline, Style, Theme},
        layout, pdf,
    },
    edition,
};

use shipped::Shipped;

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--serve", document] => {
            let shipped = Shipped::open();
            neutral::serve(Path::new(document), |language| shipped.brief(language));
        }
        ["--once"] => {
            let shipped = Shipped::open();
            edition::typeset(&shipped.template, &shipped.snapshot, &Language::ALL, &shipped.frame).unwrap();
            println!("{}", peak().unwrap_or_default());
        }
        ["--loop", phase, times] => again(phase, times.parse().expect("how often")),
        _ => {
            variants();
            scaling();
            memory();
        }
    }
}

impl Shipped {
    /// The brief, whose cross references are plain words: what they lead to may be cut away.
    fn brief(&self, language: Language) -> Brief {
        let mut brief = self.template.fill(&self.snapshot, language, &self.frame).unwrap().brief;
        for block in &mut brief.blocks {
            let Block::Paragraph { text, .. } = block else { continue };
            for inline in text {
                if let Inline::Reference { text, .. } = inline {
                    *inline = Inline::Text { text: std::mem::take(text), emphasis: Emphasis::None };
                }
            }
        }
        brief
    }

    /// The PDF of one reader: cut to `blocks`, with a paragraph that only they get.
    fn variant(&self, mut brief: Brief, reader: usize, blocks: usize) -> Vec<u8> {
        brief.blocks.truncate(blocks);
        brief.blocks.insert(1, paragraph(format!("Reader {reader}, 读者 {reader}: {}", reader * 7919 % 1000)));
        press(&brief, &self.template.theme).0
    }
}

fn press(brief: &Brief, theme: &Theme) -> (Vec<u8>, usize) {
    let document = layout::lay_out(brief, theme).unwrap();
    (pdf::write(&document).unwrap(), document.pages.len())
}

fn paragraph(text: String) -> Block {
    Block::Paragraph { style: Style::Body, text: vec![Inline::Text { text, emphasis: Emphasis::None }] }
}

/// How many blocks of the brief fill at most so many pages.
fn blocks_for(shipped: &Shipped, language: Language, pages: usize) -> usize {
    let mut brief = shipped.brief(language);
    while press(&brief, &shipped.template.theme).1 > pages && brief.blocks.pop().is_some() {}
    brief.blocks.len()
}

/// How many variants of a three-page brief all cores make in a second: with the template filled once for all readers,
/// and filled anew for each.
fn variants() {
    let shipped = Shipped::open();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("variants of a brief of three pages, {cores} cores, two seconds each");
    for language in Language::ALL {
        let blocks = blocks_for(&shipped, language, 3);
        let filled = shipped.brief(language);
        let once = in_a_second(cores, |reader| shipped.variant(filled.clone(), reader, blocks));
        let anew = in_a_second(cores, |reader| shipped.variant(shipped.brief(language), reader, blocks));
        println!("  {language}  {once:>6.0} a second, filled once; {anew:>6.0} a second, each filled anew");
    }
}

fn in_a_second<T>(cores: usize, make: impl Fn(usize) -> T + Sync) -> f64 {
    let (next, start) = (AtomicUsize::new(0), Instant::now());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while start.elapsed() < Duration::from_secs(2) {
                    make(next.fetch_add(1, Ordering::Relaxed));
                }
            });
        }
    });
    next.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// The text of the shipped brief again and again, each time with other words in it, until it has so many pages.
fn grown(brief: &Brief, theme: &Theme, pages: usize) -> Brief {
    let mut grown = brief.clone();
    let body = std::mem::take(&mut grown.blocks);
    let mut round = 0;
    // How many blocks make how many pages is found at the first rounds.
    while grown.blocks.len() < 100_000 {
        round += 1;
        grown.blocks.push(paragraph(format!("Part {round} of this brief, 第 {round} 部分.")));
        grown.blocks.extend(body.iter().cloned());
        if press(&grown, theme).1 >= pages {
            break;
        }
        if pages > 30 && round == 1 {
            let each = press(&grown, theme).1;
            for _ in 0..(pages / each).saturating_sub(2) {
                round += 1;
                grown.blocks.push(paragraph(format!("Part {round} of this brief, 第 {round} 部分.")));
                grown.blocks.extend(body.iter().cloned());
            }
        }
    }
    while press(&grown, theme).1 > pages && grown.blocks.pop().is_some() {}
    grown
}

fn scaling() {
    let shipped = Shipped::open();
    println!("time of a page, laid out and written");
    for language in [Language::En, Language::Zh] {
        let (whole, theme) = (shipped.brief(language), &shipped.template.theme);
        for pages in [1, 3, 10, 30, 100, 300] {
            let brief = grown(&whole, theme, pages);
            let rounds = (60 / pages).clamp(1, 20);
            let (mut best, mut made, mut size) = (f64::MAX, 0, 0);
            for _ in 0..rounds.max(3) {
                let start = Instant::now();
                let (bytes, count) = press(&brief, theme);
                best = best.min(start.elapsed().as_secs_f64() * 1000.0);
                (made, size) = (count, bytes.len());
            }
            let each = best / made as f64;
            println!("  {language}  {made:>3} pages  {best:>8.1} ms  {each:>5.2} ms a page  {:>6} kB", size / 1000);
        }
    }
}

/// The most memory that a process held which made all three PDFs once.
fn memory() {
    let once = env::current_exe().and_then(|me| Command::new(me).arg("--once").output()).unwrap();
    let kilobytes: u64 = String::from_utf8_lossy(&once.stdout).trim().parse().unwrap_or_default();
    println!("peak memory of a process that makes the three PDFs once: {:.1} MB", kilobytes as f64 / 1024.0);
}

/// The peak resident size of this process in kB, where Linux tells it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// One phase of all three languages so often, for a profiler or a counter of instructions.
fn again(phase: &str, times: usize) {
    let shipped = Shipped::open();
    let briefs = Language::ALL.map(|language| shipped.brief(language));
    let documents = briefs.each_ref().map(|brief| layout::lay_out(brief, &shipped.template.theme).unwrap());
    for _ in 0..times {
        match phase {
            "fill" => drop(Language::ALL.map(|language| shipped.brief(language))),
            "lay" => drop(briefs.each_ref().map(|brief| layout::lay_out(brief, &shipped.template.theme).unwrap())),
            "write" => drop(documents.each_ref().map(|document| pdf::write(document).unwrap())),
            _ => drop(briefs.each_ref().map(|brief| press(brief, &shipped.template.theme))),
        }
    }
    println!("{:?} bytes", documents.each_ref().map(|document| pdf::write(document).unwrap().len()));
}
