//! The archive of editions, the feeds and the plan as readers and their programs meet them. What the pages look like in a
//! browser is in `public_browser`.

use std::time::{Duration, Instant};

use super::{
    House, PATIENCE,
    http::Answer,
    public::{Pages, public_house},
    public_leaving::subscribe,
};

/// A house with an edition that went out to a reader of each language, and its pages.
pub(super) fn with_edition() -> (House, Pages) {
    let house = public_house();
    for (address, language) in [("anna@example.net", "en"), ("bernd@example.net", "de"), ("chen@example.net", "zh")] {
        subscribe(&house, address, language);
    }
    let pages = Pages::start(&house);
    house.done(&["send", "green-economy"]);
    wait_until(&pages, "/green-economy/1/en", 200);
    (house, pages)
}

/// Asks until the answer has this status.
pub(super) fn wait_until(pages: &Pages, path: &str, status: u16) {
    let begun = Instant::now();
    while pages.get(path).status != status {
        assert!(begun.elapsed() < PATIENCE, "{path} is never {status}\n{}", pages.serve.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn unpacked(answer: &Answer) -> String {
    use std::io::Read as _;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*answer.body).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn an_edition_is_found_with_its_files_under_addresses_that_stay() {
    let (house, pages) = with_edition();
    let list = pages.get("/green-economy/archive?lang=de");
    assert!(list.text().contains("<a href=\"/green-economy/1/de\">"), "{}", list.text());
    assert!(list.text().contains("Nr. 1 · ") && list.body.len() < 14_000, "{}", list.text());
    for (code, tag, issue) in [("en", "en", "No. 1"), ("de", "de", "Nr. 1"), ("zh", "zh-Hans", "第1期")] {
        let base = format!("/green-economy/1/{code}");
        let page = pages.ask("GET", &base, "Accept-Language: fr\r\n", "");
        let text = page.text();
        assert_eq!((page.status, page.header("content-language")), (200, Some(tag)));
        assert!(text.contains(issue) && text.len() < 14_000, "{text}");
        for part in [".pdf", ".html", ".csv", ".svg"] {
            assert!(text.contains(&format!("=\"{base}{part}\"")), "{part}\n{text}");
        }
        // Each other language has an address of its own.
        assert!(text.contains("href=\"/green-economy/1/en\" lang=\"en\""), "{text}");
        let pdf = pages.get(&format!("{base}.pdf"));
        assert!(pdf.body.starts_with(b"%PDF-2.0") && pdf.header("content-type") == Some("application/pdf"));
        let written =
            std::fs::read(house.path(&format!("reports/green-economy/1/green-economy-1-{code}.pdf"))).unwrap();
        assert_eq!(pdf.body, written);
        let name = pdf.header("content-disposition").unwrap();
        assert!(
            name.starts_with(&format!("inline; filename=\"green-economy-1-{code}.pdf\"; filename*=UTF-8''")),
            "{name}"
        );
        let csv = pages.get(&format!("{base}.csv"));
        assert!(csv.header("content-type") == Some("text/csv; charset=utf-8") && csv.text().contains("vw_bev_cn"));
        let picture = pages.ask("GET", &format!("{base}.svg"), "Accept-Encoding: gzip\r\n", "");
        assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
        assert_eq!(
            (picture.header("content-encoding"), picture.header("vary")),
            (Some("gzip"), Some("Accept-Encoding"))
        );
        assert!(picture.header("content-security-policy").unwrap().starts_with("default-src 'none'; img-src data:;"));
        let plain = pages.get(&format!("{base}.svg"));
        assert_eq!(unpacked(&picture), plain.text());
        assert_ne!(picture.header("etag"), plain.header("etag"));
        let drawn = roxmltree::Document::parse(plain.text()).unwrap();
        let foreign = ["script", "foreignObject", "style", "animate", "set"];
        assert!(drawn.descendants().all(|node| !foreign.contains(&node.tag_name().name())));
        println!(
            "{code}: pdf {} B, page {} B, picture {} B (packed {} B), text {} B, data {} B",
            pdf.body.len(),
            text.len(),
            plain.body.len(),
            picture.body.len(),
            pages.get(&format!("{base}.html")).body.len(),
            csv.body.len()
        );
    }
    // Without a language: the reader's.
    let led = pages.ask("GET", "/green-economy/1", "Accept-Language: de\r\n", "");
    assert_eq!((led.status, led.header("location")), (302, Some("/green-economy/1/de")));
    for path in [
        "/green-economy/2",
        "/green-economy/2/en",
        "/green-economy/01/en",
        "/green-economy/0/en",
        "/green-economy/1/fr",
        "/green-economy/1/en.exe",
        "/green-economy/1/en.pdf.pdf",
        "/green-economy/1/..%2f..%2fen",
        "/nothing/1/en",
        "/nothing/archive",
        "/nothing/plan.ics",
        "/green-economy/fr.atom",
        "/green-economy/en.rss",
        "/green-economy/99999999999999999999/en",
    ] {
        assert_eq!(pages.get(path).status, 404, "{path}");
    }
    assert!(!pages.serve.log().contains("ERROR"), "{}", pages.serve.log());
}

#[test]
fn who_has_something_already_is_not_sent_it_again() {
    let (_house, pages) = with_edition();
    for path in [
        "/green-economy/archive",
        "/green-economy/1/en",
        "/green-economy/1/en.html",
        "/green-economy/1/en.pdf",
        "/green-economy/1/en.svg",
        "/green-economy/en.atom",
        "/green-economy/en.json",
        "/green-economy/plan.ics",
    ] {
        let first = pages.get(path);
        let mark = first.header("etag").unwrap_or_else(|| panic!("{path}")).to_owned();
        for known in [mark.clone(), format!("W/{mark}"), format!("\"x\", {mark}")] {
            let again = pages.ask("GET", path, &format!("If-None-Match: {known}\r\n"), "");
            assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
            assert_eq!(again.header("etag"), Some(&*mark), "{path}");
        }
        assert_eq!(pages.ask("GET", path, "If-None-Match: \"x\"\r\n", "").status, 200, "{path}");
        let head = pages.ask("HEAD", path, "", "");
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), Some(&*first.body.len().to_string()), "{path}");
        let kept = first.header("cache-control").unwrap();
        let is_file = path.ends_with(".pdf") || path.ends_with(".svg");
        assert_eq!(kept, if is_file { "public, max-age=86400, immutable" } else { "public, max-age=300" }, "{path}");
    }
}

#[test]
fn pages_and_feeds_are_packed_for_who_can_unpack_them() {
    let (house, pages) = with_edition();
    let gzip = "Accept-Encoding: gzip, br\r\n";
    for path in [
        "/green-economy",
        "/green-economy/archive",
        "/green-economy/1/en",
        "/green-economy/1/en.html",
        "/green-economy/1/en.svg",
        "/green-economy/1/en.csv",
        "/green-economy/en.atom",
        "/green-economy/plan.ics",
        "/privacy",
        "/style.css",
        "/text.css",
        "/join.js",
    ] {
        let (plain, packed) = (pages.get(path), pages.ask("GET", path, gzip, ""));
        assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")), "{path}");
        assert!(packed.body.len() < plain.body.len(), "{path}");
        for answer in [&plain, &packed] {
            assert!(answer.header("vary").unwrap().contains("Accept-Encoding"), "{path}");
        }
        // The form has a challenge of its own each time.
        if path != "/green-economy" {
            assert_eq!(unpacked(&packed), plain.text(), "{path}");
            let marks = [&plain, &packed].map(|answer| answer.header("etag").unwrap_or_else(|| panic!("{path}")));
            assert_ne!(marks[0], marks[1], "{path}");
            for (mark, headers) in [(marks[0], ""), (marks[1], gzip)] {
                let again = pages.ask("GET", path, &format!("{headers}If-None-Match: {mark}\r\n"), "");
                assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(mark)), "{path}");
            }
        }
        let head = pages.ask("HEAD", path, gzip, "");
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        println!("{path}: {} B, packed {} B", plain.body.len(), packed.body.len());
    }
    // What fits into a packet as it is stays so, and keeps its mark.
    let short = ["", gzip].map(|headers| pages.ask("GET", "/robots.txt", headers, ""));
    assert_eq!((short[1].header("content-encoding"), short[0].header("etag")), (None, short[1].header("etag")));
    // A PDF is packed inside, and what is one person's is not packed at all.
    let token = super::public_leaving::token_of(&house, "anna@example.net");
    for path in ["/green-economy/1/en.pdf".to_owned(), format!("/u/{token}"), "/nowhere".to_owned()] {
        assert_eq!(pages.ask("GET", &path, gzip, "").header("content-encoding"), None, "{path}");
    }
    assert_eq!(pages.ask("GET", "/imprint", "Accept-Encoding: gzip;q=0\r\n", "").header("content-encoding"), None);
}

