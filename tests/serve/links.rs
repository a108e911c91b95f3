//! Links of citations are looked at: what comes of each, how politely servers are asked, and what the gate makes of dead ones.
//! The servers are real ones, on this machine, which only the tests may ask.

use std::{
    convert::Infallible,
    future::pending,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream;
use greenbrief::{
    actions::{
        Actor, Installation,
        figures::{
            check::{FigureCheckRequest, check},
            links::{LinkAccess, LinksReport, LinksRequest, look_at_links},
        },
    },
    base::web_request::Reach,
    config::ConfigSource,
    figures::{
        Dataset, ImportKind, NewImport, Observation, SeriesId,
        links::{LinkResult, Look},
        shipped,
    },
    time::clock::Clock,
};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};

use super::House;
use crate::moment;

/// A request as a server had it.
#[derive(Debug, Clone)]
struct Had {
    method: Method,
    path: String,
    user_agent: String,
    at: Instant,
}

/// A server of reports.
struct Publisher {
    port: u16,
    had: Arc<Mutex<Vec<Had>>>,
    /// The largest number of requests that it had at a time
    together: Arc<AtomicUsize>,
}

impl Publisher {
    /// With what its `robots.txt` answers.
    async fn start(robots: fn() -> Response) -> Publisher {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (had, now, together) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)), Arc::default());
        let publisher = Publisher { port, had: Arc::clone(&had), together: Arc::clone(&together) };
        let answer = move |request: Request| {
            let user_agent = request.headers()["user-agent"].to_str().unwrap().to_owned();
            let (method, path) = (request.method().clone(), request.uri().to_string());
            had.lock().unwrap().push(Had {
                method: method.clone(),
                path: path.clone(),
                user_agent,
                at: Instant::now(),
            });
            let (now, together) = (Arc::clone(&now), Arc::clone(&together));
            async move {
                together.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(Duration::from_millis(5)).await;
                let answer = if path == "/robots.txt" { robots() } else { answer(&method, &path).await };
                now.fetch_sub(1, Ordering::SeqCst);
                answer
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        publisher
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far, as `HEAD /ok`.
    fn had(&self) -> Vec<String> {
        self.had.lock().unwrap().iter().map(|had| format!("{} {}", had.method, had.path)).collect()
    }
}

async fn answer(method: &Method, path: &str) -> Response {
    let is_head = *method == Method::HEAD;
    let to = |status: StatusCode, location: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, location.parse().unwrap());
        (status, headers).into_response()
    };
    match path {
        "/old" => to(StatusCode::MOVED_PERMANENTLY, "reports/2024?table=1#a"),
        "/for-now" => to(StatusCode::FOUND, "/ok"),
        "/loop" => to(StatusCode::FOUND, "/loop"),
        "/inward" => to(StatusCode::FOUND, "http://10.0.0.1/secret"),
        "/inward-by-name" => to(StatusCode::FOUND, "file:///etc/passwd"),
        "/missing" => StatusCode::NOT_FOUND.into_response(),
        "/gone" => StatusCode::GONE.into_response(),
        "/secret" => StatusCode::FORBIDDEN.into_response(),
        "/broken" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "/a-busy" => StatusCode::TOO_MANY_REQUESTS.into_response(),
        "/no-head" | "/endless" if is_head => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        "/endless" => endless("x"),
        "/slow" => pending().await,
        _ => "a report".into_response(),
    }
}

/// An answer without an end, which begins with a text.
fn endless(text: &'static str) -> Response {
    let chunks = std::iter::once(Bytes::from_static(text.as_bytes()));
    let rest = std::iter::repeat_with(|| Bytes::from(vec![b'\n'; 64 << 10]));
    let chunks = stream::iter(chunks.chain(rest).map(Ok::<_, Infallible>));
    Body::from_stream(chunks).into_response()
}

fn no_robots() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

fn is_here(address: IpAddr) -> bool {
    address.is_loopback()
}

const HERE: LinkAccess =
    LinkAccess { reach: Reach::of(is_here), pause: Duration::ZERO, timeout: Duration::from_secs(60) };

