//! An import is undone: everything is as it was before, as a new import. What it brought is superseded, and what it
//! superseded is put back as a new row, which names the row that it repeats. So an undo can be undone, too.

use std::collections::BTreeMap;

use sqlx::{Any, Row, Transaction};

use super::{imports, rows::parsed};
use crate::{
    figures::{ImportKind, ImportRecord, NewImport, Series, SeriesId, Unit},
    store::{Result, columns::micros, dialect::sql},
};

/// Something later that stands on an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The import that it belongs to.
    pub import: i64,
    /// A thing that the import to be undone brought or changed, in words.
    pub example: String,
    /// Number of such things.
    pub things: i64,
}

/// What became of an undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// It is undone.
    Done {
        /// The number of the new import.
        import: i64,
        /// Number of rows that do not count any more.
        gone: i64,
        /// Number of rows that count again.
        back: i64,
    },
    /// There is no such import.
    Unknown,
    /// It is what the store began with before imports were numbered.
    Earlier,
    /// It was undone already, by this import.
    Already(i64),
    /// Something later stands on it; nothing has changed.
    Stands(Vec<Obstacle>),
}

/// A table whose rows have versions, and the columns that tell one thing from others.
struct Versions {
    table: &'static str,
    key: [&'static str; 3],
    content: &'static str,
}

const VERSIONS: [Versions; 2] = [
    Versions { table: "observation", key: ["series", "period", "vintage"], content: "value, status, sources" },
    Versions { table: "catalogue", key: ["kind", "name", "name"], content: "content" },
];

pub(super) async fn undo(mut tx: Transaction<'static, Any>, number: i64, new: &NewImport<'_>) -> Result<Undone> {
    let Some(record) = imports::named(&mut tx, number).await? else { return Ok(Undone::Unknown) };
    match &record {
        ImportRecord { kind: ImportKind::Earlier, .. } => return Ok(Undone::Earlier),
        ImportRecord { in_force: false, undone_by: Some(by), .. } => return Ok(Undone::Already(*by)),
        _ => {}
    }
    let mut obstacles = Vec::new();
    for versions in &VERSIONS {
        obstacles.extend(versions.obstacles(&mut tx, number).await?);
    }
    obstacles.extend(withdrawals_that_stand(&mut tx, number).await?);
    obstacles.extend(users_of_what_goes(&mut tx, number).await?);
    if !obstacles.is_empty() {
        return Ok(Undone::Stands(joined(obstacles)));
    }
    let before = catalogue_of(&mut tx).await?;
    let import = imports::begin(&mut tx, new).await?;
    let (mut gone, mut back) = (0, 0);
    for versions in &VERSIONS {
        let (less, more) = versions.put_back(&mut tx, number, import).await?;
        (gone, back) = (gone + less, back + more);
    }
    let (more, less) = put_back_withdrawals(&mut tx, number, import, new).await?;
    (gone, back) = (gone + less, back + more);
    let after = catalogue_of(&mut tx).await?;
    // What was so before is not this undo's.
    let before_it = broken_references(&before);
    let mut broken = broken_references(&after);
    broken.retain(|obstacle| !before_it.iter().any(|known| known.example == obstacle.example));
    broken.extend(changed_meanings(&mut tx, &before, &after, number).await?);
    if !broken.is_empty() {
        tx.rollback().await?;
        return Ok(Undone::Stands(joined(broken)));
    }
    sqlx::query("UPDATE import SET undid = $2 WHERE number = $1").bind(import).bind(number).execute(&mut *tx).await?;
    let done = sqlx::query("UPDATE import SET undone_by = $2 WHERE number = $1").bind(number).bind(import);
    done.execute(&mut *tx).await?;
    imports::end(&mut tx, import, [back, gone, 0]).await?;
    tx.commit().await?;
    Ok(Undone::Done { import, gone, back })
}

impl Versions {
    /// What stands in the place of what the import left, other than that.
    async fn obstacles(&self, tx: &mut Transaction<'_, Any>, number: i64) -> Result<Vec<Obstacle>> {
        let Versions { table, key: [a, b, c], .. } = self;
        let same = |other: &str| format!("{other}.{a} = t.{a} AND {other}.{b} = t.{b} AND {other}.{c} = t.{c}");
        let now = same("now");
        // Sets are asked for once: a question for each row would take as many looks as the import has rows, squared.
        let query = format!(
            "SELECT COALESCE(now.import, t.superseded) AS later, MIN(t.{a} || ' ' || t.{b}) AS example,
             COUNT(*) AS things FROM {table} t LEFT JOIN {table} now ON {now} AND now.superseded IS NULL
             WHERE t.import = $1 AND (now.id IS NULL OR COALESCE(now.restores, now.id) <> COALESCE(t.restores, t.id))
             GROUP BY COALESCE(now.import, t.superseded)
             UNION ALL
             SELECT now.import, MIN(t.{a} || ' ' || t.{b}), COUNT(*) FROM {table} t
             JOIN {table} now ON {now} AND now.superseded IS NULL
             WHERE t.superseded = $1 AND (t.{a}, t.{b}, t.{c}) NOT IN (SELECT {a}, {b}, {c} FROM {table} WHERE import = $1)
             GROUP BY now.import"
        );
        let rows = sqlx::query(sql(query)).bind(number).fetch_all(&mut **tx).await?;
        let obstacle = |row: &sqlx::any::AnyRow| {
            Ok(Obstacle {
                import: row.try_get("later")?,
                example: row.try_get("example")?,
                things: row.try_get("things")?,
            })
        };
        rows.iter().map(obstacle).collect()
    }

