//! TLS and logins: who is trusted, what is refused, and that no password is shown.

use std::{sync::Arc, time::Duration};

use greenbrief::delivery::mail::session::{Failure, Login, Password, Relay, Session, Step, Timeouts, Tls, TlsClient};
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, pem::PemObject},
};

use super::{
    relay, send,
    server::{Answer, Server, say},
};

/// A server's side and the authority that vouches for it.
pub fn certificate(name: &str) -> (Arc<ServerConfig>, TlsClient) {
    // As rcgen's own.
    certificate_of(name, 1975, 4096)
}

/// As `certificate`, good from one New Year's Day to another.
fn certificate_of(name: &str, from: i32, to: i32) -> (Arc<ServerConfig>, TlsClient) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(from, 1, 1), rcgen::date_time_ymd(to, 1, 1));
    params.distinguished_name.push(rcgen::DnType::CommonName, format!("the authority of {name}"));
    let cert = params.self_signed(&key).unwrap();
    let authority = cert.pem();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), TlsClient::with_roots(authority.as_bytes()).unwrap())
}

fn login() -> Login {
    Login { username: "brief".into(), password: Password::new("sesame-open-4711") }
}

fn over(tls: Tls, port: u16) -> Relay {
    Relay { host: "localhost".into(), tls, login: Some(login()), ..relay(port) }
}

fn server(tls: Tls, config: &Arc<ServerConfig>) -> Server {
    let mut offers = vec!["PIPELINING", "AUTH PLAIN LOGIN"];
    if tls == Tls::Starttls {
        offers.push("STARTTLS");
    }
    let answers = vec![("STARTTLS", Answer::Upgrade(b"220 go on\r\n".to_vec())), ("AUTH", say("235 2.7.0 welcome"))];
    Server { offers, answers, tls: Some(Arc::clone(config)), implicit: tls == Tls::Implicit, ..Server::default() }
}

