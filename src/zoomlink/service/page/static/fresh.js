// Parts of the page that are fetched anew: for the browser's zone, and while links are on their way.
import { say, showCopying } from "./copy.js";

const MOVING = "[data-moving], [data-events]";
let touched = false;
document.addEventListener("input", () => { touched = true; });

export async function freshen(query = location.search) {
  const answer = await fetch(location.pathname + query, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return false;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const next = found.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    if (!next || focused?.closest("details, form")) continue; // somebody is about to do something there
    showCopying(next);
    old.replaceWith(document.adoptNode(next));
    if (focused) [...next.querySelectorAll(focused.tagName)].find((one) => one.textContent === focused.textContent)?.focus();
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

// Again and again while anything is on its way; say then how it ended.
export async function keepFresh(wait = 1000) {
  while (document.querySelector(MOVING)) {
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(Math.max(wait, 1000) * 1.5, 15000);
    if (document.hidden) continue;
    await freshen().catch(() => false);
    if (!document.querySelector(MOVING)) {
      say(document.querySelector(".link-head .chip")?.textContent.trim() ?? "");
    }
  }
}
