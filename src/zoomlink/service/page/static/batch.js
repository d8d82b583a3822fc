// How a batch goes, as the server tells it. A page that is opened anew is told all of it again.
import { say } from "./copy.js";
import { freshen } from "./fresh.js";

const MOVING = ["planned", "sending", "unknown", "parked"];

export function watchBatch() {
  const place = document.querySelector("[data-events]");
  if (!place) return;
  const source = new EventSource(place.dataset.events);
  source.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    const bar = document.getElementById("progress");
    if (!bar) return;
    bar.value = told.done;
    document.querySelector("[data-done]").textContent = told.done;
    const count = (names) => names.reduce((sum, name) => sum + (told.states[name] ?? 0), 0);
    document.querySelector("[data-count=ready]").textContent = count(["ready"]);
    document.querySelector("[data-count=moving]").textContent = count(MOVING);
  });
  source.addEventListener("end", async () => {
    source.close();
    await freshen();
    say(document.querySelector(".link-head .chip")?.textContent.trim() ?? "");
  });
}
