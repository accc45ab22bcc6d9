// Beside the form: how long the contact lasts, a question more without losing the place, and Ctrl+Enter to log it.

for (const timer of document.querySelectorAll("[data-timer]")) {
  const began = new Date(timer.dataset.timer);
  const tick = () => {
    const seconds = Math.max(0, Math.floor((Date.now() - began) / 1000));
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  tick();
  setInterval(tick, 1000);
}

const form = document.querySelector("form[data-log]");
if (form) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button.utrecht-button--primary-action"));
    }
  });
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault(); // pressed twice
    }
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => form.removeAttribute("aria-busy"));

  const more = form.querySelector("[data-more-questions]");
  more?.addEventListener("click", (event) => {
    event.preventDefault();
    addQuestion().querySelector("select").focus();
  });
  form.addEventListener("refill", (event) => {
    for (const _ of (event.detail.get("matter") ?? []).slice(form.querySelectorAll("[data-question]").length)) {
      addQuestion();
    }
  });

  function addQuestion() {
    const questions = form.querySelectorAll("[data-question]");
    const last = questions[questions.length - 1];
    const next = last.cloneNode(true);
    const number = questions.length + 1;
    next.querySelector("legend").textContent = last.querySelector("legend").textContent.replace(/\d+/, String(number));
    for (const fault of next.querySelectorAll(".plein-field__fault")) {
      fault.remove();
    }
    for (const field of next.querySelectorAll("select, textarea")) {
      field.value = "";
      field.removeAttribute("data-key");
      field.removeAttribute("autofocus");
      field.id = field.id.replace(/\d+$/, String(number));
    }
    for (const label of next.querySelectorAll("label[for]")) {
      label.htmlFor = label.htmlFor.replace(/\d+$/, String(number));
    }
    last.after(next);
    return next;
  }

  document.getElementById("faults")?.focus();
}
