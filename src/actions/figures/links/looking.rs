//! How a link is looked at: politely. One request at a time goes to a host, with a pause between two; what its `robots.txt` forbids
//! is not asked for, and a host that says "too many requests" is left alone.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Mutex, OnceCell},
    time::{Instant, sleep_until},
};
use url::{Position, Url};

use crate::{
    base::web_request::{Answer, Method, RequestError, WebClient},
    figures::links::{LinkResult, Look, MAX_ROBOTS, Robots},
};

/// The name by which a `robots.txt` may speak of this program.
pub(super) const PRODUCT: &str = "greenbrief";
/// Maximum number of redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// Maximum number of bytes of a text that the server chose.
const MAX_TEXT: usize = 2000;

/// Looks at links.
pub(super) struct Looker {
    client: WebClient,
    /// Pause between two requests to a host
    pause: Duration,
    /// When a host may be asked again; who holds it is asking
    turns: Mutex<HashMap<String, Arc<Mutex<Option<Instant>>>>>,
    /// What servers ask of programs, by the beginning of their addresses
    robots: Mutex<HashMap<String, Arc<OnceCell<Arc<Permission>>>>>,
    /// Hosts that are left alone
    left_alone: Mutex<HashSet<String>>,
    /// Whether any server has answered
    has_answer: AtomicBool,
    /// Whether any could not be reached
    has_failure: AtomicBool,
}

/// What a server allows.
enum Permission {
    /// What its `robots.txt` says
    Robots(Robots),
    /// Nothing: its `robots.txt` may not be read at the moment
    Nothing(String),
    /// There is no server to ask
    NoServer(String),
}

impl Looker {
    pub fn new(client: WebClient, pause: Duration) -> Looker {
        let (turns, robots, left_alone) = Default::default();
        let (has_answer, has_failure) = Default::default();
        Looker { client, pause, turns, robots, left_alone, has_answer, has_failure }
    }

    /// Whether servers could not be reached so far, and none has answered: then it may be this machine that is cut off.
    pub fn may_be_cut_off(&self) -> bool {
        self.has_failure.load(Ordering::SeqCst) && !self.has_answer.load(Ordering::SeqCst)
    }

    /// Looks at a link; `None` if its host is left alone.
    pub async fn look(&self, address: &str) -> Option<Look> {
        let Ok(mut url) = Url::parse(address) else { return Some(failed(RequestError::Url.to_string())) };
        if self.left_alone.lock().await.contains(host_of(&url)) {
            return None;
        }
        let (mut is_for_good, mut moved_to) = (true, None);
        for _ in 0..=MAX_REDIRECTS {
            let answer = match self.ask_with_permission(&url).await {
                Ok(answer) => answer,
                Err(look) => return Some(look),
            };
            let Some(location) = answer.location.filter(|_| (300..400).contains(&answer.status)) else {
                return Some(judged(answer.status, moved_to));
            };
            let Ok(target) = url.join(&location) else {
                return Some(failed(format!("it leads to `{}`, which is not a web address", shortened(&location))));
            };
            is_for_good &= matches!(answer.status, 301 | 308);
            url = target;
            if is_for_good {
                moved_to = Some(shortened(url.as_str()));
            }
        }
        Some(failed(format!("it leads on more than {MAX_REDIRECTS} times")))
    }

    /// Asks whether a page is there, if that is allowed. What HEAD does not get is asked for by GET: not every server knows HEAD.
    async fn ask_with_permission(&self, url: &Url) -> Result<Answer, Look> {
        match &*self.permission(url).await {
            Permission::Robots(robots) if robots.allows(&url[Position::BeforePath..Position::AfterQuery]) => {}
            Permission::Robots(_) => return Err(refused("its robots.txt forbids to look".to_owned())),
            Permission::Nothing(why) => return Err(refused(why.clone())),
            Permission::NoServer(why) => return Err(failed(why.clone())),
        }
        let by_head = self.request(Method::HEAD, url, 0).await;
        let is_answer = match &by_head {
            Ok(answer) => answer.status < 400 || matches!(answer.status, 401 | 429),
            Err(error) => !matches!(error, RequestError::Answer),
        };
        let answer = if is_answer { by_head } else { self.request(Method::GET, url, 0).await };
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        if answer.status == 429 {
            self.left_alone.lock().await.insert(host_of(url).to_owned());
        }
        Ok(answer)
    }

    /// What the server of a page allows: it is asked once.
    async fn permission(&self, url: &Url) -> Arc<Permission> {
        let server = url[..Position::BeforePath].to_owned();
        let cell = entry(&self.robots, server).await;
        Arc::clone(cell.get_or_init(|| async { Arc::new(self.read_robots(url).await) }).await)
    }

    /// Reads the `robots.txt` of a server. Without one everything is allowed, and nothing if the server cannot give it (RFC 9309).
    async fn read_robots(&self, page: &Url) -> Permission {
        let Ok(mut url) = page.join("/robots.txt") else { return Permission::Robots(Robots::default()) };
        for _ in 0..=MAX_REDIRECTS {
            let answer = match self.request(Method::GET, &url, MAX_ROBOTS).await {
                Ok(answer) => answer,
                Err(error) => return Permission::NoServer(error.to_string()),
            };
            match (answer.status, answer.location) {
                (200..300, _) => {
                    return Permission::Robots(Robots::read(&String::from_utf8_lossy(&answer.body), PRODUCT));
                }
                (300..400, Some(location)) => match url.join(&location) {
                    Ok(target) => url = target,
                    Err(_) => break,
                },
                (429 | 500.., _) => {
                    return Permission::Nothing(format!(
                        "its robots.txt cannot be read: the server answered {}",
                        answer.status
                    ));
                }
                _ => break,
            }
        }
        Permission::Robots(Robots::default())
    }

    /// One request, when it is the host's turn.
    async fn request(&self, method: Method, url: &Url, max_body: usize) -> Result<Answer, RequestError> {
        let turn = entry(&self.turns, host_of(url).to_owned()).await;
        let mut next = turn.lock().await;
        if let Some(next) = *next {
            sleep_until(next).await;
        }
        let answer = self.client.ask(method, url, max_body).await;
        match &answer {
            Ok(_) => self.has_answer.store(true, Ordering::SeqCst),
            Err(RequestError::Url | RequestError::OutOfReach(_)) => {}
            Err(_) => self.has_failure.store(true, Ordering::SeqCst),
        }
        *next = Some(Instant::now() + self.pause);
        answer
    }
}

/// The host of a web address; empty if it has none.
pub(super) fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// What a map has under a key; the default if it has nothing yet.
async fn entry<V: Default>(map: &Mutex<HashMap<String, Arc<V>>>, key: String) -> Arc<V> {
    Arc::clone(map.lock().await.entry(key).or_default())
}

/// What a status that is no redirect says.
fn judged(status: u16, moved_to: Option<String>) -> Look {
    let detail = format!("the server answered {status}");
    match status {
        200..300 => {
            let result = if moved_to.is_some() { LinkResult::Moved } else { LinkResult::Ok };
            Look { result, detail: String::new(), moved_to }
        }
        404 | 410 => Look { result: LinkResult::Gone, detail, moved_to: None },
        401 | 402 | 403 | 407 | 429 | 451 => refused(detail),
        _ => failed(detail),
    }
}

fn failed(detail: String) -> Look {
    Look { result: LinkResult::Failed, detail, moved_to: None }
}

fn refused(detail: String) -> Look {
    Look { result: LinkResult::Refused, detail, moved_to: None }
}

/// The beginning of a text that a server chose.
fn shortened(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}
