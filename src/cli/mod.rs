//! One command = one call below: the command line, what each command does, and how it speaks. The rules themselves
//! are in the rooms below.

mod advice;
pub mod arguments;
mod backfill;
mod build;
mod calendar;
mod candidates;
mod check;
mod config;
mod context;
mod deliveries;
mod demo;
mod edition_correct;
mod edition_diff;
mod edition_rebuild;
mod edition_share;
mod editions;
mod ending;
mod figures;
mod figures_check;
mod figures_evidence;
mod figures_export;
mod figures_links;
mod figures_wrong;
mod held_edition;
mod mail;
mod manual;
mod needs;
mod new_brief;
mod output;
mod pause;
mod person;
mod plan;
mod plan_against;
mod preview;
mod rehearse;
mod replies;
mod resend;
mod schedules;
mod send;
mod serve;
mod signing;
mod status;
mod store;
mod subscribers;
mod tokens;
mod usage;

use std::{io, process::ExitCode};

use clap::Parser;

use self::{
    arguments::{Arguments, Command},
    context::Context,
    ending::Ending,
    output::Output,
};
use crate::{
    actions::{
        self, backfill::BackfillRange, build::BuildRequest, deliveries::ListRequest, new_brief::NewBriefRequest,
        plan::PlanQuery, plan_against::ComparisonQuery, preview::PreviewRequest,
    },
    figures::Known,
    time::clock::Clock,
};

/// Parses the command line, runs the command, prints what went wrong and how it ended. The exit codes are those of
/// `Ending`.
pub fn run() -> ExitCode {
    if manual::answer_shell() {
        return ExitCode::SUCCESS;
    }
    let Arguments { global, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::end(error, std::env::args_os().skip(1)),
    };
    let output = Output::new(global.format);
    let context = Context { output, global, clock: Clock::system(), needs: command.needs() };
    let done = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(call(&context, command)));
    let ending = match done {
        Ok(ending) => ending,
        Err(error) => tell(&context, error),
    };
    // What is left when standard output is gone is the exit code.
    let _ = output.end(ending);
    ExitCode::from(ending.exit_code())
}

/// Prints why a command was not done.
fn tell(context: &Context, error: anyhow::Error) -> Ending {
    let error = match error.downcast::<actions::Error>() {
        Ok(error) => error,
        Err(error) => error.into(),
    };
    let (ending, problems) = match error {
        actions::Error::Files(problems) => (Ending::Files, problems),
        actions::Error::Refused(problems) => (Ending::Refused, problems),
        // Nobody reads any more what the command prints.
        actions::Error::Failed(error) if is_closed_pipe(&error) => return Ending::Done,
        actions::Error::Failed(error) => (Ending::Failed, advice::explained(&error, context).into()),
    };
    context.output.problems(&problems);
    ending
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

async fn call(context: &Context, command: Command) -> anyhow::Result<Ending> {
    match command {
        Command::Demo { out, web, port } => demo::run(context, demo::DemoRequest { out: &out, web, port }).await,
        Command::Serve => serve::run(context).await,
        Command::Status => status::run(context).await,
        Command::Check => check::run(context).await,
        Command::Plan { against: Some(against), from, brief, schedule, .. } => {
            plan_against::run(context, ComparisonQuery { against, from: None, brief, schedule }, from).await
        }
        Command::Plan { next, from, to, brief, schedule, zone, against: None } => {
            plan::run(context, PlanQuery { next: next.get(), from: None, to: None, brief, schedule, zone }, from, to)
                .await
        }
        Command::Schedules(command) => schedules::run(context, &command).await,
        Command::Backfill { brief, from, to, schedule, yes, send } => {
            let wanted = BackfillRange { brief, from, to, schedule };
            backfill::run(context, &wanted, yes, send).await
        }
        Command::Build { brief, languages, at, as_known, since, out } => {
            let request = BuildRequest { brief, languages, at: None, known: Known::Now, since, out };
            build::run(context, request, at, as_known).await
        }
        Command::New { brief, like, languages } => new_brief::run(context, &NewBriefRequest { brief, like, languages }),
        Command::Preview { brief, languages, port, at } => {
            preview::run(context, PreviewRequest { brief, languages, at }, port).await
        }
        Command::Rehearse { brief, at, schedule, out } => rehearse::run(context, &brief, at, schedule, out).await,
        Command::Send { brief, at, dry_run, to, allow_empty } => match (dry_run, to.is_empty()) {
            (true, _) => send::dry_run(context, &brief, at).await,
            (false, true) => send::run(context, &brief, at, allow_empty).await,
            (false, false) => send::test(context, &brief, at, &to).await,
        },
        Command::Stop { edition, reason } => editions::stop(context, &edition, &reason).await,
        Command::Pause { reason, .. } => pause::pause(context, &reason).await,
        Command::Resume => pause::resume(context).await,
        Command::Mail(arguments::MailCommand::Test { address, relay }) => {
            mail::test(context, &address, relay.as_deref()).await
        }
        Command::Mail(arguments::MailCommand::Dkim) => mail::dkim(context),
        Command::Calendar(arguments::CalendarCommand::List) => calendar::list(context),
        Command::Calendar(arguments::CalendarCommand::Show { calendar, year }) => {
            calendar::show(context, &calendar, year)
        }
        Command::Figures(command) => figures::run(context, &command).await,
        Command::Subscribers(command) => subscribers::run(context, &command).await,
        Command::Editions(command) => editions::run(context, &command).await,
        Command::Signing(command) => signing::run(context, &command),
        Command::Verify { file, key } => signing::verification(context, &file, key.as_deref()),
        Command::Deliveries(arguments::Deliveries::Show { id }) => deliveries::show(context, id).await,
        Command::Deliveries(arguments::Deliveries::Settle { ids, edition, yes, sent, .. }) => match edition {
            Some(edition) => deliveries::settle_edition(context, &edition, sent, yes).await,
            None => deliveries::settle(context, &ids, sent).await,
        },
        Command::Deliveries(arguments::Deliveries::List { edition, state, brief, address, last }) => {
            let last = last.map(std::num::NonZeroUsize::get);
            deliveries::list(context, &ListRequest { edition, state, brief, address, last }).await
        }
        Command::Replies(command) => replies::run(context, &command).await,
        Command::Store(command) => store::run(context, &command).await,
        Command::Tokens(command) => tokens::run(context, &command).await,
        Command::Config(command) => config::run(context, &command),
        Command::Completions { shell } => manual::completions(context, shell),
        Command::Man { out } => manual::man(context, out.as_deref()),
    }
}
