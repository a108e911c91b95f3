//! How long a person waits for a server that says nothing, when a test is sent.

use std::{path::Path, time::Duration};

use greenbrief::{
    actions::{
        Actor, Installation,
        test_mail::{TEST_PATIENCE, send_test_mail},
    },
    time::clock::Clock,
};

use super::server::{Answer, Server};

#[tokio::test]
async fn a_mute_server_keeps_a_test_for_its_patience_only() {
    assert_eq!(TEST_PATIENCE, Duration::from_secs(30));
    for (step, at) in [("greeting", "the greeting"), ("EHLO", "EHLO"), ("MAIL", "MAIL FROM"), (".", "the final dot")] {
        let running = Server { answers: vec![(step, Answer::Hang)], ..Server::default() }.start().await;
        let port = running.port.to_string();
        let sets = [("mail.transport", "smtp"), ("mail.host", "127.0.0.1"), ("mail.tls", "none"), ("mail.port", &port)];
        let sets: Vec<(String, String)> = sets.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
        let (config, _) = greenbrief::config::load(&file, &sets, &|_| None).unwrap();
        let installation = Installation::new(config, Clock::starting_at(crate::moment()));
        let (actor, patience) = (Actor::new("tester".to_owned()), Duration::from_millis(300));
        let sent = send_test_mail(&installation, &actor, "anna@example.net", None, patience, |_| Ok(())).await;
        let problem = sent.unwrap_err().to_string();
        assert_eq!(problem, format!("broken at {at}: no reply in 300ms"));
    }
}