/// Nothing has appeared yet: what changed last is the config.
#[test]
fn an_empty_feed_and_the_plan_say_when_the_config_came_into_force() {
    let house = public_house();
    let before = chrono::Utc::now() - chrono::TimeDelta::seconds(1);
    let pages = Pages::start(&house);
    let feed = pages.get("/green-economy/en.atom").text().to_owned();
    let updated = feed.split("<updated>").nth(1).unwrap().split('<').next().unwrap();
    let updated: chrono::DateTime<chrono::Utc> = updated.parse().unwrap();
    assert!(before <= updated && updated <= chrono::Utc::now(), "{updated}");
    assert_eq!(pages.get("/green-economy/en.atom").text(), feed);
    assert!(!pages.get("/green-economy/plan.ics").text().contains("DTSTAMP:1970"));
}

/// The mails of an edition lead to what their reader may change, and to the edition's page, where there is one.
#[test]
fn the_mails_of_an_edition_lead_to_its_page_and_to_what_its_reader_gets() {
    let (house, pages) = with_edition();
    let home = format!("http://localhost:{}", pages.port);
    let mail = |number: u32, to: &str| {
        let folder = house.path("reports/outbox");
        let mails = house.outbox().into_iter();
        let of_edition = mails.filter(|name| name.starts_with(&format!("green-economy.{number}.")));
        let texts = of_edition.map(|name| std::fs::read_to_string(folder.join(name)).unwrap().replace("=\r\n", ""));
        texts.into_iter().find(|text| text.contains(&format!("To: {to}\r\n"))).unwrap()
    };
    for (to, code) in [("anna@example.net", "en"), ("bernd@example.net", "de"), ("chen@example.net", "zh")] {
        let text = mail(1, to);
        let token = super::public_leaving::preferences_token_of(&house, to);
        let change = format!("{home}/p/{token}");
        // In the text, and in the HTML.
        assert_eq!(text.matches(&change).count(), 2, "{text}");
        assert_eq!(text.matches(&format!("{home}/green-economy/1/{code}")).count(), 2, "{text}");
        assert!(!text.contains("tokentobeputin"), "{text}");
        let page = pages.get(&format!("/p/{token}"));
        assert!(page.status == 200 && page.text().contains(&format!("{}…", &to[..1])), "{}", page.text());
    }
    // A brief that is shown to nobody has no such page; its readers still change what they get.
    house.change("public = \"public\" ", "public = \"off\" ");
    wait_until(&pages, "/green-economy", 404);
    house.done(&["send", "green-economy"]);
    let begun = Instant::now();
    while !house.outbox().iter().any(|name| name.starts_with("green-economy.2.")) {
        assert!(begun.elapsed() < PATIENCE, "{}", pages.serve.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let begun = Instant::now();
    while house.objects(&["deliveries", "list", "--edition", "green-economy/2", "--state", "sent"]).len() < 3 {
        assert!(begun.elapsed() < PATIENCE, "{}", pages.serve.log());
    }
    let text = mail(2, "anna@example.net");
    assert!(text.contains(&format!("{home}/p/p")) && !text.contains(&format!("{home}/green-economy")), "{text}");
}

#[test]
fn the_text_of_an_edition_says_what_its_pdf_says() {
    let (_house, pages) = with_edition();
    for code in ["en", "de", "zh"] {
        let answer = pages.get(&format!("/green-economy/1/{code}.html"));
        let text = answer.text();
        // Well formed: the fragment is XML but for what stands around it.
        let article = &text[text.find("<article>").unwrap()..text.find("</article>").unwrap() + "</article>".len()];
        let xml = article.replace("<br>", "<br/>");
        let parsed = roxmltree::Document::parse(&xml).unwrap();
        let named = |name: &str| parsed.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!(named("h1"), 1);
        assert!(named("h2") > 3 && named("table") > 1 && named("figure") > 1 && named("caption") > 1, "{xml}");
        // Each table has heads with a scope, and no row is longer than its head.
        for table in parsed.descendants().filter(|node| node.has_tag_name("table")) {
            assert!(table.descendants().filter(|node| node.has_tag_name("th")).all(|head| head.has_attribute("scope")));
            let cells = |row: roxmltree::Node<'_, '_>| -> usize {
                let wide = |cell: roxmltree::Node<'_, '_>| cell.attribute("colspan").map_or(1, |n| n.parse().unwrap());
                row.children().filter(|cell| cell.is_element()).map(wide).sum()
            };
            let rows: Vec<usize> = table.descendants().filter(|node| node.has_tag_name("tr")).map(cells).collect();
            assert!(rows.iter().all(|row| *row == rows[0]), "{rows:?}");
        }
        // A link inside the page leads somewhere, and each id is there once.
        let ids: Vec<&str> = parsed.descendants().filter_map(|node| node.attribute("id")).collect();
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{ids:?}");
        let links: Vec<&str> = parsed.descendants().filter_map(|node| node.attribute("href")).collect();
        assert!(links.iter().filter(|link| link.starts_with("https://")).count() > 5, "{links:?}");
        for link in links {
            match link.strip_prefix('#') {
                Some(id) => assert!(ids.contains(&id), "{link}"),
                None => assert!(["https://", "http://", "mailto:"].iter().any(|good| link.starts_with(good)), "{link}"),
            }
        }
        let figure = match code {
            "en" => "744,800",
            "de" => "744.800",
            _ => "74.48万",
        };
        assert!(text.contains(figure), "{text}");
        assert!(!text.contains("<script") && !text.contains("style=\""), "{text}");
    }
}

/// As if a person had stopped the edition while its mails went out.
pub(super) fn stop(house: &House) {
    in_store(house, "UPDATE edition SET state = 'stopped'");
}

/// Changes the store past its own doors.
pub(super) fn in_store(house: &House, statement: &'static str) {
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&url).await.unwrap();
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    });
}