#[tokio::test]
async fn mails_go_over_tls_both_ways() {
    for tls in [Tls::Implicit, Tls::Starttls] {
        let (config, tls_client) = certificate("localhost");
        let mut running = server(tls, &config).start().await;
        let mut session = Session::open(&over(tls, running.port), &tls_client).await.unwrap();
        assert!(session.is_encrypted());
        send(&mut session, "anna@example.net").await.unwrap();
        send(&mut session, "bernd@example.net").await.unwrap();
        session.quit().await;
        let heard = running.heard();
        let verbs: Vec<&str> = heard.iter().filter_map(|line| line.split([' ', '\r']).next()).collect();
        let begins: &[&str] =
            if tls == Tls::Implicit { &["EHLO", "AUTH"] } else { &["EHLO", "STARTTLS", "EHLO", "AUTH"] };
        assert_eq!(&verbs[..begins.len()], begins);
        // \0brief\0sesame-open-4711
        assert!(heard.iter().any(|line| line == "AUTH PLAIN AGJyaWVmAHNlc2FtZS1vcGVuLTQ3MTE=\r\n"), "{heard:?}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_or_from_a_stranger_is_refused() {
    let (wrong_name, its_trust) = certificate("mail.example.org");
    let (right_name, _) = certificate("localhost");
    for tls in [Tls::Implicit, Tls::Starttls] {
        for (config, tls_client) in [(&wrong_name, &its_trust), (&right_name, &its_trust)] {
            let mut running = server(tls, config).start().await;
            let failure = Session::open(&over(tls, running.port), tls_client).await.unwrap_err();
            assert_eq!(failure.step(), Step::Tls, "{failure}");
            let what = match Arc::ptr_eq(config, &wrong_name) {
                true => "broken at TLS: the server's certificate is for mail.example.org, not for localhost",
                false => "broken at TLS: no authority that this machine trusts vouches for the server's certificate",
            };
            assert!(failure.to_string().starts_with(what), "{failure}");
            assert!(running.heard().iter().all(|line| !line.starts_with("AUTH")));
        }
    }
}

#[tokio::test]
async fn a_certificate_out_of_date_is_refused_with_its_day() {
    let clock = "(if that is wrong, look at this machine's clock)";
    for (from, to, what) in [
        (2020, 2022, format!("is out of date since 2022-01-01 00:00:00 UTC {clock}")),
        (4000, 4090, format!("is not valid before 4000-01-01 00:00:00 UTC {clock}")),
    ] {
        let (config, tls_client) = certificate_of("localhost", from, to);
        for tls in [Tls::Implicit, Tls::Starttls] {
            let running = server(tls, &config).start().await;
            let failure = Session::open(&over(tls, running.port), &tls_client).await.unwrap_err();
            assert_eq!(failure.to_string(), format!("broken at TLS: the server's certificate {what}"));
        }
    }
}

#[tokio::test]
async fn whoever_encrypts_in_the_other_way_is_told_which() {
    let (config, tls_client) = certificate("localhost");
    let plain = server(Tls::Starttls, &config).start().await;
    let failure = Session::open(&over(Tls::Implicit, plain.port), &tls_client).await.unwrap_err();
    assert_eq!(failure.step(), Step::Tls, "{failure}");
    assert!(failure.to_string().ends_with("as at port 587: that needs tls = \"starttls\""), "{failure}");
    let encrypted = server(Tls::Implicit, &config).start().await;
    let patience = Timeouts { greeting: Duration::from_millis(300), ..Timeouts::default() };
    let relay = Relay { timeouts: patience, ..over(Tls::Starttls, encrypted.port) };
    let failure = Session::open(&relay, &tls_client).await.unwrap_err();
    assert_eq!(failure.step(), Step::Greeting, "{failure}");
    assert!(failure.to_string().ends_with("as at port 465, needs tls = \"implicit\""), "{failure}");
}

#[tokio::test]
async fn words_slipped_in_before_the_handshake_are_refused() {
    let (config, tls_client) = certificate("localhost");
    let mut server = server(Tls::Starttls, &config);
    server.answers[0] = ("STARTTLS", Answer::Upgrade(b"220 go on\r\n250 injected\r\n".to_vec()));
    let failure = Session::open(&over(Tls::Starttls, server.start().await.port), &tls_client).await.unwrap_err();
    assert_eq!(failure.to_string(), "broken at TLS: the server sent a reply unasked: 250 injected");
}

#[tokio::test]
async fn without_starttls_only_ehlo_is_sent() {
    let (config, tls_client) = certificate("localhost");
    let mut running = server(Tls::None, &config).start().await;
    let failure = Session::open(&over(Tls::Starttls, running.port), &tls_client).await.unwrap_err();
    assert_eq!(failure.to_string(), "broken at TLS: the server does not offer STARTTLS");
    assert_eq!(running.heard().len(), 1);
}

#[tokio::test]
async fn a_login_in_two_questions() {
    let mut server = Server { offers: vec!["AUTH LOGIN"], ..Server::default() };
    server.answers = vec![
        ("AUTH", say("334 VXNlcm5hbWU6")),
        ("YnJpZWY=", say("334 UGFzc3dvcmQ6")),
        ("c2VzYW1lLW9wZW4tNDcxMQ==", say("235 ok")),
    ];
    let mut running = server.start().await;
    // This machine only: elsewhere a password needs TLS.
    Session::open(&over(Tls::None, running.port), &super::nobody()).await.unwrap();
    assert_eq!(running.heard().len(), 4);
}

#[tokio::test]
async fn no_password_is_shown() {
    assert!(!format!("{:?}", over(Tls::None, 1)).contains("sesame"));
    for (answer, wanted) in [
        (say("535 5.7.8 bad credentials"), "refused at the login: 535 5.7.8 bad credentials"),
        (
            say("500 what is AUTH PLAIN AGJyaWVmAHNlc2FtZS1vcGVuLTQ3MTE="),
            "refused at the login: 500 (the text repeats the login)",
        ),
        (say("535 brief/sesame-open-4711?"), "refused at the login: 535 (the text repeats the login)"),
        (say("299-sesame-open\r\n335 x"), "broken at the login: one reply with two codes, 299 and 335"),
        (say("334 sesame-open-4711"), "broken at the login: an unexpected reply"),
    ] {
        let server = Server { offers: vec!["AUTH PLAIN"], answers: vec![("AUTH", answer)], ..Server::default() };
        let failure = Session::open(&over(Tls::None, server.start().await.port), &super::nobody()).await.unwrap_err();
        assert_eq!(failure.to_string(), wanted);
        assert!(!failure.is_permanent() && !failure.keeps_connection());
    }
}

#[tokio::test]
async fn a_server_that_offers_no_login_gets_none() {
    let running = Server::default().start().await;
    let failure = Session::open(&over(Tls::None, running.port), &super::nobody()).await.unwrap_err();
    assert!(matches!(failure, Failure::Broken { step: Step::Login, .. }), "{failure}");
}

#[test]
fn what_is_no_certificate_is_refused() {
    assert!(TlsClient::with_roots(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
}
