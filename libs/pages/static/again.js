// A part of a page that is looked at for long comes again by itself, as long as somebody can see it.
// What could not come again says so: nobody should trust what is no longer true.

for (const part of document.querySelectorAll("[data-again]")) {
  const stale = document.querySelector("[data-again-stale]");
  setInterval(async () => {
    if (document.hidden) {
      return;
    }
    const made = await fetched();
    if (made) {
      renew(part, [...made.children]);
    }
    if (stale) {
      stale.hidden = Boolean(made);
    }
  }, Number(part.dataset.again));
}

// What is the same stays, so that no screen reader hears it again.
function renew(part, made) {
  const shown = [...part.children];
  if (shown.length !== made.length) {
    part.replaceChildren(...made);
    return;
  }
  for (const [place, piece] of made.entries()) {
    if (piece.outerHTML !== shown[place].outerHTML) {
      shown[place].replaceWith(piece);
    }
  }
}

async function fetched() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html", "Plein-By-Itself": "yes" } });
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-again]");
  } catch {
    return null;
  }
}
