// One key does what a link or button on the page does: elements say theirs with data-key. Never while somebody types, never
// with Ctrl, Alt or Meta, and not at all where they were switched off (WCAG 2.1.4). Escape leaves a field.

const OFF = "shortcuts-off";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || localStorage.getItem(OFF)) {
    return;
  }
  if (event.target.closest("input, textarea, select, [contenteditable]")) {
    if (event.key === "Escape") {
      event.target.blur();
    }
    return;
  }
  const meant = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (meant) {
    event.preventDefault();
    if (meant.matches("a, button, summary")) {
      meant.click();
    }
    meant.focus();
  }
});

const choice = document.querySelector("[data-shortcuts]");
if (choice) {
  choice.checked = !localStorage.getItem(OFF);
  choice.addEventListener("change", () =>
    choice.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"),
  );
}
