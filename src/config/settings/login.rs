//! Who logs in at a mail server, and where the password comes from: the environment or a file, never the config.

use crate::{
    base::problem::Problem,
    config::{
        part::Part,
        reading::{
            context::Context,
            secret_file::SecretFile,
            table_reader::{TableReader, TextValue},
            toml_tree::Entry,
        },
        secret::Secret,
    },
};

/// A name and its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub username: String,
    /// From the environment or a file, never from the config. `None` in a config that was read without its secrets.
    pub password: Option<Secret>,
}

const PASSWORD_FILE: SecretFile = SecretFile {
    kind: "password",
    most: 4096,
    hint: "the file holds the password and nothing else; its path is relative to this file",
};

/// Where a password may come from.
#[derive(Clone, Copy)]
pub(super) struct PasswordSource {
    /// The environment variable that wins over the file, if there is one
    pub(super) variable: Option<&'static str>,
    /// The name of a file, for hints
    pub(super) file: &'static str,
}

impl PasswordSource {
    fn hint(self, file: &str) -> String {
        let file = format!("into {file} and name that: password_file = \"{}\"", self.file);
        match self.variable {
            Some(variable) => format!("put it into the environment variable {variable}, or {file}"),
            None => format!("put it {file}"),
        }
    }
}

/// The keys of a login, as they are given.
pub(super) struct GivenLogin<'a> {
    username: Option<TextValue<'a>>,
    file: Option<TextValue<'a>>,
    has_literal: bool,
    source: PasswordSource,
}

impl<'a> GivenLogin<'a> {
    /// Reads the keys of a section. A password that stands in it is a problem.
    pub(super) fn read(section: &mut TableReader<'a>, source: PasswordSource, context: &Context<'_>) -> GivenLogin<'a> {
        let username = section.text("username");
        let file = section.text("password_file");
        let literal = section.forbidden("password");
        if let Some(entry) = literal {
            context.sink.push(no_password_here(entry, source));
        }
        GivenLogin { username, file, has_literal: literal.is_some(), source }
    }

    /// Does anybody log in?
    pub(super) const fn has_username(&self) -> bool {
        self.username.is_some()
    }

    /// The file, if it is named for nothing.
    pub(super) fn unused_file(&self) -> Option<&TextValue<'a>> {
        self.file.as_ref().filter(|_| self.username.is_none())
    }

    /// Who logs in; what is wrong with the password is reported.
    pub(super) fn login(&self, context: &Context<'_>) -> Option<Login> {
        let username = self.username.as_ref()?;
        let password = context.sink.about(Part::Secrets, || self.password(username, context));
        Some(Login { username: username.text.to_owned(), password })
    }

    /// The environment's password where it counts, else that of the file.
    fn password(&self, username: &TextValue<'_>, context: &Context<'_>) -> Option<Secret> {
        if let Some(variable) = self.source.variable
            && let Some(password) = context.variable(variable)
        {
            return one_line(&password).map(Secret::new).or_else(|| {
                context.sink.push(Problem::error(format!("{variable} is not one line of text")));
                None
            });
        }
        let Some(file) = &self.file else {
            if !self.has_literal {
                let hint = self.source.hint("a file");
                context.sink.push(username.error("there is no password for this name").hint(hint));
            }
            return None;
        };
        let (bytes, shown) = PASSWORD_FILE.read(file, context)?;
        let password = String::from_utf8(bytes).ok().as_deref().and_then(one_line).map(Secret::new);
        if password.is_none() {
            PASSWORD_FILE.refuse(file, format!("{shown} does not hold one line of text"), context);
        }
        password
    }
}

fn no_password_here(entry: &Entry, source: PasswordSource) -> Problem {
    let problem = Problem::error("a password does not belong in the config").at(entry.span.place());
    let problem = if entry.node.typed.is_some() {
        problem.hint("what is typed here appears in the shell's history and in the list of processes")
    } else {
        problem.hint("config files are copied, shown and kept; whoever saw this one may know the password: change it")
    };
    problem.hint(source.hint("a file of its own"))
}

/// Without its line end; `None` if nothing is left, or more than a line.
fn one_line(text: &str) -> Option<&str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains(|c: char| c.is_control())).then_some(line)
}