#[test]
fn what_is_not_public_or_did_not_go_out_is_not_shown() {
    let (house, pages) = with_edition();
    let paths = [
        "/green-economy/archive",
        "/green-economy/1/en",
        "/green-economy/1/en.pdf",
        "/green-economy/1/en.html",
        "/green-economy/en.atom",
        "/green-economy/en.json",
        "/green-economy/plan.ics",
    ];
    for path in paths {
        let answer = pages.get(path);
        assert_eq!((answer.status, answer.header("x-robots-tag")), (200, None), "{path}");
    }
    house.change("public = \"public\" ", "public = \"link\" ");
    let begun = Instant::now();
    while pages.get(paths[0]).header("x-robots-tag").is_none() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(50));
    }
    for path in paths {
        assert_eq!(pages.get(path).header("x-robots-tag"), Some("noindex"), "{path}");
    }
    stop(&house);
    for path in ["/green-economy/1", "/green-economy/1/en", "/green-economy/1/en.pdf"] {
        let answer = pages.get(path);
        assert_eq!(answer.status, 410, "{path}");
        assert!(answer.text().contains("This edition was withdrawn"), "{}", answer.text());
    }
    assert!(!pages.get("/green-economy/archive").text().contains("/green-economy/1/en"));
    // It has appeared, so that none has is not said.
    for (code, words) in [
        ("en", "No edition is available at the moment."),
        ("de", "Zurzeit ist keine Ausgabe abrufbar."),
        ("zh", "目前没有可查看的期数。"),
    ] {
        let list = pages.get(&format!("/green-economy/archive?lang={code}"));
        assert!(list.text().contains(words), "{}", list.text());
    }
    assert!(!pages.get("/green-economy/en.atom").text().contains("<entry>"));
    house.change("public = \"link\" ", "public = \"off\" ");
    wait_until(&pages, "/green-economy", 404);
    for path in paths {
        assert_eq!(pages.get(path).status, 404, "{path}");
    }
}

