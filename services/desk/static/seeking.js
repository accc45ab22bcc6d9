// A BSN is checked while it is typed, by its eleven-test, so that nobody looks for a typing error.

const typed = document.getElementById("typed");
const told = document.getElementById("typed-told");

if (typed && told) {
  const usual = told.textContent;
  typed.addEventListener("input", () => {
    const digits = typed.value.replace(/[\s.]/g, "");
    if (!/^[1-9]\d{8}$/.test(digits)) {
      told.textContent = usual;
      typed.removeAttribute("aria-invalid");
      return;
    }
    const sum = [...digits].reduce((total, digit, place) => total + Number(digit) * (place === 8 ? -1 : 9 - place), 0);
    const right = sum % 11 === 0;
    told.textContent = right ? told.dataset.bsnRight : told.dataset.bsnWrong;
    typed.setAttribute("aria-invalid", String(!right));
  });
}
