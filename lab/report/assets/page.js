// Pointing at a mark lights its line in the list, and the other way round. The page reads well without.
for (const section of document.querySelectorAll("section")) {
  const light = (id, on) => {
    for (const one of section.querySelectorAll(`[href="#${id}"], [id="${id}"]`)) one.classList.toggle("lit", on);
  };
  const idOf = (target) => {
    const mark = target.closest("a.mark"), line = target.closest(".log li");
    return mark ? mark.getAttribute("href").slice(1) : line ? line.id : null;
  };
  for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    section.addEventListener(kind, (event) => {
      const id = idOf(event.target);
      if (id) light(id, on);
    });
  }
}
