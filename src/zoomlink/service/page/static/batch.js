// How a batch goes, as the server tells it. A page that is opened anew is told all of it again.
import { keepFresh } from "./fresh.js";

const MOVING = ["planned", "sending", "unknown", "parked"];

export function watchBatch() {
  const place = document.querySelector("[data-events]");
  if (!place) return false;
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
  source.addEventListener("end", () => {
    source.close();
    keepFresh(0);
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) keepFresh();
  });
  return true;
}
