//! The keys that sign tokens.

use greenbrief::{
    people::tokens::{Purpose, Subject, TokenError},
    store::{Retirement, Store},
};
use ring::rand::SystemRandom;

use super::{minutes, now};

pub async fn a_key_is_made_once_and_rotated(store: &Store) {
    let subject = Subject::new(17, now());
    let keyring = store.token_keys();
    assert!(keyring.known().await.unwrap().is_none(), "a look makes none");
    assert_eq!(keyring.list().await.unwrap(), []);
    // Processes that need their first key together get one.
    let together: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap() })
        })
        .collect();
    let mut tokens = Vec::new();
    for task in together {
        tokens.push(task.await.unwrap().issue(Purpose::Leave, subject).as_str().to_owned());
    }
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    let [first] = &*keyring.list().await.unwrap() else { panic!() };
    assert!(
        first.signs && first.made_by.is_empty() && first.made == now() && tokens[0].ends_with(&first.id.to_string())
    );

    let second = keyring.rotate(&SystemRandom::new(), "anna", now() + minutes(1)).await.unwrap();
    let keys = keyring.known().await.unwrap().unwrap();
    let newer = keys.issue(Purpose::Leave, subject);
    assert_ne!(newer.as_str(), tokens[0]);
    for token in [newer.as_str(), &tokens[0]] {
        assert_eq!(keys.verify(Purpose::Leave, token), Ok(subject));
    }

    assert_eq!(keyring.retire(second, "anna", now()).await.unwrap(), Retirement::Signs);
    assert_eq!(keyring.retire("aaaa".parse().unwrap(), "anna", now()).await.unwrap(), Retirement::Unknown);
    assert_eq!(keyring.retire(first.id, "bernd", now() + minutes(2)).await.unwrap(), Retirement::Done);
    assert_eq!(keyring.retire(first.id, "bernd", now() + minutes(3)).await.unwrap(), Retirement::Before);
    let keys = keyring.known().await.unwrap().unwrap();
    assert_eq!(keys.verify(Purpose::Leave, &tokens[0]), Err(TokenError::RetiredKey(first.id)));
    assert_eq!(keys.verify(Purpose::Leave, newer.as_str()), Ok(subject));
    let listed: Vec<_> =
        keyring.list().await.unwrap().into_iter().map(|key| (key.id, key.signs, key.retired_by)).collect();
    assert_eq!(listed, [(second, true, None), (first.id, false, Some("bernd".to_owned()))]);
}