    /// Returns how many rows do not count any more, and how many count again.
    async fn put_back(&self, tx: &mut Transaction<'_, Any>, number: i64, import: i64) -> Result<(i64, i64)> {
        let Versions { table, key: [a, b, c], content } = self;
        let gone = sqlx::query(sql(format!(
            "UPDATE {table} SET superseded = $2 WHERE superseded IS NULL AND id IN (SELECT now.id FROM {table} t
             JOIN {table} now ON now.{a} = t.{a} AND now.{b} = t.{b} AND now.{c} = t.{c} AND now.superseded IS NULL
             WHERE t.import = $1)"
        )));
        let gone = gone.bind(number).bind(import).execute(&mut **tx).await?.rows_affected();
        let key = if b == c { format!("{a}, {b}") } else { format!("{a}, {b}, {c}") };
        let back = sqlx::query(sql(format!(
            "INSERT INTO {table} ({key}, {content}, import, restores)
             SELECT {key}, {content}, $2, COALESCE(restores, id) FROM {table} WHERE superseded = $1"
        )));
        let back = back.bind(number).bind(import).execute(&mut **tx).await?.rows_affected();
        Ok((i64::try_from(gone).unwrap_or(i64::MAX), i64::try_from(back).unwrap_or(i64::MAX)))
    }
}

/// The withdrawals that the import `$1` began, each with those that go on with it: an import that ended one, and was undone
/// itself, ended nothing.
const LINE: &str = "line AS (
     SELECT id, series, period, vintage, ended_import FROM withdrawal WHERE import = $1
     UNION ALL
     SELECT w.id, w.series, w.period, w.vintage, w.ended_import FROM line l JOIN import i ON i.number = l.ended_import
     JOIN withdrawal w ON w.import = i.undone_by AND w.series = l.series AND w.period = l.period AND w.vintage = l.vintage)";

