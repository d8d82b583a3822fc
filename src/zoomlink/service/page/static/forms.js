// Forms: sent once, errors in focus, and what a time means in words while it is written.
export function watchForms() {
  document.getElementById("summary")?.focus();
  for (const form of document.querySelectorAll("form[data-form]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "1";
      const button = event.submitter ?? form.querySelector("button.primary");
      button?.setAttribute("aria-busy", "true");
      const words = document.getElementById("say");
      words.textContent = document.body.dataset.working;
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    }
  });
  const create = document.getElementById("create");
  if (create) watchTime(create);
}

function watchTime(form) {
  const preview = document.getElementById("preview");
  const language = document.documentElement.lang;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const hint = document.getElementById("timezone-hint");
  const show = () => {
    const zone = form.elements.timezone.value.trim();
    if (!known(zone)) {
      preview.hidden = hint.hidden = true;
      return;
    }
    hint.hidden = false;
    hint.textContent = hint.dataset.zoneNow.replace("{time}", clock(new Date(), zone, language));
    const minutes = Number(form.elements.duration.value === "other" ? form.elements.minutes.value : form.elements.duration.value);
    const start = instant(form.elements.date.value, form.elements.time.value, zone);
    preview.hidden = !start || !minutes;
    if (preview.hidden) return;
    const end = new Date(start.getTime() + minutes * 60000);
    const parts = {
      day: day(start, zone, language),
      start: clock(start, zone, language),
      end: clock(end, zone, language),
      city: zone.split("/").pop().replaceAll("_", " "),
    };
    let words = fill(preview.dataset.here, parts);
    if (clock(start, own, language) !== parts.start || day(start, own, language) !== parts.day) {
      words += ` ${fill(preview.dataset.elsewhere, { day: day(start, own, language), time: clock(start, own, language) })}`;
    }
    const place = preview.querySelector("[data-when]");
    if (place.textContent !== words) place.textContent = words;
    const anybody = !form.elements.host.value && !form.elements.other_host.value && !form.elements.allow_overlap.checked;
    showFree(preview, form, anybody ? { start: start.toISOString().slice(0, 19) + "Z", timezone: zone, duration: minutes } : null);
  };
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  show();
}

const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
const clock = (at, zone, language) => at.toLocaleTimeString(language, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = (at, zone, language) => at.toLocaleDateString(language === "en" ? "en-GB" : language, { timeZone: zone, weekday: "long", day: "numeric", month: "long" });

function known(zone) {
  try {
    return Boolean(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

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
  const query = wanted ? String(new URLSearchParams(wanted)) : "";
  if (query === asked) return;
  asked = query;
  clearTimeout(timer);
  const words = preview.querySelector("[data-free]");
  const button = preview.querySelector("[data-use]");
  words.hidden = button.hidden = true;
  if (!wanted) return;
  timer = setTimeout(async () => {
    const answer = await fetch(`/v1/hosts/availability?${query}`).catch(() => null);
    if (!answer?.ok || query !== asked) return;
    const found = await answer.json();
    const count = found.hosts.length;
    if (query !== asked) return;
    words.textContent = count ? fill(count === 1 ? preview.dataset.one : preview.dataset.other, { count }) : preview.dataset.none;
    words.hidden = false;
    if (count || !found.next_free) return;
    const next = new Date(found.next_free);
    const language = document.documentElement.lang;
    button.textContent = fill(preview.dataset.next, { day: day(next, wanted.timezone, language), time: clock(next, wanted.timezone, language) });
    button.hidden = false;
    button.onclick = () => {
      const wall = new Date(shown(next.getTime(), wanted.timezone)).toISOString();
      form.elements.date.value = wall.slice(0, 10);
      form.elements.time.value = wall.slice(11, 16);
      form.elements.date.dispatchEvent(new Event("change", { bubbles: true }));
      form.elements.time.focus();
    };
  }, 400);
}
