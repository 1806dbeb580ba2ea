// The dashboard: every custom widget that the account has now, drawn anew as long as somebody can see it.

import { equip, show, widgetContext } from "/cwdb.js";

const EVERY = 2000; // milliseconds
const status = document.getElementById("status");
const sections = new Map();

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function ask(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, options).catch(() => null);
  if (!response) throw new Error("The lab does not answer: it has ended, perhaps.");
  const said = await response.json();
  if (!response.ok) throw new Error(said.error);
  return said.answer;
}

const call = (widget, payload) => {
  const { place, number } = sections.get(key(widget));
  const context = widgetContext(widget, place, number);
  return { endpoint: widget.endpoint, payload: { ...payload, widgetContext: context } };
};

const key = (widget) => JSON.stringify(widget);

async function draw(widget) {
  const section = sections.get(key(widget));
  const { place, trouble } = section;
  const asked = performance.now();
  try {
    const answer = await ask("/call", call(widget, widget.params));
    while (place.matches(":active")) await pause(50); // a button that goes while it is pressed was not pressed
    if (asked < section.shown) return; // of two looks the later one is true
    section.shown = asked;
    const focused = [...place.querySelectorAll("[role=button]")].indexOf(document.activeElement);
    show(place, answer);
    equip(place, (action) => press(widget, place, action));
    place.querySelectorAll("[role=button]")[focused]?.focus();
    place.dataset.drawn = Number(place.dataset.drawn ?? 0) + 1;
    trouble.hidden = true;
  } catch (error) {
    trouble.textContent = `${place.dataset.drawn ? "This is how it was. " : ""}${error.message}`;
    trouble.hidden = false;
  }
}

/** What a button says it does, if the person confirms it. */
async function press(widget, place, action) {
  if (action.confirmation && !(await confirmed(action.confirmation))) return;
  const target = action.display === "popup" ? open(action.label) : place;
  if (action.action !== "call") return show(target, action.content);
  show(target, "Waiting for the answer…");
  try {
    const { payload } = call(widget, JSON.parse(action.content));
    show(target, await ask("/call", { endpoint: action.endpoint, payload }));
  } catch (error) {
    show(target, { error: error.message });
  }
  await draw(widget);
}

function confirmed(question) {
  const dialog = document.getElementById("confirm");
  document.getElementById("question").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function open(title) {
  const dialog = document.getElementById("popup");
  document.getElementById("said").textContent = title;
  if (!dialog.open) dialog.showModal();
  return dialog.querySelector(".body");
}

function arrange(widgets) {
  const wanted = new Set(widgets.map(key));
  for (const [name, { section }] of sections) {
    if (wanted.has(name)) continue;
    section.remove();
    sections.delete(name);
  }
  widgets.forEach((widget, number) => {
    if (!sections.has(key(widget))) sections.set(key(widget), made(widget, number));
  });
}

function made(widget, number) {
  const section = document.getElementById("widget").content.cloneNode(true).firstElementChild;
  section.querySelector("h2").textContent = `${widget.dashboard}: ${widget.title}`;
  document.getElementById("widgets").append(section);
  return { section, number, shown: 0, place: section.querySelector(".body"), trouble: section.querySelector(".trouble") };
}

async function refresh() {
  try {
    const widgets = await ask("/widgets");
    arrange(widgets);
    status.textContent = widgets.length ? "" : "There is none yet: deploy a stack, and its picture comes here.";
    await Promise.all(widgets.map(draw));
  } catch (error) {
    status.textContent = error.message;
  }
}

for (;;) {
  if (document.visibilityState === "visible") await refresh();
  await pause(EVERY);
}
