//! `preview` as a browser meets it: what it answers and to whom, and that a save, a mistake and its mending are told.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::{Value, json};

use super::{
    House, PATIENCE,
    http::{Events, ask, get, idle, raw, say},
};

/// When it is made, so that the same is made twice.
const AT: [&str; 2] = ["--at", "2026-11-23T06:00:00Z"];

/// A preview that runs; killed if the test ends before it.
pub(super) struct Preview {
    child: Child,
    lines: Receiver<String>,
    pub port: u16,
}

impl Preview {
    pub fn start(house: &House, more: &[&str]) -> Preview {
        let words: Vec<&str> = ["preview", "green-economy", "--port", "0", "--format", "json"]
            .iter()
            .chain(&AT)
            .chain(more)
            .copied()
            .collect();
        let mut child = house.command(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (told, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        // Ends with the program, or when the test no longer listens.
        thread::spawn(move || out.map_while(Result::ok).try_for_each(|line| told.send(line)));
        let mut preview = Preview { child, lines, port: 0 };
        let started = preview.line();
        let url = started["url"].as_str().unwrap();
        let port = url.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix('/'));
        preview.port = port.unwrap_or_else(|| panic!("{url}")).parse().unwrap();
        preview
    }

    /// The next line of its output.
    pub fn line(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl House {
    /// Replaces a text of a file in the template.
    pub(super) fn edit(&self, name: &str, from: &str, to: &str) {
        let file = self.path("templates/green-economy").join(name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(file, text.replacen(from, to, 1)).unwrap();
    }
}

fn hashes(state: &Value, language: usize) -> Vec<String> {
    let pages = state["languages"][language]["proof"]["pages"].as_array();
    pages.map_or_else(Vec::new, |pages| pages.iter().map(|hash| hash.as_str().unwrap().to_owned()).collect())
}

fn is_built(state: &Value) -> bool {
    let tabs = state["languages"].as_array().unwrap();
    !tabs.is_empty() && tabs.iter().all(|tab| !tab["proof"]["bytes"].is_null())
}

#[test]
fn the_page_loads_nothing_from_elsewhere_and_answers_only_to_this_machine() {
    let house = House::new();
    let mut preview = Preview::start(&house, &[]);
    let port = preview.port;
    let page = get(port, "/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'; script-src 'self'; "));
    for (path, kind) in
        [("/preview.js", "text/javascript"), ("/preview.css", "text/css"), ("/state", "application/json")]
    {
        let answer = get(port, path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").unwrap().starts_with(kind), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    for text in [page.text(), get(port, "/preview.js").text(), get(port, "/preview.css").text()] {
        let outside: Vec<&str> =
            text.split("http").skip(1).filter(|rest| !rest.starts_with("://www.w3.org/")).collect();
        assert!(outside.is_empty() && !text.contains("innerHTML"), "{outside:?}");
    }
    // A page from elsewhere whose name was pointed here, and whoever wants to change something.
    for host in ["evil.example", "evil.example:4747", "127.0.0.1", "127.0.0.1:1", ""] {
        assert_eq!(say(port, "GET", "/state", host, "").status, 421, "{host}");
    }
    assert_eq!(say(port, "GET", "/state", &format!("LocalHost:{port}"), "").status, 200);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let refused = ask(port, method, "/state", "");
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(ask(port, "HEAD", "/", "").status, 200);
    let twice = format!("GET /state HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n\r\n");
    assert_eq!(raw(port, &twice), 400);
    // Whoever says nothing is the first to go.
    let _silent = idle(port, 120);
    assert_eq!(get(port, "/state").status, 200);
    for path in
        ["/config/greenbrief.toml", "/../Cargo.toml", "/events/xx", "/xx/brief.pdf", "/pages/en/00.svg", "/pages/en/00"]
    {
        assert_eq!(get(port, path).status, 404, "{path}");
    }
    let built = preview.line();
    assert_eq!((&built["errors"], &built["languages"][2]["language"]), (&json!(0), &json!("zh")), "{built}");
    let kill = format!("kill -INT {}", preview.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(preview.child.wait().unwrap().code(), Some(0));
}

#[test]
fn pages_and_pdf_are_what_build_makes() {
    let house = House::new();
    let preview = Preview::start(&house, &[]);
    let built = preview.line();
    let words: Vec<&str> = ["build", "green-economy", "--out", "out"].iter().chain(&AT).copied().collect();
    house.done(&words);
    let state = get(preview.port, "/state").json();
    for (index, language) in ["en", "de", "zh"].iter().enumerate() {
        let pdf = get(preview.port, &format!("/{language}/brief.pdf"));
        assert_eq!(pdf.header("content-type"), Some("application/pdf"));
        let name = format!("inline; filename=\"green-economy-{language}.pdf\"");
        assert_eq!(pdf.header("content-disposition"), Some(&*name));
        assert!(pdf.body == fs::read(house.path(&format!("out/green-economy-{language}.pdf"))).unwrap(), "{language}");
        assert_eq!(built["languages"][index]["bytes"], json!(pdf.body.len()));
        let pages = hashes(&state, index);
        assert_eq!(built["languages"][index]["pages"], json!(pages.len()));
        for hash in pages {
            let page = get(preview.port, &format!("/pages/{language}/{hash}.svg"));
            assert_eq!(page.header("content-type"), Some("image/svg+xml; charset=utf-8"));
            assert_eq!(page.header("cache-control"), Some("private, max-age=31536000, immutable"));
            let xml = roxmltree::Document::parse(page.text()).unwrap();
            assert!(xml.descendants().filter(|node| node.has_tag_name("text")).count() > 10);
        }
    }
    // The usual name is that of the language that was last looked at.
    assert!(get(preview.port, "/brief.pdf").body == get(preview.port, "/en/brief.pdf").body);
    drop(Events::of(preview.port, "/events/zh"));
    assert!(get(preview.port, "/brief.pdf").body == get(preview.port, "/zh/brief.pdf").body);
}

#[test]
fn a_save_a_mistake_and_its_mending_are_shown() {
    let house = House::new();
    let preview = Preview::start(&house, &["--language", "de", "--language", "en"]);
    let mut events = Events::of(preview.port, "/events/de");
    let first = events.until(is_built);
    assert_eq!((&first["languages"][0]["name"], &first["languages"][1]["code"]), (&json!("Deutsch"), &json!("en")));
    preview.line();

    // Words: only what they stand on is new, and the language that is looked at comes first.
    house.edit("de.md", "## ", "## Neu gesagt: ");
    let second = events.until(|state| hashes(state, 0) != hashes(&first, 0));
    assert_eq!(second["problems"], json!([]));
    assert_eq!(hashes(&second, 1), hashes(&first, 1));
    let (before, after) = (hashes(&first, 0), hashes(&second, 0));
    assert!(before.iter().any(|hash| after.contains(hash)), "{before:?} {after:?}");
    let line = preview.line();
    assert_eq!((&line["languages"][0]["language"], &line["warnings"]), (&json!("de"), &json!(0)), "{line}");

    // A mistake: the last good pages stay, and are said to be old.
    house.edit("de.md", "## Neu gesagt", "{{ fig(\"vw_bev_chn\", \"2024\") }}\n\n## Neu gesagt");
    let third = events.until(|state| state["problems"] != json!([]));
    assert_eq!((hashes(&third, 0), &third["languages"][0]["stale"]), (after.clone(), &json!(true)));
    let line = preview.line();
    let problem = &line["problems"][0];
    assert_eq!(&third["problems"][0], problem);
    assert_eq!(line["errors"], 1);
    assert_eq!(problem["severity"], "error");
    let place = &problem["place"];
    assert!(place["file"].as_str().unwrap().ends_with("templates/green-economy/de.md"), "{place}");
    let source = place["source"].as_str().unwrap();
    assert_eq!(source, "{{ fig(\"vw_bev_chn\", \"2024\") }}");
    assert!(problem["hints"][0].as_str().unwrap().contains("vw_bev_cn"), "{problem}");
    // The other language is none the worse: the number at its foot names what is asked for, and that is more now.
    let state = get(preview.port, "/state").json();
    assert_eq!((&state["languages"][1]["stale"], hashes(&state, 1).len()), (&json!(false), hashes(&first, 1).len()));

    house.edit("de.md", "{{ fig(\"vw_bev_chn\", \"2024\") }}\n\n", "");
    let fourth = events.until(|state| state["problems"] == json!([]) && state["languages"][0]["stale"] == json!(false));
    assert_eq!(hashes(&fourth, 0), after);
    preview.line();

    // A number without a figure stops `build`, but can be looked at.
    house.edit("de.md", "## Neu gesagt", "Es sind 17 Prozent.\n\n## Neu gesagt");
    let fifth = events.until(|state| state["problems"] != json!([]));
    assert_eq!(fifth["languages"][0]["stale"], false);
    assert_ne!(hashes(&fifth, 0), after);
}

#[test]
fn what_is_broken_at_the_beginning_is_shown_and_can_be_mended() {
    let house = House::new();
    house.change("timezone = ", "timezon = ");
    let preview = Preview::start(&house, &["--language", "en"]);
    let mut events = Events::of(preview.port, "/events");
    let broken = events.until(|state| state["problems"] != json!([]));
    assert!(broken["problems"][0]["hints"].to_string().contains("timezone"), "{broken}");
    assert_eq!(preview.line()["errors"], json!(broken["problems"].as_array().unwrap().len()));
    assert_eq!(get(preview.port, "/brief.pdf").status, 404);
    house.change("timezon = ", "timezone = ");
    let mended = events.until(|state| !hashes(state, 0).is_empty());
    assert_eq!(mended["problems"], json!([]));
    preview.line();

    // The theme and the config are watched too, and the number of pages may change.
    house.edit("theme.toml", "body = 9.3", "body = 12");
    let larger = events.until(|state| hashes(state, 0).len() > hashes(&mended, 0).len());
    assert_eq!(larger["problems"], json!([]));
    preview.line();
    house.change("en = \"Green Economy Brief\"", "en = \"Another Name\"");
    events.until(|state| state["languages"][0]["title"] == json!("Another Name"));
    preview.line();
    // And so are the figures: those that come with the program, then those of a store.
    let before = hashes(&get(preview.port, "/state").json(), 0);
    house.done(&["figures", "import", "--shipped"]);
    let row = "vw_bev_world,2022,2023-01-12,572100,";
    let data = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/observations.csv")).unwrap();
    assert!(data.contains(row));
    house.write("news.csv", &data.replace(row, "vw_bev_world,2022,2023-01-12,591100,"));
    house.done(&["figures", "import", "news.csv", "--replace"]);
    // On a slow machine what the first import made is shown in between.
    let shows = |hash: &String| get(preview.port, &format!("/pages/en/{hash}.svg")).text().contains("591,100");
    let state = events.until(|state| hashes(state, 0).iter().any(shows));
    assert_ne!(hashes(&state, 0), before);
}

#[test]
fn calendars_and_the_files_that_they_name_are_watched() {
    let house = House::new();
    house.write("days.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270104\nEND:VEVENT\nEND:VCALENDAR\n");
    house.write("config/calendars/office.toml", "ics = \"../../days.ics\"\n");
    let preview = Preview::start(&house, &["--language", "en"]);
    let mut events = Events::of(preview.port, "/events");
    let good = events.until(is_built);
    assert_eq!(good["problems"], json!([]));
    // A file that stands elsewhere, then the calendar itself.
    house.write("days.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270230\nEND:VEVENT\nEND:VCALENDAR\n");
    let broken = events.until(|state| state["problems"] != json!([]));
    assert!(broken["problems"][0]["place"]["file"].as_str().unwrap().ends_with("days.ics"), "{broken}");
    house.write("config/calendars/office.toml", "");
    events.until(|state| state["problems"] == json!([]));
    house.write("config/calendars/other.toml", "day = []\n");
    let broken = events.until(|state| state["problems"] != json!([]));
    assert!(broken["problems"][0]["hints"].to_string().contains("did you mean `days`?"), "{broken}");
}

#[test]
fn a_wrong_name_and_a_taken_port_are_refused() {
    let house = House::new();
    let told = house.refused(&["preview", "green-econmy"]);
    assert_eq!(told, "error: there is no brief `green-econmy`\n   = hint: did you mean `green-economy`?\n");
    assert!(house.mistaken(&["preview", "green-economy", "--config", "none.toml"]).contains("none.toml"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = house.refused(&["preview", "green-economy", "--port", &port]);
    assert!(told.starts_with(&format!("error: port {port} of this machine is not available: ")), "{told}");
    assert!(told.contains("without `--port` a free one is used"), "{told}");
}
