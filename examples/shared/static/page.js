// What a page can do without, and is nicer with: copying, and the visitor's own time.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
for (const place of document.querySelectorAll("[data-start]")) {
  const start = new Date(place.dataset.start);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone === place.dataset.zone) continue;
  place.append(`${start.toLocaleString("en-GB", { weekday: "long", hour: "2-digit", minute: "2-digit" })} (${zone})`);
  place.hidden = false;
}
