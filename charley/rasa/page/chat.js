"use strict";
// A plain page for trying Charley. Text is only ever set as text, never as HTML.

const log = document.getElementById("log");
const statusLine = document.getElementById("status");
const form = document.getElementById("form");
const input = document.getElementById("text");
const sender = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2) + Date.now();
const CARE = {
  see_doctor: "See a doctor",
  urgent_same_day: "Get care today",
  emergency: "Emergency",
  crisis: "Get help now",
};
let counter = 0;
let busy = false;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function show(node) {
  log.append(node);
  node.scrollIntoView({ block: "nearest" });
}

function bubble(who, className) {
  const box = element("div", `message ${className}`);
  box.append(element("span", "hidden", `${who}: `));
  return box;
}

function sources(list) {
  const details = element("details");
  details.append(element("summary", "", list.length === 1 ? "1 source" : `${list.length} sources`));
  const items = element("ul");
  for (const source of list) {
    const item = element("li");
    if (source.url) {
      const link = element("a", "", source.title);
      link.href = source.url;
      link.rel = "noopener noreferrer";
      link.target = "_blank";
      item.append(link);
    } else {
      item.textContent = source.title;
    }
    items.append(item);
  }
  details.append(items);
  return details;
}

function showReply(reply) {
  const meta = reply.metadata || {};
  const care = meta.kind === "care";
  const box = bubble("Charley", care ? `care ${meta.care_level}` : meta.kind || "");
  if (care && CARE[meta.care_level]) box.append(element("p", "label", `⚠ ${CARE[meta.care_level]}`));
  const cited = meta.sources && meta.sources.length;
  for (const paragraph of reply.text.split("\n\n")) {
    if (!(cited && paragraph.startsWith("Sources: "))) box.append(element("p", "", paragraph));
  }
  if (cited) box.append(sources(meta.sources));
  show(box);
  if (reply.buttons.length) {
    const row = element("div", "buttons");
    for (const button of reply.buttons) {
      const made = element("button", "", button.title);
      made.type = "button";
      made.addEventListener("click", () => send({ payload: button.payload, title: button.title }, button.title));
      row.append(made);
    }
    show(row);
  }
}

async function send(message, shown) {
  if (busy) return;
  busy = true;
  for (const row of log.querySelectorAll(".buttons")) row.remove();
  const mine = bubble("You", "me");
  mine.append(element("p", "", shown));
  show(mine);
  statusLine.textContent = "Charley is looking that up …";
  try {
    const answer = await fetch("/webhooks/rest/webhook", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sender, message, message_id: `${sender}-${++counter}` }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    for (const reply of await answer.json()) showReply(reply);
    statusLine.textContent = "";
  } catch {
    statusLine.textContent = "That did not get through. Please try again. In an emergency, call your local emergency number.";
    if (typeof message === "string") input.value = message;
  }
  busy = false;
  input.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text || busy) return;
  input.value = "";
  send(text, text);
});

send("hello", "Hello");
