// New entries slide in where they belong: by when they happened, newest first.
// The server sends each as a piece of page, so that it looks as it would after a reload.

const list = document.querySelector("[data-live]");
const AGAIN_MS = 5000;

if (list) {
  const told = document.querySelector("[data-live-told]");
  const state = document.querySelector("[data-live-state]");
  let source = null;

  follow();
  addEventListener("pagehide", () => source.close());

  function follow() {
    source = new EventSource(list.dataset.live);
    source.addEventListener("entry", (event) => {
      const made = document.createElement("template");
      made.innerHTML = event.data;
      const [entry, said] = made.content.children;
      if (entry) {
        place(entry);
      }
      if (said) {
        placeBeside(said);
      }
    });
    source.addEventListener("open", () => say(""));
    source.addEventListener("error", () => {
      say(state?.dataset.away);
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(catchUp, AGAIN_MS); // the browser only tries again by itself where there was no answer at all
      }
    });
  }

  // What came in meanwhile is fetched with the page; who is not signed in any more is told so.
  async function catchUp() {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "application/json", "Plein-By-Itself": "yes" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        list.replaceChildren(...(page.querySelector("[data-live]")?.childNodes ?? []));
        follow();
        return;
      }
      if (answer.status < 500 && answer.status !== 429) {
        say(state?.dataset.ended);
        return;
      }
    } catch {
      // The next time will do.
    }
    setTimeout(catchUp, AGAIN_MS);
  }

  function say(what) {
    if (state) {
      state.textContent = what ?? "";
      state.hidden = !what;
    }
  }

  function place(entry) {
    const known = document.getElementById(entry.id);
    if (known) {
      renew(known, entry);
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

  // What an entry says about another stands beside that one too.
  function placeBeside(said) {
    const known = document.getElementById(said.id);
    if (known) {
      known.replaceWith(said);
    } else {
      document.getElementById(`e-${said.dataset.about}`)?.querySelector("[data-said]").append(said);
    }
  }

  // What somebody opened to read stays open, the keyboard stays where it was, and what was said about it stays beside it.
  function renew(known, entry) {
    const said = [...known.querySelector("[data-said]").childNodes].map((each) => each.cloneNode(true));
    entry.querySelector("[data-said]").replaceChildren(...said);
    for (const before of known.querySelectorAll("details[open]")) {
      const heading = before.querySelector("summary");
      const same = [...entry.querySelectorAll("summary")].find((other) => other.textContent === heading.textContent);
      if (same) {
        same.parentElement.open = true;
      }
    }
    if (entry.isEqualNode(known)) {
      return;
    }
    const focused = document.activeElement;
    const text = known.contains(focused) ? focused.textContent : null;
    known.replaceWith(entry);
    if (text !== null) {
      [...entry.querySelectorAll("summary, a, button")].find((other) => other.textContent === text)?.focus();
    }
  }
}
