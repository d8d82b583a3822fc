// Parts of the page that are fetched anew: for the browser's zone, and while links are on their way.
import { say, showCopying } from "./copy.js";

let touched = false;
document.addEventListener("input", () => { touched = true; });

export async function freshen(query = location.search) {
  const answer = await fetch(location.pathname + query, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return false;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const next = found.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
    if (!next || old.contains(document.activeElement)) continue;
    showCopying(next);
    old.replaceWith(document.adoptNode(next));
  }
  if (touched) return true;
  for (const name of ["date", "time", "timezone"]) {
    const field = document.querySelector(`#create [name=${name}]`);
    const next = found.querySelector(`#create [name=${name}]`);
    if (field && next) field.value = next.value;
  }
  document.getElementById("timezone")?.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

export async function watchMoving() {
  let wait = 1000;
  while (document.querySelector("[data-moving]")) {
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(wait * 1.5, 15000);
    if (document.hidden) continue;
    await freshen().catch(() => false);
    if (!document.querySelector("[data-moving]")) {
      say(document.querySelector(".link-head .chip")?.textContent.trim() ?? "");
    }
  }
}
