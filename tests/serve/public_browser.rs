//! The pages for readers in headless Chromium: every page and state in three languages, on a telephone and a desk, light and
//! dark, without a violation that axe-core finds (WCAG 2.2 AA), and by keyboard alone. With `GREENBRIEF_PAGES` they are
//! pictures to look at.

use std::{fs, path::PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    public::{Pages, public_house},
    public_archive::{stop, with_edition},
    public_joining::link,
    public_leaving::{active, preferences_token_of, subscribe, token_of},
};

/// A page at one width and in one scheme of colours.
#[derive(Clone, Copy)]
struct Look {
    width: u32,
    scheme: &'static str,
}

const LOOKS: [Look; 4] = [
    Look { width: 320, scheme: "light" },
    Look { width: 320, scheme: "dark" },
    Look { width: 1280, scheme: "light" },
    Look { width: 1280, scheme: "dark" },
];

impl Browser {
    fn command(&self, name: &str, parameters: Value) -> Value {
        self.call("POST", "/goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    fn look(&self, look: Look) {
        let (height, mobile) = (if look.width < 600 { 640 } else { 800 }, look.width < 600);
        self.command(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": look.width, "height": height, "deviceScaleFactor": 1, "mobile": mobile }),
        );
        let scheme = json!([{ "name": "prefers-color-scheme", "value": look.scheme }]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": scheme }));
    }

    /// Presses a key, as WebDriver names it.
    fn press(&self, key: &str) {
        let actions: Vec<Value> =
            ["keyDown", "keyUp"].iter().map(|kind| json!({ "type": kind, "value": key })).collect();
        let keys = json!([{ "type": "key", "id": "keyboard", "actions": actions }]);
        self.call("POST", "/actions", &json!({ "actions": keys }));
    }
}

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// Looks at the page that is open in every way; `name` is that of its pictures.
fn examine(browser: &Browser, axe: &str, name: &str) {
    for look in LOOKS {
        browser.look(look);
        let place = format!("{name} at {} px, {}", look.width, look.scheme);
        let widest = browser.run("document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(widest <= u64::from(look.width), "{place}: scrolls sideways to {widest} px");
        let broken = browser.run(
            "[...document.querySelectorAll('.tiles strong, .issue span')].filter((e) => e.getClientRects().length > 1)\
             .map((e) => e.innerText)",
        );
        assert_eq!(broken, json!([]), "{place}: breaks in the middle");
        if browser.run("typeof axe") == json!("undefined") {
            browser.call("POST", "/execute/sync", &json!({ "script": axe, "args": [] }));
        }
        // The other scheme has the same elements in other colours.
        let (rules, least) = match look.scheme {
            "dark" => ("{ type: 'rule', values: ['color-contrast'] }", 1),
            _ => ("['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']", 11),
        };
        let found = browser.run(&format!(
            "axe.run({{ runOnly: {rules} }}).then((r) => ({{ passes: r.passes.length, violations: r.violations.map((v) => \
             v.id + ': ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary).join('; ')) }}))"
        ));
        assert_eq!(found["violations"], json!([]), "{place}");
        assert!(found["passes"].as_u64().unwrap() >= least, "{place}: {found}");
        if let Some(folder) = std::env::var_os("GREENBRIEF_PAGES").map(PathBuf::from) {
            fs::create_dir_all(&folder).unwrap();
            let whole = json!({ "format": "png", "captureBeyondViewport": true });
            let picture = browser.command("Page.captureScreenshot", whole)["data"].as_str().unwrap().to_owned();
            let file = format!("public-{name}-{}-{}.png", look.width, look.scheme);
            fs::write(folder.join(file), BASE64_STANDARD.decode(picture).unwrap()).unwrap();
        }
    }
}

#[test]
fn every_page_and_state_is_accessible_in_every_language_at_every_width() {
    let axe = std::env::var("GREENBRIEF_TEST_AXE").expect("`scripts/test` installs axe-core and sets this");
    let axe = fs::read_to_string(axe).unwrap();
    let house = public_house();
    subscribe(&house, "anna.berger@example.net", "en");
    let pages = Pages::start(&house);
    let url = format!("http://localhost:{}", pages.port);
    let token = token_of(&house, "anna.berger@example.net");
    let preferences = preferences_token_of(&house, "anna.berger@example.net");
    let browser = Browser::start();
    for language in ["en", "de", "zh"] {
        for (name, path) in [
            ("list", "/".to_owned()),
            ("imprint", "/imprint".to_owned()),
            ("privacy", "/privacy".to_owned()),
            ("nowhere", "/nowhere".to_owned()),
            ("leave", format!("/u/{token}")),
            ("join", "/green-economy".to_owned()),
            ("away", "/leave/green-economy".to_owned()),
            ("preferences", format!("/p/{preferences}")),
        ] {
            browser.open(&format!("{url}{path}?lang={language}"));
            examine(&browser, &axe, &format!("{name}-{language}"));
        }
    }
    for (number, language) in ["en", "de", "zh"].into_iter().enumerate() {
        // A form with a mistake, then a good one: the script does its work.
        browser.open(&format!("{url}/green-economy?lang={language}"));
        let fill = |address: &str| {
            let form = "document.getElementById('join')";
            browser.run(&format!(
                "(() => {{ {form}.noValidate = true; {form}.elements.address.value = '{address}'; {form}.requestSubmit(); return true; }})()"
            ));
        };
        fill("reader");
        browser.wait("document.querySelector('.wrong') !== null");
        examine(&browser, &axe, &format!("join-wrong-{language}"));
        let address = format!("reader{number}@example.net");
        fill(&address);
        browser.wait("document.querySelector('.done') !== null");
        examine(&browser, &axe, &format!("joined-{language}"));
        let confirm = link(&house, &pages, &address, "/c/");
        browser.open(&format!("{url}{confirm}?lang={language}"));
        examine(&browser, &axe, &format!("confirm-{language}"));
        browser.run("(document.querySelector('main button').click(), true)");
        browser.wait("document.querySelector('.done') !== null");
        examine(&browser, &axe, &format!("confirmed-{language}"));
        browser.open(&format!("{url}/leave/green-economy?lang={language}"));
        browser.run("(document.getElementById('address').value = 'nobody@example.net', document.querySelector('main button').click(), true)");
        browser.wait("document.querySelector('.done') !== null");
        examine(&browser, &axe, &format!("away-sent-{language}"));
        browser.open(&format!("{url}/p/{preferences}?lang={language}"));
        browser.run("(document.querySelector('main button').click(), true)");
        browser.wait("document.querySelector('.done') !== null");
        examine(&browser, &axe, &format!("preferences-saved-{language}"));
    }
    for (number, language) in ["en", "de", "zh"].into_iter().enumerate() {
        browser.open(&format!("{url}/u/{token}?lang={language}"));
        // The first leaves now, the others have left already.
        if number == 0 {
            browser.run("(document.querySelector('main button').click(), true)");
        }
        browser.wait("document.querySelector('.done') !== null");
        examine(&browser, &axe, &format!("{}-{language}", if number == 0 { "left" } else { "left-before" }));
    }
    assert_eq!(active(&house), 3);
    // The browser had nothing to complain of: no style, script or form was refused.
    let log = browser.call("POST", "/se/log", &json!({ "type": "browser" }));
    // That a page is not there, or a form is wrong, was meant so.
    let complaints: Vec<&Value> =
        log.as_array().unwrap().iter().filter(|entry| entry["source"] != json!("network")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn the_archive_is_accessible_in_every_language_at_every_width() {
    let axe = std::env::var("GREENBRIEF_TEST_AXE").expect("`scripts/test` installs axe-core and sets this");
    let axe = fs::read_to_string(axe).unwrap();
    let (house, pages) = with_edition();
    let url = format!("http://localhost:{}/green-economy", pages.port);
    let browser = Browser::start();
    for language in ["en", "de", "zh"] {
        browser.open(&format!("{url}/archive?lang={language}"));
        examine(&browser, &axe, &format!("archive-{language}"));
        browser.open(&format!("{url}/1/{language}"));
        browser.wait("document.querySelector('img').complete");
        let picture = browser.run("document.querySelector('img').naturalWidth > 500");
        assert_eq!(picture, json!(true), "the picture is not shown");
        examine(&browser, &axe, &format!("edition-{language}"));
        browser.open(&format!("{url}/1/{language}.html"));
        examine(&browser, &axe, &format!("edition-text-{language}"));
        browser.run("(document.querySelectorAll('details').forEach((d) => d.open = true), true)");
        examine(&browser, &axe, &format!("edition-text-open-{language}"));
    }
    stop(&house);
    // What a browser has seen it may show again for a while.
    browser.command("Network.clearBrowserCache", json!({}));
    for language in ["en", "de", "zh"] {
        browser.open(&format!("{url}/1/{language}?lang={language}"));
        examine(&browser, &axe, &format!("withdrawn-{language}"));
        browser.open(&format!("{url}/archive?lang={language}"));
        examine(&browser, &axe, &format!("archive-empty-{language}"));
    }
    let log = browser.call("POST", "/se/log", &json!({ "type": "browser" }));
    let complaints: Vec<&Value> =
        log.as_array().unwrap().iter().filter(|entry| entry["source"] != json!("network")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn a_reader_leaves_by_keyboard_alone() {
    let house = public_house();
    subscribe(&house, "anna.berger@example.net", "de");
    let pages = Pages::start(&house);
    let token = token_of(&house, "anna.berger@example.net");
    let browser = Browser::start();
    browser.open(&format!("http://localhost:{}/u/{token}", pages.port));
    let focused = || browser.run("document.activeElement.innerText").as_str().unwrap().trim().to_owned();
    let mut order = Vec::new();
    while order.last().is_none_or(|last: &String| !last.contains("abbestellen")) {
        browser.press(TAB);
        let visible = browser.run(
            "(() => { const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e); \
             return s.outlineStyle !== 'none' && b.height >= 24 && b.top >= 0; })()",
        );
        assert_eq!(visible, json!(true), "{} is not seen when it has the focus", focused());
        order.push(focused());
        assert!(order.len() < 12, "{order:?}");
    }
    assert_eq!(
        order,
        ["Zum Inhalt springen", "greenbrief", "English", "Deutsch", "中文", "„Grüne Wirtschaft“ abbestellen"]
    );
    browser.press(ENTER);
    browser.wait("document.querySelector('.done') !== null");
    let said = browser.run("document.querySelector('main').innerText");
    assert!(
        said.as_str().unwrap().contains("Wir schicken „Grüne Wirtschaft“ nicht mehr an a…\u{2060}@example.net."),
        "{said}"
    );
    assert_eq!(active(&house), 0);
}

/// Tabs through the page that is open: each control is reached, in the order of the page, and seen when it has the focus.
fn tab_through(browser: &Browser, place: &str) {
    let wanted = browser.run(
        "(() => { const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select')]\
         .filter((e) => e.tabIndex >= 0 && !(e.type === 'radio' && !e.checked)); \
         all.forEach((e, n) => { e.dataset.stop = n; }); document.activeElement.blur(); window.scrollTo(0, 0); \
         return all.length; })()",
    );
    let wanted = wanted.as_u64().unwrap();
    assert!(wanted >= 6, "{place}: {wanted} controls");
    for number in 0..wanted {
        browser.press(TAB);
        let seen = browser.run(
            "(() => { const e = document.activeElement, s = getComputedStyle(e); \
             const r = e.getClientRects()[0], top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2); \
             return { stop: e.dataset.stop, ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, \
             free: top === e || e.contains(top), what: e.outerHTML.slice(0, 120) }; })()",
        );
        assert_eq!(seen["stop"], json!(number.to_string()), "{place}: {seen}");
        assert!(seen["ring"] == true && seen["free"] == true, "{place}: {seen}");
    }
}

#[test]
fn every_control_of_every_page_is_reached_by_keyboard_and_seen() {
    let house = public_house();
    // A second brief, so that all forms are there.
    let brief = fs::read_to_string(house.path("config/briefs/green-economy.toml")).unwrap();
    house.write("config/briefs/hydrogen.toml", &brief.replace("Grüne Wirtschaft", "Wasserstoffwirtschaft"));
    house.done(&["subscribers", "add", "anna@example.net", "--brief", "green-economy", "--language", "de"]);
    let pages = Pages::start(&house);
    let token = token_of(&house, "anna@example.net");
    let preferences = preferences_token_of(&house, "anna@example.net");
    let browser = Browser::start();
    for look in [LOOKS[0], LOOKS[3]] {
        browser.look(look);
        for language in ["en", "de", "zh"] {
            for path in [
                "/".to_owned(),
                "/imprint".to_owned(),
                "/privacy".to_owned(),
                "/nowhere".to_owned(),
                "/green-economy".to_owned(),
                "/leave/green-economy".to_owned(),
                format!("/u/{token}"),
                format!("/p/{preferences}"),
            ] {
                browser.open(&format!("http://localhost:{}{path}?lang={language}", pages.port));
                tab_through(&browser, &format!("{path} in {language} at {} px", look.width));
            }
        }
    }
}
