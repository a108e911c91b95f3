//! Headless Chromium, driven as the WebDriver standard says, and the preview in it: what a save, a mistake and its mending look
//! like in the page itself. The pages for readers are in `public_browser`.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Instant,
};

use serde_json::{Value, json};

use super::{House, PATIENCE, http::ask, preview::Preview};

/// A browser, driven as the WebDriver standard says; ended with the test.
pub(super) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// Which fonts there are; read when the browser starts
    _fonts: tempfile::NamedTempFile,
}

impl Browser {
    pub fn start() -> Browser {
        // The fonts of the brief beside those of the system, of which few have Chinese.
        let fonts = tempfile::NamedTempFile::new().unwrap();
        let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/fonts");
        let known = format!(
            "<fontconfig><include ignore_missing=\"yes\">/etc/fonts/fonts.conf</include><dir>{ours}</dir></fontconfig>"
        );
        std::fs::write(fonts.path(), known).unwrap();
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").env("FONTCONFIG_FILE", fonts.path()).stdout(Stdio::piped());
        let mut driver = driver.spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        let mut browser = Browser { driver, port, session: String::new(), _fonts: fonts };
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": ["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1000,900"],
            },
            // Certificates of tests come from nobody whom it knows.
            "acceptInsecureCerts": true,
            // 30 seconds are not enough to look through a whole edition while all other tests run. Below what `ask` waits.
            "timeouts": { "script": (PATIENCE - PATIENCE / 10).as_millis() },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let made = browser.call("POST", "", &json!({ "capabilities": { "alwaysMatch": capabilities } }));
        browser.session = format!("/{}", made["sessionId"].as_str().unwrap());
        browser
    }

    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = ask(self.port, method, &format!("/session{}{path}", self.session), &body.to_string());
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()["value"].clone()
    }

    pub fn open(&self, url: &str) {
        self.call("POST", "/url", &json!({ "url": url }));
    }

    /// What a script gives back.
    pub fn run(&self, script: &str) -> Value {
        self.call("POST", "/execute/sync", &json!({ "script": format!("return {script}"), "args": [] }))
    }

    /// Waits until that is true.
    pub fn wait(&self, script: &str) {
        let begun = Instant::now();
        while self.run(script) != json!(true) {
            assert!(begun.elapsed() < PATIENCE, "never: {script}\n{}", self.run("document.body.innerText"));
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.call("DELETE", "", &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Is every page shown as it is now?
const ALL_SHOWN: &str = "[...document.querySelectorAll('figure')].every(f => f.dataset.shown === f.dataset.wanted)";

/// Is what is shown the page that the server has, however it came about?
const AS_SERVED: &str = "Promise.all([...document.querySelectorAll('figure')].map(async (f) => {\
    const answer = await fetch(`/pages/${f.dataset.language}/${f.dataset.shown}.svg`);\
    const served = new DOMParser().parseFromString(await answer.text(), 'image/svg+xml').documentElement;\
    return served.isEqualNode(f.querySelector('svg'));\
})).then((all) => all.length > 1 && all.every(Boolean))";

#[test]
fn a_save_is_seen_and_a_mistake_is_shown_with_its_place_until_it_is_mended() {
    let house = House::new();
    let preview = Preview::start(&house, &["--language", "en", "--language", "zh"]);
    let browser = Browser::start();
    browser.open(&format!("http://127.0.0.1:{}/", preview.port));
    browser.wait("document.querySelectorAll('figure svg text').length > 100");
    browser.wait(ALL_SHOWN);
    let count = "document.querySelectorAll('figure svg').length";
    assert_eq!(browser.run(count), browser.run("document.querySelectorAll('figure').length"));
    assert!(browser.run("document.title").as_str().unwrap().starts_with("Green Economy Brief"));
    assert!(browser.run("document.getElementById('status').textContent").as_str().unwrap().starts_with("Built in "));

    // A save: the new words are in the page, and the reader is where they were.
    browser.run("(scrollTo(0, 700), window.stays = document.querySelector('figure:last-of-type svg'), true)");
    browser.run("(window.kept = document.querySelector('figure svg > g > g'), true)");
    house.edit("en.md", "## ", "A sentence that nobody wrote before.\n\n## ");
    let words = "document.getElementById('pages').textContent.includes('A sentence that nobody wrote before.')";
    browser.wait(words);
    browser.wait(ALL_SHOWN);
    assert_eq!(browser.run("Math.round(scrollY)"), 700);
    assert_eq!(browser.run("document.getElementById('problems').hidden"), true);
    // What stays the same was left alone, and what is shown is the page as the server has it.
    assert_eq!(browser.run("window.kept.isConnected"), true);
    assert_eq!(browser.run(AS_SERVED), true);

    // A mistake: its line, with the caret under the word, and the last good pages, marked as such.
    house.edit("en.md", "A sentence that nobody wrote before.", "Then {{ fig(\"vw_bev_chn\", \"2024\") }} came.");
    browser.wait("!document.getElementById('problems').hidden");
    let problem = browser.run("document.querySelector('#list li').innerText");
    let problem = problem.as_str().unwrap();
    assert!(problem.starts_with("error ") && problem.contains("templates/green-economy/en.md:"), "{problem}");
    assert!(problem.contains("did you mean vw_bev_cn?"), "{problem}");
    assert!(problem.contains("Then {{ fig(\"vw_bev_chn\", \"2024\") }} came."), "{problem}");
    let caret = "(([a, b]) => Math.abs(a.left - b.left) < 1 && Math.abs(a.width - b.width) < 1 && b.top > a.top)\
                 ([...document.querySelectorAll('#list mark, #list .caret')].map(e => e.getBoundingClientRect()))";
    assert_eq!(browser.run(caret), true, "{problem}");
    assert_eq!(browser.run(words), true);
    assert_eq!(browser.run("getComputedStyle(document.querySelector('figure svg')).opacity < 1 || document.body.classList.contains('stale')"), true);
    let status = browser.run("document.getElementById('status').textContent");
    assert!(status.as_str().unwrap().starts_with("These are the last good pages, from "), "{status}");
    let told = browser.run("document.getElementById('announcement').textContent");
    assert!(told.as_str().unwrap().starts_with("1 error: "), "{told}");
    assert_eq!(browser.run("document.querySelectorAll('#languages .dot').length"), 1);
    assert_eq!(browser.run("Math.round(scrollY)"), 700);

    // Mended.
    house.edit("en.md", "Then {{ fig(\"vw_bev_chn\", \"2024\") }} came.", "All is well again.");
    browser.wait("document.getElementById('problems').hidden");
    browser.wait("document.getElementById('pages').textContent.includes('All is well again.')");
    assert_eq!(browser.run("document.body.classList.contains('stale')"), false);
    assert_eq!(browser.run(words), false);
    browser.wait(ALL_SHOWN);
    assert_eq!(browser.run(AS_SERVED), true);

    // Another language.
    browser.run("document.querySelector('#languages [lang=zh-Hans]').click()");
    browser.wait("document.title.startsWith('绿色经济简报')");
    browser.wait("document.querySelector('figure').dataset.language === 'zh'");
    browser.wait(ALL_SHOWN);
    assert_eq!(browser.run("document.querySelector('figure').lang"), "zh-Hans");
    let path = browser.run("new URL(document.getElementById('pdf').href).pathname");
    assert_eq!(path, "/zh/brief.pdf");
    // The browser had nothing to complain of: no script or style was refused, nothing was asked for in vain.
    let log = browser.call("POST", "/se/log", &json!({ "type": "browser" }));
    assert_eq!(log, json!([]));
}

#[test]
fn the_mail_is_shown_as_an_inbox_and_as_mail_programs_show_it() {
    let house = House::new();
    let preview = Preview::start(&house, &["--language", "de"]);
    let browser = Browser::start();
    browser.open(&format!("http://127.0.0.1:{}/", preview.port));
    browser.wait("!document.getElementById('mail').hidden");
    let inbox = browser.run("document.getElementById('inbox').innerText");
    let inbox = inbox.as_str().unwrap();
    assert!(inbox.contains("Green Economy Brief") && inbox.contains("Grüne Wirtschaft: Volkswagens"), "{inbox}");
    assert!(inbox.contains("In Europa stiegen 2025"), "{inbox}");
    let text = browser.run("document.getElementById('mail-text').textContent");
    assert!(text.as_str().unwrap().contains("Guten Tag,\n"), "{text}");

    // Four frames: wide and narrow, light and dark, each as high as what is in it, with its picture.
    let frames = "[...document.querySelectorAll('#mail-frames iframe')]";
    browser.run(&format!("({frames}.forEach(frame => frame.loading = 'eager'), true)"));
    browser.wait(&format!(
        "{frames}.length === 4 && {frames}.every(frame => frame.dataset.loaded === frame.getAttribute('src'))"
    ));
    assert_eq!(browser.run(&format!("{frames}.map(frame => frame.width)")), json!(["600", "360", "600", "360"]));
    let of_each =
        |script: &str| browser.run(&format!("{frames}.map(frame => (page => {script})(frame.contentDocument))"));
    assert_eq!(of_each("page.querySelector('img').naturalWidth"), json!([960, 960, 960, 960]));
    let ground = "frame.contentWindow.getComputedStyle(page.querySelector('td.sheet')).backgroundColor";
    let [light, dark] = ["rgb(255, 255, 255)", "rgb(27, 33, 39)"];
    let grounds = browser.run(&format!("{frames}.map(frame => (page => {ground})(frame.contentDocument))"));
    assert_eq!(grounds, json!([light, light, dark, dark]));
    // Nothing is wider than its frame.
    assert_eq!(of_each("page.documentElement.scrollWidth"), json!([600, 360, 600, 360]));
    let high = browser.run(&format!("{frames}.every(frame => frame.height > 500 && frame.height == frame.contentDocument.documentElement.scrollHeight)"));
    assert_eq!(high, true);

    // A save is seen in it.
    house.edit("mail.de.md", "Guten Tag,", "Liebe Leserin, lieber Leser,");
    browser.wait("document.getElementById('mail-text').textContent.includes('Liebe Leserin, lieber Leser,')");
    browser.wait(&format!("{frames}.every(frame => frame.contentDocument.body?.innerText.includes('Liebe Leserin'))"));
    let log = browser.call("POST", "/se/log", &json!({ "type": "browser" }));
    let refused: Vec<&Value> = log.as_array().unwrap().iter().filter(|line| line["level"] == json!("SEVERE")).collect();
    assert!(refused.is_empty(), "{refused:?}");
}
