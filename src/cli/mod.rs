//! One command = one call below: the command line, what each command does, and how it speaks. The rules themselves
//! are in the rooms below.

pub mod arguments;
mod backfill;
mod build;
mod calendar;
mod check;
mod config;
mod context;
mod deliveries;
mod demo;
mod editions;
mod figures;
mod mail;
mod manual;
mod needs;
mod output;
mod pause;
mod plan;
mod plan_against;
mod preview;
mod rehearse;
mod resend;
mod schedules;
mod send;
mod serve;
mod status;
mod store;
mod subscribers;

use std::{io, process::ExitCode};

use clap::Parser;

use self::{
    arguments::{Arguments, Command},
    context::Context,
    output::Output,
};
use crate::{
    actions::{
        self, backfill::BackfillRange, build::BuildRequest, deliveries::ListRequest, plan::PlanQuery,
        plan_against::ComparisonQuery, preview::PreviewRequest, rehearse::RehearsalRequest,
    },
    base::problem::{Problem, Problems},
    store::EditionQuery,
    time::clock::Clock,
};

/// Parses the command line, runs the command, prints what went wrong. Exit codes: 0 done, 1 a problem, 2 wrong usage
/// (clap's).
pub fn run() -> ExitCode {
    let Arguments { global, command } = Arguments::parse();
    let output = Output::new(global.format);
    let context = Context { output, global, clock: Clock::system(), needs: command.needs() };
    let done = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(call(&context, command)));
    match done {
        Ok(code) => code,
        Err(error) => {
            let error = unwrapped(error);
            if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
                return ExitCode::SUCCESS;
            }
            match error.downcast::<Problems>() {
                Ok(problems) => output.problems(&problems),
                Err(error) => output.problems(&Problem::error(format!("{error:#}")).into()),
            }
            ExitCode::FAILURE
        }
    }
}

/// The error that an action was refused or failed with; any other error as it is.
fn unwrapped(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<actions::Error>() {
        Ok(actions::Error::Refused(problems)) => problems.into(),
        Ok(actions::Error::Failed(error)) | Err(error) => error,
    }
}

async fn call(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo { out } => demo::run(context, &out).await,
        Command::Serve => serve::run(context).await,
        Command::Status => status::run(context).await,
        Command::Check => check::run(context).await,
        Command::Plan { against: Some(against), from, brief, schedule, .. } => {
            plan_against::run(context, &ComparisonQuery { against, from, brief, schedule }).await
        }
        Command::Plan { next, from, to, brief, schedule, zone, against: None } => {
            plan::run(context, &PlanQuery { next: next.get(), from, to, brief, schedule, zone })
        }
        Command::Schedules(command) => schedules::run(context, &command).await,
        Command::Backfill { brief, from, to, schedule, yes, send } => {
            let wanted = BackfillRange { brief, from, to, schedule };
            backfill::run(context, &wanted, yes, send).await
        }
        Command::Build { brief, languages, at, out } => {
            build::run(context, &BuildRequest { brief, languages, at, out }).await
        }
        Command::Preview { brief, languages, port, at } => {
            preview::run(context, PreviewRequest { brief, languages, at }, port).await
        }
        Command::Rehearse { brief, at, schedule, out } => {
            rehearse::run(context, RehearsalRequest { brief, at, schedule, out }).await
        }
        Command::Send { brief, at, dry_run, to } => match (dry_run, to.is_empty()) {
            (true, _) => send::dry_run(context, &brief, at).await,
            (false, true) => send::run(context, &brief, at).await,
            (false, false) => send::test(context, &brief, at, &to).await,
        },
        Command::Stop { edition } => editions::stop(context, &edition).await,
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
        Command::Editions(arguments::Editions::Resend { edition, only, dry_run }) => {
            resend::run(context, &edition, only, dry_run).await
        }
        Command::Editions(arguments::Editions::Resume { edition }) => editions::resume(context, &edition).await,
        Command::Editions(arguments::Editions::List { brief, state, last }) => {
            editions::list(context, EditionQuery { brief: brief.as_deref(), state }, last.get()).await
        }
        Command::Editions(arguments::Editions::Show { edition }) => editions::show(context, &edition).await,
        Command::Deliveries(arguments::Deliveries::Show { id }) => deliveries::show(context, id).await,
        Command::Deliveries(arguments::Deliveries::Settle { ids, edition, yes, sent, .. }) => match edition {
            Some(edition) => deliveries::settle_edition(context, &edition, sent, yes).await,
            None => deliveries::settle(context, &ids, sent).await,
        },
        Command::Deliveries(arguments::Deliveries::List { edition, state, brief, address, last }) => {
            let last = last.map(std::num::NonZeroUsize::get);
            deliveries::list(context, &ListRequest { edition, state, brief, address, last }).await
        }
        Command::Store(command) => store::run(context, &command).await,
        Command::Config(command) => config::run(context, &command),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { out } => manual::man(out.as_deref()),
    }
}
