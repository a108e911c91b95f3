// Follows the preview: the server tells what there is, and only pages that changed are fetched.
"use strict";

const find = (id) => document.getElementById(id);
let language = new URLSearchParams(location.search).get("language");
let state = null;
let source = null;
let announced = "";

function follow() {
  if (source) source.close();
  source = new EventSource(language ? `/events/${encodeURIComponent(language)}` : "/events");
  source.addEventListener("state", (event) => {
    state = JSON.parse(event.data);
    show();
  });
  source.onerror = () => {
    status("The preview does not answer; trying again …", true);
    // The browser tries again by itself unless it was refused.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 1000);
  };
}

function show() {
  const known = state.languages.some((tab) => tab.code === language);
  if (!known) language = state.languages.length > 0 ? state.languages[0].code : null;
  const tab = state.languages.find((tab) => tab.code === language);
  showLanguages();
  showProblems();
  const title = tab ? tab.title : state.brief;
  find("title").textContent = title;
  find("title").lang = tab ? tab.tag : "";
  const errors = state.problems.some((problem) => problem.severity === "error");
  document.title = `${errors ? "✗ " : ""}${title} – preview`;
  const proof = tab && tab.proof;
  document.body.classList.toggle("stale", Boolean(tab && tab.stale));
  // Until the first PDF is written there is none to open; later the last one stays.
  if (!proof) find("pdf").hidden = true;
  else if (proof.bytes !== null) find("pdf").hidden = false;
  find("waiting").hidden = Boolean(proof);
  find("waiting").textContent = errors ? "There are no pages until the problems are mended." : "The first pages are being made.";
  if (proof) find("pdf").href = `/${language}/brief.pdf`;
  showPages(tab);
  showMail(tab);
  if (!proof) {
    status("No pages yet", errors);
    return;
  }
  const at = new Date(proof.at).toLocaleTimeString();
  const counted = proof.pages.length === 1 ? "1 page" : `${proof.pages.length} pages`;
  if (tab.stale) status(`These are the last good pages, from ${at}`, true);
  else {
    const size = proof.bytes === null ? "" : ` · ${Math.ceil(proof.bytes / 1000)} kB`;
    status(`Built in ${proof.milliseconds} ms at ${at} · ${counted}${size}`, false);
  }
}

function status(text, bad) {
  find("status").textContent = text;
  find("status").classList.toggle("bad", bad);
}

function showLanguages() {
  const group = find("languages");
  group.hidden = state.languages.length < 2;
  const wanted = state.languages.map((tab) => tab.code).join();
  if (group.dataset.shown !== wanted) {
    group.dataset.shown = wanted;
    group.replaceChildren(...state.languages.map((tab) => {
      const button = element("button", "", tab.name);
      button.type = "button";
      button.lang = tab.tag;
      button.dataset.code = tab.code;
      button.addEventListener("click", () => choose(tab.code));
      return button;
    }));
  }
  for (const button of group.children) {
    const tab = state.languages.find((tab) => tab.code === button.dataset.code);
    button.setAttribute("aria-pressed", String(tab.code === language));
    button.replaceChildren(tab.name);
    if (tab.stale) {
      const dot = element("span", "dot");
      const words = element("span", "unseen", " (has problems)");
      words.lang = "en";
      button.append(dot, words);
    }
  }
}

function choose(code) {
  if (code === language) return;
  language = code;
  history.replaceState(null, "", `?language=${code}`);
  show();
  follow();
}

// A slot a page. A slot keeps its place while its page is replaced, so that nothing moves.
function showPages(tab) {
  const main = find("pages");
  const pages = tab && tab.proof ? tab.proof.pages : [];
  const slots = [...main.querySelectorAll("figure")];
  for (const slot of slots.splice(pages.length)) slot.remove();
  const changed = [];
  pages.forEach((hash, index) => {
    let slot = slots[index];
    if (!slot) {
      slot = element("figure", "page");
      slot.append(element("div", "paper"), element("div", "fresh"), element("figcaption", ""));
      main.append(slot);
    }
    const name = `Page ${index + 1} of ${pages.length}`;
    slot.lang = tab.tag;
    slot.setAttribute("aria-label", name);
    slot.lastChild.textContent = name;
    slot.lastChild.lang = "en";
    if (slot.dataset.wanted === hash) return;
    slot.dataset.wanted = hash;
    changed.push({ slot, hash, code: tab.code });
  });
  bring(changed);
}

