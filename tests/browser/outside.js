// Returns a line for whatever is not whole: beyond the window, wider than what holds it, or over the edge of the
// box that is drawn around it. Half a pixel is the rounding of fonts.
const SLACK = 0.5;
const found = [];
const named = (element) => `${element.tagName.toLowerCase()} ${element.textContent.trim().slice(0, 40)}`;
const shown = (element) => element.getClientRects().length > 0;

if (document.documentElement.scrollWidth > window.innerWidth) found.push("the page scrolls sideways");
for (const element of document.querySelectorAll("body *")) {
  if (!shown(element) || element.closest("title, style, template")) continue;
  const box = element.getBoundingClientRect();
  if (box.left < -SLACK || box.right > window.innerWidth + SLACK) found.push(`beyond the window: ${named(element)}`);
  if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth) found.push(`wider than its room: ${named(element)}`);
  const holder = element.parentElement?.getBoundingClientRect();
  if (holder && !element.closest("dialog") && (box.left < holder.left - SLACK || box.right > holder.right + SLACK))
    found.push(`beyond what holds it: ${named(element)}`);
}
for (const drawing of document.querySelectorAll("svg")) {
  const room = drawing.getBoundingClientRect();
  const boxes = [...drawing.querySelectorAll("rect")].map((rect) => rect.getBoundingClientRect());
  for (const text of drawing.querySelectorAll("text")) {
    const box = text.getBoundingClientRect();
    if (box.left < room.left - SLACK || box.right > room.right + SLACK || box.bottom > room.bottom + SLACK)
      found.push(`outside its drawing: ${named(text)}`);
    const middle = (box.left + box.right) / 2;
    const around = boxes.find((b) => b.left < middle && middle < b.right && b.top < box.top + SLACK && box.top < b.bottom);
    if (around && (box.left < around.left || box.right > around.right || box.bottom > around.bottom))
      found.push(`over the edge of its box: ${named(text)}`);
  }
}
return found;
