//! How long a brief takes from finished text to the bytes of its PDF, warm, and the share of each phase. The brief is
//! the one the page tests use: every block, three languages.

use criterion::{Criterion, criterion_group, criterion_main};
use greenbrief::{brief::Theme, language::Language, layout, pdf};

#[expect(clippy::indexing_slicing, reason = "indices are taken modulo the length")]
#[path = "../tests/blocks/sample.rs"]
mod sample;

fn phases(criterion: &mut Criterion) {
    let theme = Theme::default();
    for language in Language::ALL {
        let brief = sample::sample(language);
        criterion
            .bench_function(&format!("{language}: layout"), |bench| bench.iter(|| layout::lay_out(&brief, &theme)));
        let Ok(document) = layout::lay_out(&brief, &theme) else { continue };
        criterion.bench_function(&format!("{language}: pdf"), |bench| bench.iter(|| pdf::write(&document)));
    }
    let briefs = Language::ALL.map(sample::sample);
    criterion.bench_function("three PDFs", |bench| {
        bench.iter(|| {
            briefs
                .iter()
                .filter_map(|brief| pdf::write(&layout::lay_out(brief, &theme).ok()?).ok())
                .map(|pdf| pdf.len())
                .sum::<usize>()
        });
    });
}

criterion_group!(benches, phases);
criterion_main!(benches);
