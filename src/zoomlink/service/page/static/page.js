// What scripts add to the page: it works without them.
import { watchCopying } from "./copy.js";
import { freshen, watchMoving } from "./fresh.js";
import { watchForms } from "./forms.js";
import { watchBatch } from "./batch.js";

watchCopying();
watchForms();

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && document.body.dataset.zoneKnown === "no" && !location.pathname.startsWith("/enter")) {
  // The first visit: tell the server this browser's zone, and show all times in it.
  const query = new URLSearchParams(location.search);
  query.set("zone", zone);
  await freshen(`?${query}`);
}
watchMoving();
watchBatch();