/// Withdrawals of what the import brought, and withdrawals that ended or began again since it ended or began them. What it brought
/// back by ending a withdrawal, and another one changed since, stands as well.
async fn withdrawals_that_stand(tx: &mut Transaction<'_, Any>, number: i64) -> Result<Vec<Obstacle>> {
    let rows = sqlx::query(sql(format!(
        "WITH RECURSIVE {LINE} SELECT w.import AS later, w.series || ' ' || w.period AS example FROM withdrawal w
         WHERE w.import > $1 AND w.ended_import IS NULL AND (w.series, w.period, w.vintage) IN (
         SELECT series, period, vintage FROM observation WHERE import = $1
         UNION ALL SELECT series, period, vintage FROM withdrawal WHERE ended_import = $1)
         UNION ALL
         SELECT l.ended_import, l.series || ' ' || l.period FROM line l
         WHERE l.ended_import IS NOT NULL AND l.ended_import NOT IN (SELECT number FROM import WHERE undone_by IS NOT NULL)
         UNION ALL
         SELECT now.import, now.series || ' ' || now.period FROM withdrawal w
         JOIN observation now ON now.series = w.series AND now.period = w.period AND now.vintage = w.vintage
         AND now.superseded IS NULL
         JOIN observation first ON first.id = COALESCE(now.restores, now.id)
         WHERE w.ended_import = $1 AND first.import > $1"
    )));
    let rows = rows.bind(number).fetch_all(&mut **tx).await?;
    let obstacle = |row: &sqlx::any::AnyRow| {
        Ok(Obstacle { import: row.try_get("later")?, example: row.try_get("example")?, things: 1 })
    };
    rows.iter().map(obstacle).collect()
}

/// Observations of series that would go, and series with units that would go, which other imports brought.
async fn users_of_what_goes(tx: &mut Transaction<'_, Any>, number: i64) -> Result<Vec<Obstacle>> {
    let going = "FROM catalogue t WHERE t.import = $1
         AND (t.kind, t.name) NOT IN (SELECT kind, name FROM catalogue WHERE superseded = $1)";
    let rows = sqlx::query(sql(format!(
        "SELECT o.import AS later, MIN('series ' || o.series) AS example, COUNT(*) AS things FROM observation o
         WHERE o.superseded IS NULL AND o.series IN (SELECT t.name {going} AND t.kind = 'series')
         AND COALESCE(o.restores, o.id) NOT IN (SELECT COALESCE(restores, id) FROM observation WHERE import = $1)
         GROUP BY o.import"
    )));
    let mut obstacles = Vec::new();
    for row in rows.bind(number).fetch_all(&mut **tx).await? {
        obstacles.push(Obstacle {
            import: row.try_get("later")?,
            example: row.try_get("example")?,
            things: row.try_get("things")?,
        });
    }
    let units = sqlx::query(sql(format!("SELECT t.name {going} AND t.kind = 'unit'"))).bind(number);
    let units: Vec<String> =
        units.fetch_all(&mut **tx).await?.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?;
    if units.is_empty() {
        return Ok(obstacles);
    }
    let rows = sqlx::query(
        "SELECT import, content FROM catalogue WHERE kind = 'series' AND superseded IS NULL AND import <> $1",
    );
    for row in rows.bind(number).fetch_all(&mut **tx).await? {
        let series: Series = parsed(row.try_get("content")?)?;
        if units.contains(&series.unit) {
            obstacles.push(Obstacle {
                import: row.try_get("import")?,
                example: format!("unit {}", series.unit),
                things: 1,
            });
        }
    }
    Ok(obstacles)
}

/// The units and series in force, with the number of the import that brought each.
#[derive(Debug, Default)]
struct Catalogue {
    units: BTreeMap<String, Unit>,
    series: BTreeMap<SeriesId, (Series, i64)>,
}

async fn catalogue_of(tx: &mut Transaction<'_, Any>) -> Result<Catalogue> {
    let rows = sqlx::query(
        "SELECT kind, content, import FROM catalogue WHERE superseded IS NULL AND kind IN ('unit', 'series')",
    );
    let mut catalogue = Catalogue::default();
    for row in rows.fetch_all(&mut **tx).await? {
        let (kind, content): (String, String) = (row.try_get("kind")?, row.try_get("content")?);
        if kind == "unit" {
            let unit: Unit = parsed(&content)?;
            catalogue.units.insert(unit.id.clone(), unit);
        } else {
            let series: Series = parsed(&content)?;
            catalogue.series.insert(series.id.clone(), (series, row.try_get("import")?));
        }
    }
    Ok(catalogue)
}

