// Says a meeting's start in the time of whoever looks, where that differs from the meeting's own.
for (const time of document.querySelectorAll("time[data-zone]")) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  const at = new Date(time.dateTime)
  const style = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }
  const say = (timeZone) => new Intl.DateTimeFormat("en-GB", { ...style, timeZone }).format(at)
  if (here && say(here) !== say(time.dataset.zone)) {
    const line = document.createElement("p")
    line.className = "soft"
    line.textContent = `${say(here)} where you are (${here})`
    time.parentElement.after(line)
  }
}
