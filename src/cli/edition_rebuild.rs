//! `editions rebuild`: an edition made again, compared with what its readers got.

use std::path::Path;

use super::{context::Context, ending::Ending};
use crate::{
    actions::edition_rebuild::{Maker, RebuiltEdition, RebuiltLanguage, Verdict, rebuild},
    base::ids::EditionName,
};

pub(super) async fn run(context: &Context, edition: &EditionName, out: Option<&Path>) -> anyhow::Result<Ending> {
    let rebuilt = rebuild(&context.installation()?, edition, out).await?;
    context.output.result(&rebuilt, || text(&rebuilt))?;
    Ok(if rebuilt.verdict == Verdict::Different { Ending::Attention } else { Ending::Done })
}

fn text(rebuilt: &RebuiltEdition) -> String {
    let RebuiltEdition { edition, made_by, made_again_by, .. } = rebuilt;
    let mut lines = vec![format!("{edition} was made by {}", maker(made_by))];
    if made_by != made_again_by {
        lines.push(format!("it is made again by {}: text and figures are compared", maker(made_again_by)));
    }
    lines.extend(rebuilt.languages.iter().map(language));
    let files = rebuilt.languages.iter().filter_map(|it| it.file.as_ref());
    lines.extend(files.map(|file| format!("written    {}", file.display())));
    lines.push(match rebuilt.verdict {
        Verdict::Bytes => "Every byte is the same.".to_owned(),
        Verdict::Content => "Text and figures are the same.".to_owned(),
        Verdict::Different => format!("{edition} comes out otherwise than it was sent."),
    });
    lines.join("\n")
}

fn maker(Maker { program, architecture }: &Maker) -> String {
    let on = architecture.as_ref().map_or_else(String::new, |on| format!(" on {on}"));
    format!("greenbrief {program}{on}")
}

fn language(it: &RebuiltLanguage) -> String {
    let (code, sent, rebuilt) = (it.language, &it.sent, &it.rebuilt);
    let mail = if it.same_mail { "" } else { ", another mail" };
    if it.same_bytes {
        return format!("{code}  the same bytes, {sent}{mail}");
    }
    let part = |name: &str, same: Option<bool>| match same {
        Some(true) => format!("the same {name}"),
        Some(false) => format!("another {name}"),
        None => format!("no {name} kept"),
    };
    let (text, figures) = (part("text", it.same_text), part("list of figures", it.same_figures));
    format!("{code}  other bytes, {sent} → {rebuilt}: {text}, {figures}{mail}")
}
