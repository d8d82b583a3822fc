// Buttons that copy, and say so to eyes and ears.
export function say(words) {
  const place = document.getElementById("say");
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = words; });
}

export function showCopying(root = document) {
  for (const button of root.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // without https there is only the old way
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("not copied");
}

export function watchCopying() {
  showCopying();
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    try {
      await copy(button.dataset.copy);
    } catch {
      document.querySelector("[data-select]")?.select();
      return;
    }
    const words = document.body.dataset.copied;
    say(words);
    button.classList.add("copied");
    const label = button.querySelector("span");
    const before = label?.textContent;
    if (label && before !== words) {
      label.textContent = words;
      setTimeout(() => { label.textContent = before; }, 1800);
    }
    setTimeout(() => button.classList.remove("copied"), 1800);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-select]")) event.target.select();
  });
}
