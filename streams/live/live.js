"use strict";
// Every piece of an article is untrusted: it enters the page as text, never as markup.

const KEPT = 60;
const POLL_MS = 1000;
const wire = document.getElementById("wire");
const state = document.getElementById("state");
const filter = document.getElementById("filter");
const pause = document.getElementById("pause");
let last = 0;
let before = null;
let paused = false;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = String(text);
  return made;
}

// Offsets count code points; a JavaScript string counts UTF-16 units.
function marked(text, mentions) {
  const points = Array.from(text);
  const body = element("p", "text");
  let at = 0;
  for (const mention of mentions) {
    if (mention.start < at) continue;
    body.append(points.slice(at, mention.start).join(""));
    const mark = element("mark", "", points.slice(mention.start, mention.end).join(""));
    mark.title = `${mention.type}: ${mention.name}`;
    mark.dataset.type = mention.type;
    body.append(mark);
    at = mention.end;
  }
  body.append(points.slice(at).join(""));
  return body;
}

function why(route) {
  const item = element("li");
  item.append(element("b", "", route.route), element("span", "topic", ` → ${route.topic}`));
  for (const clause of route.evidence) {
    const spans = clause.spans.slice(0, 3).map((span) => `“${span.text}”`).join(", ");
    item.append(element("div", "clause", spans ? `${clause.clause}  ${spans}` : clause.clause));
  }
  return item;
}

function card(article) {
  const made = element("article");
  const time = new Date(article.time * 1000).toISOString().slice(11, 19);
  const facts = [time, article.source, article.agency, article.place, article.language];
  made.append(element("p", "facts", facts.filter(Boolean).join(" · ")));
  made.append(element("h2", "", article.title || article.text.slice(0, 90)));
  if (article.status === "update") made.append(element("span", "status", "update"));
  for (const [label, confidence] of article.subjects) {
    made.append(element("span", "subject", `${label} ${confidence}`));
  }
  const body = marked(article.text, article.entities);
  if (article.cut) body.append("…");
  made.append(body);
  if (article.routes.length) {
    const list = element("ul", "routes");
    article.routes.forEach((route) => list.append(why(route)));
    made.append(list);
  } else {
    made.append(element("p", "unrouted", "no route wanted it"));
  }
  made.dataset.words = made.textContent.toLowerCase();
  return made;
}

function applyFilter() {
  const wanted = filter.value.toLowerCase();
  for (const each of wire.children) each.hidden = !each.dataset.words.includes(wanted);
}

function showStages(answer) {
  const rows = Object.entries(answer.stages).sort().map(([name, counts]) => {
    const earlier = before && before.stages[name];
    const rate = earlier ? (counts.records - earlier.records) / (answer.now - before.now) : 0;
    const row = element("tr");
    row.append(element("th", "", name), element("td", "rate", rate.toFixed(1)));
    for (const field of ["records", "outputs", "dead_letters"]) {
      row.append(element("td", "", counts[field] || 0));
    }
    return row;
  });
  document.querySelector("#stages tbody").replaceChildren(...rows);
  before = answer;
}

async function poll() {
  try {
    const answer = await (await fetch(`wire.json?after=${last}`)).json();
    showStages(answer);
    if (!paused) {
      for (const article of answer.articles) {
        wire.prepend(card(article));
        last = article.number;
      }
      while (wire.children.length > KEPT) wire.lastChild.remove();
      document.getElementById("empty").hidden = wire.children.length > 0;
      applyFilter();
    }
    state.textContent = paused ? "paused" : "live";
    state.className = "";
  } catch (error) {
    state.textContent = "the worker does not answer";
    state.className = "bad";
    last = 0;
  }
  setTimeout(poll, POLL_MS);
}

filter.addEventListener("input", applyFilter);
pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? "Go on" : "Pause";
  pause.setAttribute("aria-pressed", String(paused));
});
poll();
