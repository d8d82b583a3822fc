// What scripts add to the page: it works without them.
import { watchCopying } from "./copy.js";
import { freshen, keepFresh } from "./fresh.js";
import { watchForms } from "./forms.js";
import { watchBatch } from "./batch.js";

watchCopying();
watchForms();

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone !== document.body.dataset.zone && sessionStorage.getItem("zone") !== zone && location.pathname !== "/enter") {
  // The first visit, or another place than before: tell the server this browser's zone, and show all times in it.
  sessionStorage.setItem("zone", zone);
  const query = new URLSearchParams(location.search);
  query.set("zone", zone);
  await freshen(`?${query}`);
}
if (!watchBatch()) keepFresh();
