//! Figures: what goes in comes out, equal; what an import did is told.

use greenbrief::{
    figures::{Dataset, shipped},
    store::Store,
};

pub async fn go_in_and_come_out_equal(store: &Store) {
    let data = shipped::dataset().unwrap();
    assert!(!store.figures().has_any().await.unwrap());
    assert_eq!(store.figures().dataset().await.unwrap(), Dataset::default());

    let first = store.figures().import(&data).await.unwrap();
    assert_eq!((first.changed.len(), first.unchanged), (0, 0));
    assert_eq!(store.figures().dataset().await.unwrap(), data);
    assert!(store.figures().has_any().await.unwrap());

    let again = store.figures().import(&data).await.unwrap();
    assert_eq!((again.new.len(), again.changed.len(), again.unchanged), (0, 0, first.new.len()));
    assert_eq!(store.figures().dataset().await.unwrap(), data);

    // One value is corrected, with fewer sources than before.
    let mut changed = Dataset::default();
    let (id, observations) = data.observations.iter().find(|(_, all)| all[0].sources.len() > 1).unwrap();
    let mut one = observations[0].clone();
    one.value += rust_decimal::Decimal::ONE;
    one.sources.truncate(1);
    changed.observations.insert(id.clone(), vec![one.clone()]);
    let report = store.figures().import(&changed).await.unwrap();
    assert_eq!((report.new.len(), report.unchanged), (0, 0));
    assert_eq!(report.changed[0].after, one.value.to_string());
    assert_eq!(store.figures().dataset().await.unwrap(), data.clone().merge(changed));
    // A series that is not there: refused by the database, and nothing of the import stays.
    let mut orphan = Dataset::default();
    let mut lost = one;
    lost.series = greenbrief::figures::SeriesId::new("not_there").unwrap();
    let mut fine = observations[0].clone();
    fine.value += rust_decimal::Decimal::TEN;
    orphan.observations.insert(id.clone(), vec![fine]);
    orphan.observations.insert(lost.series.clone(), vec![lost]);
    let before = store.figures().dataset().await.unwrap();
    store.figures().import(&orphan).await.unwrap_err();
    assert_eq!(store.figures().dataset().await.unwrap(), before);
    store.figures().import(&data).await.unwrap();
    assert_eq!(store.figures().dataset().await.unwrap(), data);
}
