//! Figures: what goes in comes out, equal; what an import did is told.

use greenbrief::{
    figures::{Dataset, ImportKind, NewImport, Published, SeriesId, shipped},
    store::{NewWithdrawal, Store, WithdrawalOutcome},
};

use super::now;

/// An import of a file by Bernd.
pub fn new(kind: ImportKind) -> NewImport<'static> {
    NewImport { by: "bernd", at: now(), kind, files: &[], reason: "" }
}

pub async fn go_in_and_come_out_equal(store: &Store) {
    let data = shipped::dataset().unwrap();
    assert!(!store.figures().has_any().await.unwrap());
    assert_eq!(store.figures().dataset().await.unwrap(), Dataset::default());

    let first = store.figures().import(&data, &new(ImportKind::File)).await.unwrap();
    assert_eq!((first.changed.len(), first.unchanged), (0, 0));
    assert_eq!(store.figures().dataset().await.unwrap(), data);
    assert!(store.figures().has_any().await.unwrap());

    let again = store.figures().import(&data, &new(ImportKind::File)).await.unwrap();
    assert_eq!((again.new.len(), again.changed.len(), again.unchanged), (0, 0, first.new.len()));
    assert_eq!(store.figures().dataset().await.unwrap(), data);

    // One value is corrected, with fewer sources than before.
    let mut changed = Dataset::default();
    let (id, observations) = data.observations.iter().find(|(_, all)| all[0].sources.len() > 1).unwrap();
    let mut one = observations[0].clone();
    one.value += rust_decimal::Decimal::ONE;
    one.sources.truncate(1);
    changed.observations.insert(id.clone(), vec![one.clone()]);
    let report = store.figures().import(&changed, &new(ImportKind::File)).await.unwrap();
    assert_eq!((report.new.len(), report.unchanged), (0, 0));
    assert_eq!(report.changed[0].after, one.value.to_string());
    assert_eq!(store.figures().dataset().await.unwrap(), data.clone().merge(changed));
    // A series that is not there: refused, and nothing of the import stays.
    let mut orphan = Dataset::default();
    let mut lost = one;
    lost.series = greenbrief::figures::SeriesId::new("not_there").unwrap();
    let mut fine = observations[0].clone();
    fine.value += rust_decimal::Decimal::TEN;
    orphan.observations.insert(id.clone(), vec![fine]);
    orphan.observations.insert(lost.series.clone(), vec![lost]);
    let before = store.figures().dataset().await.unwrap();
    store.figures().import(&orphan, &new(ImportKind::File)).await.unwrap_err();
    assert_eq!(store.figures().dataset().await.unwrap(), before);
    store.figures().import(&data, &new(ImportKind::File)).await.unwrap();
    assert_eq!(store.figures().dataset().await.unwrap(), data);
}

pub async fn are_withdrawn_and_come_back(store: &Store) {
    let data = store.figures().dataset().await.unwrap();
    let (id, all) = data.observations.iter().find(|(_, all)| all[0].sources.len() > 1).unwrap();
    let one = &all[0];
    let withdrawal = NewWithdrawal { by: "anna", at: now(), reason: "a typing mistake" };
    let withdraw = |series, vintage| store.figures().withdraw(series, one.period, vintage, withdrawal);
    let nowhere = SeriesId::new("not_there").unwrap();
    assert_eq!(withdraw(&nowhere, one.vintage).await.unwrap(), WithdrawalOutcome::Missing);
    let never = Published::parse("1999-01-01").unwrap();
    assert_eq!(withdraw(id, never).await.unwrap(), WithdrawalOutcome::Missing);
    let done = withdraw(id, one.vintage).await.unwrap();
    assert!(matches!(done, WithdrawalOutcome::Withdrawn { value, .. } if value == one.value), "{done:?}");
    assert_eq!(withdraw(id, one.vintage).await.unwrap(), WithdrawalOutcome::AlreadyWithdrawn);
    let without = data.clone().without([one]);
    assert_eq!(store.figures().dataset().await.unwrap(), without);
    let gone = store.figures().withdrawn().await.unwrap();
    assert_eq!((gone.len(), &gone[0].observation, gone[0].is_open()), (1, one, true));
    let record = &gone[0].withdrawal;
    assert_eq!((record.by.as_str(), record.at, record.reason.as_str()), ("anna", now(), "a typing mistake"));
    // An import that does not ask for it does not bring it back.
    store.figures().import(&data, &new(ImportKind::File)).await.unwrap();
    assert_eq!(store.figures().dataset().await.unwrap(), without);
    let report = store.figures().import(&data, &new(ImportKind::Again)).await.unwrap();
    assert_eq!((report.new.len(), report.changed.len()), (1, 0));
    assert_eq!(store.figures().dataset().await.unwrap(), data);
    let gone = store.figures().withdrawn().await.unwrap();
    let end = gone[0].withdrawal.ended.as_ref().unwrap();
    assert_eq!((end.by.as_str(), end.at), ("bernd", now()));
    // It may be withdrawn once more; both records stay.
    let done = withdraw(id, one.vintage).await.unwrap();
    assert!(matches!(done, WithdrawalOutcome::Withdrawn { value, .. } if value == one.value), "{done:?}");
    store.figures().import(&data, &new(ImportKind::Again)).await.unwrap();
    let gone = store.figures().withdrawn().await.unwrap();
    assert_eq!((gone.len(), gone.iter().any(greenbrief::figures::Withdrawn::is_open)), (2, false));
}