/// A house whose store has one series, each value of which cites one of these addresses.
async fn citing(urls: &[String]) -> House {
    let house = House::new();
    let store = installation(&house, moment());
    let shipped = shipped::dataset().unwrap();
    let series = SeriesId::new("vw_bev_world").unwrap();
    let first = &shipped.observations[&series][0];
    let values = urls.iter().zip(2001..).map(|(url, year)| {
        let mut sources = vec![first.sources[0].clone()];
        sources[0].url = Some(url.clone());
        Observation { period: year.to_string().parse().unwrap(), sources, ..first.clone() }
    });
    let observations = [(series, values.collect())].into();
    let new = NewImport { by: "anna", at: moment(), kind: ImportKind::File, files: &[], reason: "" };
    store.store().await.unwrap().figures().import(&Dataset { observations, ..shipped }, &new).await.unwrap();
    house
}

fn installation(house: &House, now: DateTime<Utc>) -> Installation {
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let overrides = vec![("store.url".to_owned(), url)];
    let source = ConfigSource { file: house.path("config/greenbrief.toml"), overrides };
    Installation::new(source.read(), Clock::starting_at(now))
}

async fn looked(house: &House, now: DateTime<Utc>, access: LinkAccess, limit: usize) -> LinksReport {
    let request = LinksRequest { series: &[], all: false, limit, access };
    let mut last = (0, 0);
    let actor = Actor::new("tester".to_owned());
    let report = look_at_links(&installation(house, now), &actor, &request, |done, all| last = (done, all)).await;
    let report = report.unwrap();
    assert!(last.0 == report.looked_at && last.1 <= limit, "{last:?}");
    report
}

