// New entries slide in where they belong: by when they happened, newest first.
// The server sends each as a piece of page, so that it looks as it would after a reload.

const list = document.querySelector("[data-live]");

if (list) {
  const told = document.querySelector("[data-live-told]");
  const state = document.querySelector("[data-live-state]");
  const source = new EventSource(list.dataset.live);

  source.addEventListener("entry", (event) => {
    const made = document.createElement("template");
    made.innerHTML = event.data;
    const entry = made.content.querySelector("li");
    if (entry) {
      place(entry);
    }
  });
  source.addEventListener("open", () => state && (state.hidden = true));
  source.addEventListener("error", () => state && (state.hidden = source.readyState === EventSource.OPEN));
  addEventListener("pagehide", () => source.close());

  function place(entry) {
    const known = document.getElementById(entry.id);
    if (known) {
      known.replaceWith(entry);
      return;
    }
    const after = [...list.children].find((other) => (other.dataset.at ?? "") < entry.dataset.at);
    if (!after && list.dataset.more === "yes") {
      return; // it is older than what is shown: "show older" brings it
    }
    entry.classList.add("plein-entry--new");
    list.insertBefore(entry, after ?? null);
    document.querySelector("[data-empty]")?.remove();
    if (told) {
      told.textContent = entry.dataset.told;
    }
  }
}
