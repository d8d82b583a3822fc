// Keeps the front page up to date while somebody looks at it. Without it the page is the same, only still.
const PAUSE = 1000
const state = document.querySelector("#state")
let failures = 0

function show(kind, words) {
  state.firstElementChild.className = `dot ${kind}`
  state.lastElementChild.textContent = words
}

// What a person is marking with the mouse stays where it is
const marking = (part) => {
  const chosen = getSelection()
  return chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode)
}

function renew(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(part.id)
    if (!now || now.innerHTML === part.dataset.shown || marking(part)) continue
    const known = new Set([...part.querySelectorAll("tr[data-key]")].map((row) => row.dataset.key))
    part.dataset.shown = now.innerHTML
    part.replaceChildren(...document.adoptNode(now).childNodes)
    for (const row of part.querySelectorAll("tr[data-key]")) row.classList.toggle("fresh", !known.has(row.dataset.key))
  }
}

async function look() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" })
      renew(new DOMParser().parseFromString(await answer.text(), "text/html"))
      failures = 0
      show("on", "live")
    } catch {
      failures += 1
      show("off", "no answer: has the sandbox stopped?")
    }
  }
  setTimeout(look, Math.min(PAUSE * 2 ** failures, 15000))
}

for (const part of document.querySelectorAll("[data-live]")) part.dataset.shown = part.innerHTML
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") failures = 0 })
look()
