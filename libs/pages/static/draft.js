// What was typed is never lost: it is kept on the server a second after typing stops, and in this browser while the
// server or the session is away. What the server says it may not keep is kept nowhere. What was sent, or what somebody signs out of, is forgotten here.

const form = document.querySelector("form[data-draft]");
const PAUSE_MS = 800;
const AGAIN_MS = 5000;

if (form) {
  const key = `draft ${form.dataset.owner} ${form.dataset.draft}`;
  const state = document.querySelector("[data-draft-state]");
  let waiting = null;

  const kept = localStorage.getItem(key);
  if (kept) {
    fill(JSON.parse(kept));
    say("restored");
    later(0);
  }

  form.addEventListener("input", () => {
    localStorage.setItem(key, JSON.stringify(fields()));
    later(PAUSE_MS);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));

  function later(pause) {
    clearTimeout(waiting);
    waiting = setTimeout(save, pause);
  }

  async function save() {
    const sent = JSON.stringify(fields());
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST",
        body: new URLSearchParams(fields()),
        headers: { Accept: "application/json" },
      });
      if (answer.ok) {
        if (localStorage.getItem(key) === sent) {
          localStorage.removeItem(key);
        }
        say((await answer.json()).kept ? "saved" : "unkept");
      } else if (answer.status === 404) {
        localStorage.removeItem(key);
        say("gone");
      } else {
        say(answer.status === 401 || answer.status === 403 ? "signed-out" : "away");
        later(AGAIN_MS);
      }
    } catch {
      say("away");
      later(AGAIN_MS);
    }
  }

  function fields() {
    return [...new FormData(form)].filter(([, value]) => typeof value === "string");
  }

  function fill(pairs) {
    const values = new Map();
    for (const [name, value] of pairs) {
      if (name !== "csrf") {
        values.set(name, [...(values.get(name) ?? []), value]);
      }
    }
    form.dispatchEvent(new CustomEvent("refill", { detail: values })); // whoever adds fields adds those that are missing
    for (const field of form.elements) {
      if (!field.name || field.name === "csrf" || !values.has(field.name)) {
        continue;
      }
      if (field.type === "checkbox" || field.type === "radio") {
        field.checked = values.get(field.name).includes(field.value);
      } else {
        field.value = values.get(field.name).shift() ?? field.value;
      }
    }
  }

  function say(what) {
    if (state) {
      state.textContent = state.dataset[what.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] ?? "";
    }
  }
}

for (const leaving of document.querySelectorAll("form[data-forget]")) {
  leaving.addEventListener("submit", () => localStorage.clear());
}
