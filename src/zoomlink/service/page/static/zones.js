// Time zones as people write them: what the browser does not know, such as "Lisboa", the server is asked about.
const means = new WeakMap();

// The zone that stands in a field: its name; "" for one that there is not; null while that is being found out.
export function meaning(field) {
  const said = field.value.trim();
  if (!said || known(said)) return said;
  const found = means.get(field);
  return found?.said === said ? found.zone : null;
}

function known(zone) {
  try {
    return !/^[+-]/.test(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

export function watchZone(field) {
  const note = field.form.querySelector("[data-zone-note]");
  let timer;
  const tell = (zone, near) => {
    field.setCustomValidity(zone === "" ? note.dataset.wrong : "");
    note.hidden = zone !== "";
    const line = document.createElement("p");
    line.textContent = `${note.dataset.wrong} ${near.length ? note.dataset.near : note.dataset.hint}`;
    note.replaceChildren(line, ...near.map((name) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: note.dataset.use.replace("{time}", name) });
      button.addEventListener("click", () => {
        field.value = name;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus();
      });
      return button;
    }));
  };
  field.settle = async () => {
    const said = field.value.trim();
    if (meaning(field) === null) {
      const answer = await fetch(`/zone?${new URLSearchParams({ said })}`).catch(() => null);
      const found = answer?.ok ? await answer.json() : null;
      if (!found || field.value.trim() !== said) return null;  // the server looks at it once more
      means.set(field, { said, zone: found.zone ?? "" });
      tell(found.zone ?? "", found.near);
      field.dispatchEvent(new Event("settled", { bubbles: true }));
    }
    return meaning(field);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    tell(null, []);
    const old = document.getElementById("timezone-wrong");
    if (old) old.hidden = true;
    timer = setTimeout(field.settle, 500);
  });
  field.addEventListener("change", field.settle);
}
