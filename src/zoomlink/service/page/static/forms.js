// Forms: sent once, errors in focus, and what a time means in words while it is written.
import { meaning, watchZone } from "./zones.js";

export function watchForms() {
  document.getElementById("summary")?.focus();
  for (const form of document.querySelectorAll("form[data-form]")) {
    const zone = form.elements.timezone;
    if (zone) watchZone(zone);
    form.addEventListener("submit", async (event) => {
      if (form.dataset.sent) return event.preventDefault();
      if (zone && event.submitter?.name !== "use_zone" && !form.dataset.looked && meaning(zone) === null) {
        // A file that was chosen would be lost over a mistake in the zone.
        event.preventDefault();
        if (await zone.settle() === "") return form.reportValidity();
        form.dataset.looked = "1";
        return form.requestSubmit(event.submitter);
      }
      form.dataset.sent = "1";
      const button = event.submitter ?? form.querySelector("button.primary");
      button?.setAttribute("aria-busy", "true");
      document.getElementById("say").textContent = document.body.dataset.working;
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-form]")) {
      delete form.dataset.sent;
      delete form.dataset.looked;
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    }
  });
  for (const preview of document.querySelectorAll("form .preview")) watchTime(preview.closest("form"), preview);
}

function watchTime(form, preview) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const hint = form.querySelector("[data-zone-now]");
  const before = whenOf(form);
  const show = () => {
    const zone = meaning(form.elements.timezone);
    if (hint) hint.hidden = !zone;
    if (!zone) {
      preview.hidden = true;
      return;
    }
    if (hint) hint.textContent = hint.dataset.zoneNow.replace("{time}", clock(new Date(), zone));
    const minutes = Number(form.elements.duration.value === "other" ? form.elements.minutes.value : form.elements.duration.value);
    const start = instant(form.elements.date.value, form.elements.time.value, zone);
    const told = (form.querySelector("#summary") || form.dataset.link) && whenOf(form) === before;
    preview.hidden = !start || !minutes || told;
    if (preview.hidden) return;
    const end = new Date(start.getTime() + minutes * 60000);
    const parts = {
      day: day(start, zone),
      start: clock(start, zone),
      end: clock(end, zone),
      city: zone.split("/").pop().replaceAll("_", " "),
    };
    let words = fill(preview.dataset.here, parts);
    if (clock(start, own) !== parts.start || day(start, own) !== parts.day) {
      words += ` ${fill(preview.dataset.elsewhere, { day: day(start, own), time: clock(start, own) })}`;
    }
    const place = preview.querySelector("[data-when]");
    if (place.textContent !== words) place.textContent = words;
    const past = start < new Date();
    preview.querySelector("[data-past]").hidden = !past;
    const ask = !past && !form.elements.repeat?.value && !form.elements.allow_overlap?.checked;
    showFree(preview, form, ask ? { start, end, zone, minutes, host: form.elements.other_host?.value.trim() || form.elements.host?.value || "" } : null);
  };
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  form.addEventListener("settled", show);
  show();
}

const language = document.documentElement.lang;
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
const clock = (at, zone) => at.toLocaleTimeString(language, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const yearOf = (at, zone) => at.toLocaleDateString("en", { timeZone: zone, year: "numeric" });
const day = (at, zone) => at.toLocaleDateString(language === "en" ? "en-GB" : language, {
  timeZone: zone, weekday: "long", day: "numeric", month: "long",
  year: yearOf(at, zone) === yearOf(new Date(), zone) ? undefined : "numeric",
});
const whenOf = (form) => JSON.stringify(["date", "time", "timezone", "duration", "minutes", "host", "other_host"].map((name) => form.elements[name]?.value));
const stamp = (at) => at.toISOString().slice(0, 19) + "Z";

// The instant of a time on the wall; null for one that does not exist there.
function instant(date, time, zone) {
  if (!date || !time) return null;
  const wall = Date.parse(`${date}T${time.slice(0, 5)}:00Z`);
  if (Number.isNaN(wall)) return null;
  let guess = wall;
  for (let turn = 0; turn < 3; turn += 1) guess = wall - (shown(guess, zone) - guess);
  return shown(guess, zone) === wall ? new Date(guess) : null;
}

function shown(at, zone) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }).formatToParts(at);
  const of = (name) => Number(parts.find((part) => part.type === name).value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

// Who is free then, a moment after the last key.
let timer;
let asked = "";
function showFree(preview, form, wanted) {
  const query = wanted ? JSON.stringify(wanted) : "";
  if (query === asked) return;
  asked = query;
  clearTimeout(timer);
  const words = preview.querySelector("[data-words]");
  const button = preview.querySelector("[data-use]");
  words.hidden = button.hidden = true;
  if (!wanted) return;
  timer = setTimeout(async () => {
    const found = await (wanted.host ? oneHost(wanted, form.dataset.link) : anyHost(wanted)).catch(() => null);
    if (!found || query !== asked) return;
    words.textContent = fill(preview.dataset[found.said], found);
    words.hidden = false;
    if (!found.next) return;
    const next = new Date(found.next);
    button.textContent = fill(preview.dataset.next, { day: day(next, wanted.zone), time: clock(next, wanted.zone) });
    button.hidden = false;
    button.onclick = () => {
      const wall = new Date(shown(next.getTime(), wanted.zone)).toISOString();
      form.elements.date.value = wall.slice(0, 10);
      form.elements.time.value = wall.slice(11, 16);
      form.elements.date.dispatchEvent(new Event("change", { bubbles: true }));
      form.elements.time.focus();
    };
  }, 400);
}

async function anyHost({ start, zone, minutes }) {
  const found = await ask("/v1/hosts/availability", { start: stamp(start), timezone: zone, duration: minutes });
  const count = found?.hosts.length;
  return found && { said: count > 1 ? "other" : count ? "one" : "none", count, next: count ? null : found.next_free };
}

// One host, whose own meeting `link` does not count: it is the one that is being changed.
async function oneHost({ start, end, host }, link) {
  const found = await ask("/v1/hosts", { start_from: stamp(start), start_to: stamp(end) });
  const one = found?.items.find((each) => each.host === host);
  return one && { said: one.busy.filter((busy) => !link || busy.link !== link).length < one.capacity ? "free" : "busy", host };
}

async function ask(address, query) {
  const answer = await fetch(`${address}?${new URLSearchParams(query)}`);
  return answer.ok ? answer.json() : null;
}
