// Copies what a button holds, or what the field it names shows, and says so for a moment.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.zoomlink-copy");
  if (!button) return;
  const field = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const text = field ? field.value : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https there is no clipboard: the old way works everywhere.
    const helper = field || document.body.appendChild(document.createElement("textarea"));
    if (!field) helper.value = text;
    helper.select();
    document.execCommand("copy");
    if (!field) helper.remove();
  }
  const word = button.textContent;
  button.textContent = button.dataset.done;
  button.disabled = true;
  setTimeout(() => {
    button.textContent = word;
    button.disabled = false;
  }, 1200);
});
