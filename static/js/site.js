// Comfort only: every page works without this file, and the server judges every request.
"use strict";

// A form is sent once: its buttons rest until the answer comes, or the page is shown again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // After this turn, or the pressed button's own name and value would not be sent.
  setTimeout(() => buttonsOf(form).forEach((button) => { button.disabled = true; }));
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    buttonsOf(form).forEach((button) => { button.disabled = false; });
  });
});

function buttonsOf(form) {
  return [...form.elements].filter((each) => each.type === "submit");
}

// The summary of errors is what a person has to read first.
document.getElementById("form-errors")?.focus();

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