/// Series that name others which would not be there, or that would go on themselves.
fn broken_references(after: &Catalogue) -> Vec<Obstacle> {
    let mut broken = Vec::new();
    for (id, (series, import)) in &after.series {
        let named = series.change_of.iter().chain(&series.predecessor).chain(&series.parts);
        let before = |id: &SeriesId| after.series.get(id).and_then(|(series, _)| series.predecessor.clone());
        let comes_back = std::iter::successors(before(id), before).take(after.series.len() + 1).any(|it| it == *id);
        if comes_back || named.clone().any(|other| !after.series.contains_key(other)) {
            broken.push(Obstacle { import: *import, example: format!("series {id}"), things: 1 });
        }
    }
    broken
}

/// Values that other imports brought, and that would be in another unit.
async fn changed_meanings(
    tx: &mut Transaction<'_, Any>,
    before: &Catalogue,
    after: &Catalogue,
    number: i64,
) -> Result<Vec<Obstacle>> {
    let meaning = |catalogue: &Catalogue, id: &SeriesId| {
        let unit = catalogue.series.get(id).and_then(|(series, _)| catalogue.units.get(&series.unit));
        unit.map(|unit| (unit.id.clone(), unit.kind, unit.exponent))
    };
    let mut found = Vec::new();
    for id in after.series.keys().filter(|id| before.series.contains_key(*id)) {
        if meaning(before, id) == meaning(after, id) {
            continue;
        }
        let rows = sqlx::query(
            "SELECT import, COUNT(*) AS things FROM observation
             WHERE series = $1 AND superseded IS NULL AND import > $2 AND restores IS NULL GROUP BY import",
        );
        for row in rows.bind(id.to_string()).bind(number).fetch_all(&mut **tx).await? {
            let (import, things) = (row.try_get("import")?, row.try_get("things")?);
            found.push(Obstacle { import, example: format!("series {id}"), things });
        }
    }
    Ok(found)
}

/// Returns how many observations count again, and how many do not any more.
async fn put_back_withdrawals(
    tx: &mut Transaction<'_, Any>,
    number: i64,
    import: i64,
    new: &NewImport<'_>,
) -> Result<(i64, i64)> {
    let ended = sqlx::query(sql(format!(
        "UPDATE withdrawal SET ended_at = $2, ended_by = $3, ended_import = $4
         WHERE id IN (WITH RECURSIVE {LINE} SELECT id FROM line WHERE ended_import IS NULL)"
    )))
    .bind(number)
    .bind(micros(new.at))
    .bind(new.by.to_owned())
    .bind(import)
    .execute(&mut **tx)
    .await?;
    let begun = sqlx::query(
        "INSERT INTO withdrawal (series, period, vintage, value, at, actor, reason, import)
         SELECT series, period, vintage, value, at, actor, reason, $2 FROM withdrawal WHERE ended_import = $1",
    )
    .bind(number)
    .bind(import)
    .execute(&mut **tx)
    .await?;
    let [back, gone] = [ended, begun].map(|done| i64::try_from(done.rows_affected()).unwrap_or(i64::MAX));
    Ok((back, gone))
}

/// One obstacle for each import, the newest first.
fn joined(obstacles: Vec<Obstacle>) -> Vec<Obstacle> {
    let mut joined: Vec<Obstacle> = Vec::new();
    for obstacle in obstacles {
        match joined.iter_mut().find(|known| known.import == obstacle.import) {
            Some(known) => known.things += obstacle.things,
            None => joined.push(obstacle),
        }
    }
    joined.sort_by_key(|obstacle| std::cmp::Reverse(obstacle.import));
    joined
}
