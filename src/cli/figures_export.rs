//! `figures export`.

use std::{
    io::{self, BufWriter, StdoutLock},
    path::Path,
};

use super::context::Context;
use crate::{
    actions::{
        Error, Installation,
        figures::export::{ExportRequest, ExportTo, ExportedFigures, Part, export},
    },
    base::{plural::counted, problem::Problem},
};

/// Writes into a folder and says what, or one part to standard output.
pub(super) async fn run(
    (context, installation): (&Context, &Installation),
    request: &ExportRequest<'_>,
    folder: Option<&Path>,
    part: Part,
) -> anyhow::Result<()> {
    let output = context.output;
    let Some(folder) = folder else {
        if output.is_json() {
            let problem = Problem::error("the figures and JSON cannot both go to standard output");
            return Err(Error::from(problem.hint("name a folder: `--out DIR`")).into());
        }
        let out = BufWriter::new(io::stdout().lock());
        export(installation, request, ExportTo::Stream(part, out)).await?;
        return Ok(());
    };
    let done = export(installation, request, ExportTo::<StdoutLock<'_>>::Folder(folder)).await?;
    output.result(&done, || text(&done, folder))
}

fn text(done: &ExportedFigures, folder: &Path) -> String {
    let counts = [
        counted(done.observations as u64, "observation"),
        format!("{} series", done.series),
        counted(done.units as u64, "unit"),
        counted(done.events as u64, "event"),
    ];
    let mut lines = vec![format!("{} are exported to {}:", counts.join(", "), folder.display())];
    lines.extend(done.files.iter().map(|file| format!("  {}", file.display())));
    lines.join("\n")
}
