//! Where an address stands in what was written: found, and taken out. An address that is a part of a longer one is not meant.
//! What else is known of a person is erased in [`super::erasure`].

use sqlx::{Any, Row, Transaction};

use super::{
    super::{Result, dialect::sql, outbox::MailKind},
    People,
};
use crate::{base::mentions::stands_alone, delivery::rules::State, people::subscribers::Address};

/// What stands in the place of an address in what was written about others, too.
const ERASED: &str = "(erased)";

/// Where addresses stand.
const LONGER: [(&str, &str); 8] = [
    ("subscriber", "address"),
    ("subscriber", "address_ascii"),
    ("former_address", "address"),
    ("sign_up", "address"),
    ("removal", "address_key"),
    ("suppression", "address_key"),
    ("reply", "address"),
    ("forwarded", "sender"),
];

impl People<'_> {
    /// Addresses of others of which one of these is a part, in lower case: those do not name it.
    pub async fn longer_addresses(self, addresses: &[Address]) -> Result<Vec<String>> {
        let mut longer = Vec::new();
        for address in addresses {
            let found = LONGER.map(|(table, column)| {
                format!("SELECT {column} FROM {table} WHERE LOWER({column}) LIKE $1 ESCAPE '\\'")
            });
            let rows = sqlx::query(sql(found.join(" UNION "))).bind(quoting(address.key()));
            for row in rows.fetch_all(&self.store.pool).await? {
                let one = row.try_get::<String, _>(0)?.to_ascii_lowercase();
                if one != address.key() {
                    longer.push(one);
                }
            }
        }
        Ok(longer)
    }
}

/// The mails that told operators of an address: those whose files quote it, and whether they went out.
pub(super) async fn told_to_operators(tx: &mut Transaction<'_, Any>, form: &str) -> Result<Vec<(String, bool)>> {
    let rows = sqlx::query(sql(format!(
        "SELECT message_id, state, subject, text FROM mail
         WHERE {}(LOWER(subject) LIKE $1 ESCAPE '\\' OR LOWER(text) LIKE $1 ESCAPE '\\')",
        of_operators()
    )))
    .bind(quoting(form))
    .fetch_all(&mut **tx)
    .await?;
    let mut told = Vec::new();
    for row in &rows {
        let (subject, text): (Option<&str>, Option<&str>) = (row.try_get(2)?, row.try_get(3)?);
        if [subject, text].into_iter().flatten().any(|text| without(text, form) != text) {
            told.push((row.try_get(0)?, row.try_get::<i64, _>(1)? == State::Sent.code()));
        }
    }
    Ok(told)
}

pub(super) fn of_operators() -> String {
    format!("kind = '{}' AND ", MailKind::Operator.word())
}

/// Replaces an address where a text quotes it, in whatever case a person or a server wrote it.
pub(super) async fn replace(
    tx: &mut Transaction<'_, Any>,
    table: &str,
    column: &str,
    which: &str,
    form: &str,
) -> Result<()> {
    let rows = sqlx::query(sql(format!(
        "SELECT DISTINCT {column} FROM {table} WHERE {which}LOWER({column}) LIKE $1 ESCAPE '\\'"
    )))
    .bind(quoting(form))
    .fetch_all(&mut **tx)
    .await?;
    for row in rows {
        let text: String = row.try_get(0)?;
        // It may name a longer address only.
        if without(&text, form) == text {
            continue;
        }
        sqlx::query(sql(format!("UPDATE {table} SET {column} = $1 WHERE {which}{column} = $2")))
            .bind(without(&text, form))
            .bind(text)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// The pattern of texts in lower case that quote an address.
fn quoting(form: &str) -> String {
    let escaped = form.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// A text that does not name an address any more.
fn without(text: &str, form: &str) -> String {
    let (lower, form) = (text.to_ascii_lowercase(), form.to_ascii_lowercase());
    let (mut cleaned, mut after) = (String::with_capacity(text.len()), 0);
    for (at, _) in lower.match_indices(&form) {
        if !stands_alone(lower.as_bytes(), at, form.len()) {
            continue;
        }
        cleaned.push_str(text.get(after..at).unwrap_or_default());
        cleaned.push_str(ERASED);
        after = at + form.len();
    }
    cleaned.push_str(text.get(after..).unwrap_or_default());
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_out_of_a_text_in_any_case() {
        for (text, left) in [
            ("550 <Gerd@Erased.example>: unknown", "550 <(erased)>: unknown"),
            ("ä gerd@erased.example, GERD@ERASED.EXAMPLE", "ä (erased), (erased)"),
            ("gerd@erased.exampl", "gerd@erased.exampl"),
            ("agerd@erased.example, gerd@erased.example.org", "agerd@erased.example, gerd@erased.example.org"),
            ("", ""),
        ] {
            assert_eq!(without(text, "Gerd@erased.example"), left);
        }
        assert_eq!(quoting("A_b%c@x.org"), "%a\\_b\\%c@x.org%");
    }
}
