//! The CSV in the PDF: one row a printed value, with what it measures, where it is used, and its sources by their numbers.

use super::Filler;
use crate::{
    document::brief::{Attachment, translations},
    figures::{Citation, Observation, Quality, Status, place_name},
};

/// Stands between several sources of one value.
const BETWEEN: &str = " | ";

/// The columns.
const COLUMNS: [&str; 20] = [
    "series",
    "period",
    "value",
    "unit",
    "vintage",
    "publisher",
    "carrier",
    "published_on",
    "url",
    "quality",
    "status",
    "title",
    "geography",
    "standing",
    "used_in",
    "sources",
    "licence",
    "dimension",
    "predecessor",
    "place",
];

impl Filler<'_> {
    /// The figures that blocks print.
    pub fn printed_in_blocks(&self) -> impl Iterator<Item = &Observation> {
        self.printed.iter().map(|(observation, _)| observation)
    }

    /// Every printed figure, as CSV: those that blocks print, and these of the running text.
    pub fn attachment(&self, in_text: &[Observation]) -> Attachment {
        let text = *translations::TEXT.get(self.language());
        let blocks = self.printed.iter().map(|(observation, block)| (observation, block.as_str()));
        let mut printed: Vec<(&Observation, &str)> = in_text.iter().map(|it| (it, text)).chain(blocks).collect();
        printed.sort_by(|(a, _), (b, _)| (&a.series, a.period, a.vintage).cmp(&(&b.series, b.period, b.vintage)));
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory cannot fail.
        let _ = writer.write_record(COLUMNS);
        for same in printed.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((observation, _)) = same.first() else { continue };
            let mut places: Vec<&str> = Vec::new();
            for (_, place) in same {
                if !places.contains(place) {
                    places.push(place);
                }
            }
            let _ = writer.write_record(self.row(observation, &places.join("; ")));
        }
        Attachment {
            name: "figures.csv".to_owned(),
            mime: "text/csv".to_owned(),
            description: (*translations::ATTACHMENT.get(self.language())).to_owned(),
            bytes: writer.into_inner().unwrap_or_default(),
            stored: false,
        }
    }

    fn row(&self, observation: &Observation, used_in: &str) -> [String; 20] {
        let series = self.snapshot.data.series.get(&observation.series);
        let of_series = |text: fn(&crate::figures::Series) -> &str| series.map_or("", text).to_owned();
        let sources = |text: &dyn Fn(&Citation) -> String| {
            let texts: Vec<String> = observation.sources.iter().map(text).collect();
            if texts.iter().all(String::is_empty) { String::new() } else { texts.join(BETWEEN) }
        };
        let number = |source: &Citation| self.cited.iter().position(|cited| cited.is_same_source(source));
        let numbers = observation.sources.iter().filter_map(number).map(|at| (at + 1).to_string());
        let status = match observation.status {
            Status::Final => "final",
            Status::Provisional => "provisional",
            Status::Restated => "restated",
        };
        let newest = self.snapshot.observation(&observation.series, observation.period, None);
        let is_current = newest.is_none_or(|newest| newest.vintage == observation.vintage);
        [
            observation.series.to_string(),
            observation.period.to_string(),
            observation.value.to_string(),
            of_series(|series| &series.unit),
            observation.vintage.code(),
            sources(&|source| source.publisher.clone()),
            sources(&|source| source.carrier.clone().unwrap_or_default()),
            sources(&|source| source.published.code()),
            sources(&|source| source.url.clone().unwrap_or_default()),
            sources(&|source| if source.quality == Quality::Copy { "copy" } else { "report" }.to_owned()),
            status.to_owned(),
            series.map(|series| series.title.get(self.language()).clone()).unwrap_or_default(),
            of_series(|series| &series.geography),
            if is_current { "current" } else { "superseded" }.to_owned(),
            used_in.to_owned(),
            numbers.collect::<Vec<_>>().join("; "),
            series.and_then(|series| series.licence.clone()).unwrap_or_default(),
            series.and_then(|series| Some(series.dimension.as_ref()?.to_string())).unwrap_or_default(),
            series.and_then(|series| Some(series.predecessor.as_ref()?.to_string())).unwrap_or_default(),
            series.map(|series| place_name(&series.geography, self.language())).unwrap_or_default(),
        ]
    }
}