#[test]
fn the_feeds_are_what_their_standards_ask() {
    let (_house, pages) = with_edition();
    let home = format!("http://localhost:{}/green-economy", pages.port);
    let mut ids = Vec::new();
    for (code, tag) in [("en", "en"), ("de", "de"), ("zh", "zh-Hans")] {
        let atom = pages.get(&format!("/green-economy/{code}.atom"));
        assert_eq!(atom.header("content-type"), Some("application/atom+xml; charset=utf-8"));
        let feed = roxmltree::Document::parse(atom.text()).unwrap();
        let root = feed.root_element();
        assert_eq!(root.tag_name().namespace(), Some("http://www.w3.org/2005/Atom"));
        assert_eq!(root.attribute(("http://www.w3.org/XML/1998/namespace", "lang")), Some(tag));
        let one = |node: roxmltree::Node<'_, '_>, name: &str| -> String {
            let found: Vec<_> =
                node.children().filter(|child| child.has_tag_name(("http://www.w3.org/2005/Atom", name))).collect();
            assert_eq!(found.len(), 1, "{name}\n{}", atom.text());
            found[0].text().unwrap_or_default().to_owned()
        };
        let links = |node: roxmltree::Node<'_, '_>| -> Vec<(String, String)> {
            let links = node.children().filter(|child| child.tag_name().name() == "link");
            links
                .map(|link| (link.attribute("rel").unwrap().to_owned(), link.attribute("href").unwrap().to_owned()))
                .collect()
        };
        assert!(links(root).contains(&("self".to_owned(), format!("{home}/{code}.atom"))));
        let entry = root.children().find(|child| child.tag_name().name() == "entry").unwrap();
        for (node, names) in [
            (root, &["id", "title", "updated", "author"][..]),
            (entry, &["id", "title", "updated", "published", "summary"]),
        ] {
            for name in names {
                assert!(!one(node, name).is_empty() || *name == "author", "{name}");
            }
            assert!(one(node, "updated").parse::<chrono::DateTime<chrono::Utc>>().is_ok());
            ids.push(one(node, "id"));
        }
        assert_eq!(one(root, "updated"), one(entry, "updated"));
        assert_eq!(
            links(entry),
            [
                ("alternate".to_owned(), format!("{home}/1/{code}")),
                ("enclosure".to_owned(), format!("{home}/1/{code}.pdf"))
            ]
        );
        let json = pages.get(&format!("/green-economy/{code}.json")).json();
        assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
        assert_eq!(
            (json["feed_url"].as_str(), json["language"].as_str()),
            (Some(&*format!("{home}/{code}.json")), Some(tag))
        );
        let item = &json["items"][0];
        assert_eq!(item["id"].as_str(), Some(&*one(entry, "id")));
        let pdf = pages.get(&format!("/green-economy/1/{code}.pdf"));
        assert_eq!(item["attachments"][0]["size_in_bytes"], pdf.body.len());
        assert!(!item["content_text"].as_str().unwrap().is_empty());
        // The page leads to both.
        let page = pages.get(&format!("/green-economy/archive?lang={code}"));
        for kind in ["application/atom+xml", "application/feed+json"] {
            assert!(page.text().contains(&format!("<link rel=\"alternate\" type=\"{kind}\"")), "{}", page.text());
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")));
}

/// Every second day: a Sunday's slot moves to Monday, a Saturday's falls on one that is there already. The calendar says of
/// each what `plan` says.
#[test]
fn the_plan_is_a_calendar_that_says_what_the_command_says() {
    let house = public_house();
    house.change("cron = \"0 7 * * Mon\"", "cron = \"0 7 */2 * *\"");
    house.change("# calendar = \"DE-BW\" ", "calendar = \"DE-BW\" #");
    house.change("# on_holiday = \"run\" ", "on_holiday = \"next-workday\" #");
    let pages = Pages::start(&house);
    let path = "/green-economy/plan.ics?lang=de";
    let answer = pages.get(path);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/calendar; charset=utf-8")));
    let text = answer.text().replace("\r\n ", "");
    let limit = chrono::Utc::now() + chrono::TimeDelta::days(89);
    let mut statuses = std::collections::BTreeSet::new();
    for planned in house.objects(&["plan", "--next", "100"]) {
        let time = |key: &str| planned[key].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        if time("due_utc") > limit {
            break;
        }
        let slot = time("slot_utc").format("%Y%m%dT%H%M%SZ");
        let uid = format!("UID:green-economy.weekly.{slot}@localhost.{}\r\n", pages.port);
        let events: Vec<&str> = text.split("BEGIN:VEVENT\r\n").filter(|event| event.contains(&uid)).collect();
        assert_eq!(events.len(), 1, "{uid}\n{text}");
        let start = format!("DTSTART:{}\r\n", time("due_utc").format("%Y%m%dT%H%M%SZ"));
        assert!(events[0].contains(&start), "{}", events[0]);
        let status = match (planned["runs"] == true, planned["uncertain"] == true) {
            (false, _) => "CANCELLED",
            (true, true) => "TENTATIVE",
            (true, false) => "CONFIRMED",
        };
        assert!(events[0].contains(&format!("STATUS:{status}\r\n")), "{planned}\n{}", events[0]);
        assert!(events[0].contains("SUMMARY;LANGUAGE=de:Grüne Wirtschaft\r\n"), "{}", events[0]);
        let moved = planned["note"].as_str().unwrap().contains("moved from");
        assert_eq!(events[0].contains("Verschoben vom "), moved, "{planned}\n{}", events[0]);
        statuses.insert((status, moved));
    }
    assert!(statuses.contains(&("CONFIRMED", false)), "{statuses:?}");
    assert!(statuses.iter().any(|(_, moved)| *moved), "{statuses:?}");
    assert!(statuses.iter().any(|(status, _)| *status == "CANCELLED"), "{statuses:?}");
    assert!(text.lines().filter(|line| line.starts_with("SEQUENCE:")).all(|line| line == "SEQUENCE:1"), "{text}");
    // As long as nothing changes, neither does it. The first event passes at seven.
    assert_eq!(pages.get(path).text().lines().last(), answer.text().lines().last());
    // A pause leaves it open whether they appear, and does not say whose it is.
    house.done(&["schedules", "pause", "weekly", "--as", "Anna"]);
    let paused = pages.get(path).text().replace("\r\n ", "");
    assert!(!paused.contains("STATUS:CONFIRMED") && paused.contains("STATUS:TENTATIVE"), "{paused}");
    assert!(paused.contains("Zurzeit ausgesetzt") && !paused.contains("Anna"), "{paused}");
}

/// An edition that was made before there was an archive has its PDF, and the page says so.
#[test]
fn an_edition_from_before_the_archive_has_its_pdf() {
    let (house, pages) = with_edition();
    in_store(&house, "DELETE FROM edition_page");
    let page = pages.get("/green-economy/1/de");
    assert!(page.text().contains("Von dieser Ausgabe gibt es nur das PDF"), "{}", page.text());
    assert!(page.text().contains("Nr. 1 · ") && !page.text().contains(".csv\""), "{}", page.text());
    for (ending, status) in [("pdf", 200), ("html", 404), ("csv", 404), ("svg", 404)] {
        assert_eq!(pages.get(&format!("/green-economy/1/de.{ending}")).status, status, "{ending}");
    }
    assert!(pages.get("/green-economy/de.atom").text().contains("<entry>"));
    assert!(!pages.serve.log().contains("ERROR"), "{}", pages.serve.log());
}
