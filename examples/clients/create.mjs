// Create a link:  node create.mjs TOPIC START TIMEZONE KEY
const { ZOOMLINK_URL, ZOOMLINK_KEY } = process.env;
const [topic, start, timezone, key] = process.argv.slice(2);
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function ask(path, headers = {}, body = undefined) {
  for (let turn = 1; ; turn += 1) {
    const answer = await fetch(ZOOMLINK_URL + path, {
      method: body ? "POST" : "GET",
      headers: { Authorization: `Bearer ${ZOOMLINK_KEY}`, ...headers },
      body,
    });
    const told = await answer.json();
    const later = Number(answer.headers.get("retry-after"));
    if ([429, 503].includes(answer.status) && turn < 5 && later <= 60) {
      await sleep(later); // the key makes it safe to send it again
    } else if (!answer.ok) {
      throw new Error(`${told.detail} ${told.hint ?? ""}`); // a problem (RFC 9457)
    } else {
      return { link: told, later };
    }
  }
}

try {
  const headers = { "Idempotency-Key": key, "Content-Type": "application/json" };
  let { link, later } = await ask("/v1/links", headers, JSON.stringify({ topic, start, timezone }));
  while (later) {
    ({ link, later } = await ask(`/v1/links/${link.id}?wait=10`)); // 202, or not ready yet
  }
  console.log(link.join_url);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