// What is in view comes first, and the rest when it has been painted.
async function bring(changed) {
  const inView = changed.filter(({ slot }) => {
    const { top, bottom } = slot.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  await Promise.all(inView.map(fetchPage));
  for (const page of changed.filter((page) => !inView.includes(page))) {
    await painted();
    await fetchPage(page);
  }
}

function painted() {
  // A page that is not looked at is not painted.
  return new Promise((done) => document.hidden ? setTimeout(done) : requestAnimationFrame(() => setTimeout(done)));
}

async function fetchPage({ slot, hash, code }) {
  const outdated = () => slot.dataset.wanted !== hash;
  if (outdated()) return;
  try {
    const answer = await fetch(`/pages/${code}/${hash}.svg`);
    // Not found: it was replaced meanwhile, and newer news is on its way.
    if (!answer.ok) return;
    const text = await answer.text();
    if (outdated()) return;
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    const shown = slot.firstChild.firstChild;
    if (shown && slot.dataset.language === code && alike(shown, svg)) renew(shown, svg);
    else slot.firstChild.replaceChildren(svg);
    if (slot.dataset.language === code) fresh(slot);
    slot.dataset.language = code;
    slot.dataset.shown = hash;
  } catch {
    // The connection broke; it is asked for again with the next news.
    if (!outdated()) delete slot.dataset.wanted;
  }
}

// What is new replaces what it stands for; the rest stays, since the browser paints again only what was touched.
function renew(shown, wanted) {
  const before = [...shown.childNodes];
  const after = [...wanted.childNodes];
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && same(before[head], after[head])) head += 1;
  let tail = 0;
  while (tail < most - head && same(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;
  const old = before.slice(head, before.length - tail);
  const made = after.slice(head, after.length - tail);
  if (old.length !== made.length) {
    const next = before[before.length - tail] ?? null;
    for (const node of old) node.remove();
    for (const node of made) shown.insertBefore(node, next);
    return;
  }
  old.forEach((node, nth) => {
    if (same(node, made[nth])) return;
    if (node.nodeName === "g" && node.childElementCount > 1 && alike(node, made[nth])) renew(node, made[nth]);
    else node.replaceWith(made[nth]);
  });
}

const same = (one, other) => one.isEqualNode(other);
const alike = (one, other) => same(one.cloneNode(false), other.cloneNode(false));

// The mail: what an inbox shows, its HTML on a telephone and on a desk, in the light and in the dark, and its plain part.
function showMail(tab) {
  const mail = tab && tab.mail;
  find("mail").hidden = !mail;
  if (!mail) return;
  for (const [id, text] of [["from", mail.from], ["subject", mail.subject], ["preheader", mail.preheader], ["text", mail.text]]) {
    find(`mail-${id}`).textContent = text;
    find(`mail-${id}`).lang = tab.tag;
  }
  const shown = `${tab.code}/${mail.hash}`;
  const frames = find("mail-frames");
  if (frames.dataset.shown === shown) return;
  frames.dataset.shown = shown;
  const wanted = ["light", "dark"].flatMap((scheme) => [600, 360].map((width) => ({ scheme, width })));
  if (frames.childElementCount === 0) frames.append(...wanted.map(mailFrame));
  wanted.forEach(({ scheme }, nth) => {
    frames.children[nth].lastChild.src = `/${tab.code}/mail/${scheme}?${mail.hash}`;
  });
}

function mailFrame({ scheme, width }) {
  const box = element("div", "mail");
  const frame = element("iframe", "");
  frame.title = `The mail at ${width} pixels, ${scheme}`;
  frame.width = width;
  frame.height = 900;
  frame.loading = "lazy";
  // No script runs in it, and no link leads anywhere.
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.addEventListener("load", () => {
    frame.height = frame.contentDocument.documentElement.scrollHeight;
    frame.dataset.loaded = frame.getAttribute("src");
  });
  box.append(element("h3", "", `${width} px, ${scheme}`), frame);
  return box;
}

// A frame that fades, in a layer of its own: painting the page again for each step would keep the next save waiting.
function fresh(slot) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  slot.children[1].animate({ opacity: [1, 0] }, { duration: 1200, easing: "ease-out" });
}

function showProblems() {
  const problems = state.problems;
  const count = (severity, word) => {
    const found = problems.filter((problem) => problem.severity === severity).length;
    return found === 0 ? "" : `${found} ${word}${found === 1 ? "" : "s"}`;
  };
  const errors = count("error", "error");
  const title = [errors, count("warning", "warning")].filter(Boolean).join(", ");
  find("problems").hidden = problems.length === 0;
  find("problems").classList.toggle("mild", !errors);
  document.body.classList.toggle("troubled", problems.length > 0);
  find("problems-title").textContent = title;
  find("list").replaceChildren(...problems.map(problemItem));
  const first = problems.length > 0 ? `: ${problems[0].what}` : "";
  const words = problems.length > 0 ? `${title}${first}` : announced ? "The problems are mended" : "";
  if (words !== announced) find("announcement").textContent = words;
  announced = words;
}

function problemItem(problem) {
  const item = element("li", problem.severity);
  const what = element("p", "what");
  what.append(element("span", "kind", problem.severity), " ", ...words(problem.what));
  item.append(what);
  const place = problem.place;
  if (place) {
    item.append(element("p", "place", `${place.file}:${place.line}:${place.column}`), excerpt(place));
  }
  for (const text of problem.hints) {
    const hint = element("p", "hint");
    hint.append(...words(text));
    item.append(hint);
  }
  return item;
}

// What stands between backticks is code.
function words(text) {
  return text.split("`").map((part, nth) => nth % 2 === 1 ? element("code", "", part) : part);
}

// The source line with what is meant marked, and a caret under it. The caret stands behind the same words, unseen, so
// that it stands right in every font.
function excerpt(place) {
  const chars = [...place.source.replaceAll("\t", " ")];
  const at = Math.min(place.column - 1, chars.length);
  const from = chars.length > 160 ? Math.max(0, at - 60) : 0;
  const to = Math.min(chars.length, from + 160);
  const end = Math.min(at + place.width, to);
  const number = ` ${place.line} │ `;
  const before = (from > 0 ? "…" : "") + chars.slice(from, at).join("");
  const marked = chars.slice(at, end).join("");
  const after = chars.slice(end, to).join("") + (to < chars.length ? "…" : "");
  const block = element("pre", "");
  block.tabIndex = 0;
  block.append(
    element("span", "number", number), before, element("mark", "", marked), after, "\n",
    element("span", "number", `${" ".repeat(number.length - 2)}│ `), element("span", "held", before),
    element("span", "caret", "^".repeat(Math.max(1, end - at))),
  );
  block.setAttribute("aria-label", `Line ${place.line}`);
  return block;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

follow();
