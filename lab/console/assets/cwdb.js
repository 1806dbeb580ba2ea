// What CloudWatch does with a custom widget's answer (CloudWatch User Guide, "Details about custom widgets"
// and "Interactivity in the custom widget").

const REMOVED = "script, iframe, use";

/** Fills `place` with a function's answer: HTML, Markdown (shown as it is written) or JSON. */
export function show(place, answer) {
  const markdown = answer?.markdown;
  if (typeof answer === "string") place.replaceChildren(...harmless(answer));
  else place.replaceChildren(text(typeof markdown === "string" ? markdown : JSON.stringify(answer ?? null, null, 2)));
}

function text(content) {
  const element = document.createElement("pre");
  element.textContent = content;
  return element;
}

function harmless(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const element of parsed.querySelectorAll(REMOVED)) element.remove();
  for (const element of parsed.querySelectorAll("*"))
    for (const { name } of [...element.attributes]) if (name.startsWith("on")) element.removeAttribute(name);
  return [...parsed.head.childNodes, ...parsed.body.childNodes];
}

/** Each `cwdb-action` in `place` acts on the element right before it: `act` is called with what it says. */
export function equip(place, act) {
  for (const element of place.querySelectorAll("cwdb-action")) {
    const target = element.previousElementSibling;
    if (!target) continue;
    const said = (name, otherwise) => element.getAttribute(name) ?? otherwise;
    const action = {
      label: target.textContent,
      action: said("action", "html"),
      confirmation: said("confirmation", ""),
      display: said("display", "widget"),
      endpoint: said("endpoint", ""),
      content: element.getAttribute("action") === "call" ? element.textContent : element.innerHTML,
    };
    target.addEventListener(said("event", "click"), () => act(action));
    reachable(target);
  }
}

/** A link without an address is no button to a keyboard, nor to a screen reader. */
function reachable(target) {
  target.setAttribute("role", "button");
  target.tabIndex = 0;
  target.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    target.click();
  });
}

/** What every call by a widget tells its function. */
export function widgetContext(widget, place, number) {
  const now = Date.now();
  const day = 24 * 60 * 60 * 1000;
  return {
    dashboardName: widget.dashboard,
    widgetId: `widget-${number + 1}`,
    accountId: widget.endpoint.split(":")[4],
    locale: "en",
    timezone: { label: "UTC", offsetISO: "+00:00", offsetInMinutes: 0 },
    period: 300,
    isAutoPeriod: true,
    timeRange: { mode: "relative", start: now - 7 * day, end: now, relativeStart: 7 * day },
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    linkCharts: true,
    title: widget.title,
    forms: { all: {} },
    params: widget.params,
    width: place.clientWidth,
    height: place.clientHeight,
  };
}