/// Each link that is not simply there, as `2003 gone: the server answered 404`.
fn told(report: &LinksReport) -> Vec<String> {
    let line = |period: String, result: String, what: &str| format!("{period} {result}: {what}");
    let lines = report.cited.iter().map(|cited| {
        let look = &cited.known.look;
        line(cited.periods[0].to_string(), look.result.to_string(), look.moved_to.as_deref().unwrap_or(&look.detail))
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_link_is_what_its_server_says() {
    let publisher =
        Publisher::start(|| endless("User-agent: *\nDisallow: /private/\n\nUser-agent: other\nDisallow: /\n")).await;
    let paths = [
        "/ok",
        "/old",
        "/for-now",
        "/missing",
        "/gone",
        "/no-head",
        "/secret",
        "/broken",
        "/loop",
        "/inward",
        "/inward-by-name",
        "/endless",
        "/private/x",
        "/Grüße?q=中",
        "/private",
    ];
    let mut urls: Vec<String> = paths.iter().map(|path| publisher.url(path)).collect();
    let closed = super::free_port();
    urls.extend([format!("http://127.0.0.1:{closed}/a"), "http://10.1.2.3/b".into(), "http://a.b:99999/".into()]);
    urls.push(format!("https://127.0.0.1:{}/ok", publisher.port));
    let house = citing(&urls).await;
    let report = looked(&house, moment(), HERE, 500).await;
    let moved = format!("2002 moved: {}", publisher.url("/reports/2024?table=1#a"));
    let mut lines = told(&report);
    // What TLS says of a server that does not speak it is TLS's own.
    let by_tls = lines.pop().unwrap();
    assert!(by_tls.starts_with("2019 failed: no encrypted connection: "), "{by_tls}");
    assert_eq!(
        lines,
        [
            &moved,
            "2004 gone: the server answered 404",
            "2005 gone: the server answered 410",
            "2007 refused: the server answered 403",
            "2008 failed: the server answered 500",
            "2009 failed: it leads on more than 5 times",
            "2010 failed: 10.0.0.1 is not on the public internet",
            "2011 failed: this is not a web address",
            "2013 refused: its robots.txt forbids to look",
            "2016 failed: no connection: Connection refused (os error 111)",
            "2017 failed: 10.1.2.3 is not on the public internet",
            "2018 failed: this is not a web address",
        ]
    );
    let LinksReport { links, looked_at, left, ok, moved, refused, gone, failed, unknown, .. } = report;
    assert_eq!((links, looked_at, left, unknown), (19, 19, 0, 0));
    assert_eq!((ok, moved, refused, gone, failed), (6, 1, 2, 2, 8));
    let had = publisher.had();
    let count = |wanted: &str| had.iter().filter(|line| *line == wanted).count();
    assert_eq!(count("GET /robots.txt"), 1, "{had:?}");
    assert_eq!(["HEAD /ok", "GET /ok", "HEAD /no-head", "GET /no-head"].map(count), [2, 0, 1, 1], "{had:?}");
    assert_eq!(["HEAD /loop", "HEAD /private/x", "HEAD /private"].map(count), [6, 0, 1], "{had:?}");
    assert_eq!(count("HEAD /Gr%C3%BC%C3%9Fe?q=%E4%B8%AD"), 1, "{had:?}");
    let agent = &publisher.had.lock().unwrap()[0].user_agent;
    assert!(agent.starts_with(concat!("greenbrief/", env!("CARGO_PKG_VERSION"))), "{agent}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_is_asked_politely() {
    let publisher = Publisher::start(no_robots).await;
    let urls: Vec<String> = ["/a", "/b", "/no-head", "/for-now"].iter().map(|path| publisher.url(path)).collect();
    let house = citing(&urls).await;
    // A second of the real pause would only make the test longer.
    let pause = Duration::from_millis(60);
    let report = looked(&house, moment(), LinkAccess { pause, ..HERE }, 500).await;
    assert_eq!((report.ok, report.cited.len()), (4, 0));
    assert_eq!(publisher.together.load(Ordering::SeqCst), 1);
    let had = publisher.had.lock().unwrap().clone();
    assert_eq!(had.len(), 7, "{had:?}");
    assert!(had.windows(2).all(|two| two[1].at - two[0].at >= pause), "{had:?}");

    // A host that has too much to do is left alone, and what is left of it is looked at another time.
    let publisher = Publisher::start(no_robots).await;
    let urls: Vec<String> = ["/a-busy", "/b", "/c"].iter().map(|path| publisher.url(path)).collect();
    let house = citing(&urls).await;
    let report = looked(&house, moment(), HERE, 500).await;
    assert_eq!((report.looked_at, report.left, report.unknown), (1, 2, 2));
    assert_eq!(told(&report), ["2001 refused: the server answered 429"]);
    assert_eq!(publisher.had(), ["GET /robots.txt", "HEAD /a-busy"]);

    // One that cannot say what it allows allows nothing; one that says nothing in time is not waited for.
    let publisher = Publisher::start(|| StatusCode::SERVICE_UNAVAILABLE.into_response()).await;
    let house = citing(&[publisher.url("/a")]).await;
    let report = looked(&house, moment(), HERE, 500).await;
    assert_eq!(told(&report), ["2001 refused: its robots.txt cannot be read: the server answered 503"]);
    assert_eq!(report.dead(), 0);
    let publisher = Publisher::start(no_robots).await;
    let house = citing(&[publisher.url("/slow")]).await;
    let report = looked(&house, moment(), LinkAccess { timeout: Duration::from_secs(8), ..HERE }, 500).await;
    assert_eq!(told(&report), ["2001 failed: no answer within 8 s"]);
}

#[tokio::test]
async fn a_machine_that_is_cut_off_says_nothing_of_links() {
    let closed = super::free_port();
    let urls = ["a", "b"].map(|path| format!("http://127.0.0.1:{closed}/{path}"));
    let house = citing(&urls).await;
    let installation = installation(&house, moment());
    let request = LinksRequest { series: &[], all: false, limit: 500, access: HERE };
    let failed = look_at_links(&installation, &Actor::new("tester".to_owned()), &request, |_, _| ()).await;
    let text = failed.unwrap_err().to_string();
    assert_eq!(
        text,
        format!(
            "no server has answered, so nothing is known of any link: {}: no connection: Connection refused (os error \
             111); is this machine on the internet, without a proxy?",
            urls[0]
        )
    );
    assert!(installation.store().await.unwrap().figures().links().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_where_the_last_one_ended_and_two_days_make_a_link_dead() {
    let publisher = Publisher::start(no_robots).await;
    let urls: Vec<String> = ["/a", "/b", "/missing"].iter().map(|path| publisher.url(path)).collect();
    let house = citing(&urls).await;
    let counts = |report: &LinksReport| (report.looked_at, report.left, report.unknown, report.dead());
    assert_eq!(counts(&looked(&house, moment(), HERE, 2).await), (2, 1, 1, 0));
    assert_eq!(counts(&looked(&house, moment(), HERE, 2).await), (1, 0, 0, 1));
    assert_eq!(counts(&looked(&house, moment(), HERE, 2).await), (0, 0, 0, 1));
    let evidence = async |now| {
        let series = ["vw_bev_world".to_owned()];
        let installation = installation(&house, now);
        let checked = check(&installation, &FigureCheckRequest { series: &series, brief: None }).await.unwrap();
        let found = checked.findings.into_iter().filter(|it| it.check == greenbrief::figures::checks::Check::Evidence);
        found.map(|it| (it.text, it.hints)).filter(|(text, _)| text.contains("dead since")).collect::<Vec<_>>()
    };
    let tomorrow = moment() + TimeDelta::days(1);
    assert!(evidence(tomorrow).await.is_empty(), "one look may be a server's bad day");
    // What was found dead for the first time is looked at again on the next day; what is there, after six.
    assert_eq!(counts(&looked(&house, tomorrow, HERE, 500).await), (1, 0, 0, 1));
    let text = format!("vw_bev_world: 1 value cites {}, dead since 2026-11-23: 2003", publisher.url("/missing"));
    let hints = vec![
        "on 2026-11-24: the server answered 404".to_owned(),
        "`greenbrief figures links vw_bev_world` looks again; a file that was read is kept by `greenbrief figures keep`"
            .to_owned(),
    ];
    assert_eq!(evidence(tomorrow).await, [(text, hints)]);
    let later = moment() + TimeDelta::days(6) + TimeDelta::hours(1);
    assert_eq!(counts(&looked(&house, later, HERE, 500).await), (2, 0, 0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_link_is_told_with_one_edition() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    let shipped = shipped::dataset().unwrap();
    let newest = shipped.observations[&SeriesId::new("vw_bev_world").unwrap()].last().unwrap().clone();
    let url = newest.sources[0].url.clone().unwrap();
    let here = installation(&house, Utc::now());
    let gone = Look { result: LinkResult::Gone, detail: "the server answered 404".to_owned(), moved_to: None };
    let warning = format!("cites {url}, dead since ");
    let told = |house: &House, words: &[&str]| {
        let told = house.run(words);
        assert_eq!(told.code, 0, "{}{}", told.out, told.err);
        told.err.contains("warning: evidence: vw_bev_world: ") && told.err.contains(&warning)
    };
    let dry = ["send", "green-economy", "--dry-run"];
    for (day, expected) in [(1, false), (0, true)] {
        let at = Utc::now() - TimeDelta::days(day);
        here.store().await.unwrap().figures().keep_look(&url, gone.clone(), at).await.unwrap();
        assert_eq!(told(&house, &dry), expected, "{day}");
    }
    assert!(told(&house, &["send", "green-economy"]));
    assert!(!told(&house, &dry), "it was told with the last edition");
    let checked = house.done(&["figures", "check", "vw_bev_world", "--brief", "green-economy"]);
    assert!(checked.contains(&warning), "{checked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_asks_no_server_on_this_machine() {
    let publisher = Publisher::start(no_robots).await;
    let url = publisher.url("/ok");
    let house = citing(&[url.clone(), format!("http://localhost:{}/ok", publisher.port)]).await;
    let (listed, objects, usage) = tokio::task::spawn_blocking(move || {
        let listed = house.run(&["figures", "links"]);
        let objects = house.run(&["figures", "links", "vw_bev_world", "--format", "json"]);
        let usage = house.refused(&["figures", "links", "vw_bev_wrld"]);
        (listed, objects, usage)
    })
    .await
    .unwrap();
    assert_eq!(listed.code, 1, "{}{}", listed.out, listed.err);
    let lines: Vec<&str> = listed.out.lines().collect();
    assert!(lines[0].starts_with("RESULT  SINCE "), "{}", listed.out);
    assert!(
        lines[1].starts_with("failed  ") && lines[1].contains("vw_bev_world  2001     http://127.0.0.1:"),
        "{lines:?}"
    );
    assert!(lines[1].ends_with("  127.0.0.1 is not on the public internet"), "{lines:?}");
    assert!(
        lines[2].contains("  localhost is at ") && lines[2].ends_with(", which is not on the public internet"),
        "{lines:?}"
    );
    assert_eq!(lines[3..], ["2 links, 2 looked at now: 0 there, 2 failed"]);
    let objects = objects.objects();
    assert_eq!((&objects[0]["url"], &objects[0]["result"]), (&url.into(), &"failed".into()));
    assert_eq!((&objects[0]["periods"][0], &objects[0]["dead_looks"]), (&"2001".into(), &2.into()));
    assert_eq!((&objects[2]["links"], &objects[2]["failed"]), (&2.into(), &2.into()));
    assert!(usage.starts_with("error: there is no series `vw_bev_wrld`\n"), "{usage}");
    assert_eq!(publisher.had(), Vec::<String>::new());
}
