//! Measures how long the three PDFs of the shipped brief take in a warm process, from template and figures to bytes, and
//! the share of each phase. Every phase is measured over all three languages.

mod shipped;

use criterion::{Criterion, criterion_group, criterion_main};
use greenbrief::{
    base::language::Language,
    document::{brief::Filled, layout, pdf},
    edition,
};

use shipped::Shipped;

#[expect(clippy::unwrap_used, reason = "the shipped brief builds; else there is nothing to measure")]
fn phases(criterion: &mut Criterion) {
    let Shipped { template, snapshot, frame } = Shipped::open();
    let fill = |language| -> Filled { template.fill(&snapshot, language, &frame).unwrap() };
    let filled = Language::ALL.map(fill);
    let documents = [0, 1, 2].map(|n: usize| layout::lay_out(&filled.get(n).unwrap().brief, &template.theme).unwrap());

    criterion.bench_function("1 of 3: fill the template", |bench| bench.iter(|| Language::ALL.map(fill)));
    criterion.bench_function("2 of 3: lay out", |bench| {
        bench.iter(|| filled.each_ref().map(|filled| layout::lay_out(&filled.brief, &template.theme).unwrap()));
    });
    criterion.bench_function("3 of 3: write the PDF", |bench| {
        bench.iter(|| documents.each_ref().map(|document| pdf::write(document).unwrap()));
    });
    criterion.bench_function("three PDFs, one after the other", |bench| {
        bench.iter(|| {
            Language::ALL.map(|language| {
                let filled = fill(language);
                pdf::write(&layout::lay_out(&filled.brief, &template.theme).unwrap()).unwrap().len()
            })
        });
    });
    criterion.bench_function("three PDFs, as an edition makes them", |bench| {
        bench.iter(|| edition::typeset(&template, &snapshot, &Language::ALL, &frame).unwrap().len());
    });
    criterion.bench_function("the same with what the archive keeps", |bench| {
        bench.iter(|| {
            edition::typeset_for_archive(&template, &snapshot, &Language::ALL, &frame, &edition::Signing::None)
                .unwrap()
                .len()
        });
    });
}

criterion_group!(benches, phases);
criterion_main!(benches);
