// A part of a page that is looked at for long comes again by itself, as long as somebody can see it.

for (const part of document.querySelectorAll("[data-again]")) {
  setInterval(async () => {
    if (document.hidden) {
      return;
    }
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-again]");
      if (made) {
        part.replaceChildren(...made.childNodes);
      }
    } catch {
      // The next time will do.
    }
  }, Number(part.dataset.again));
}
