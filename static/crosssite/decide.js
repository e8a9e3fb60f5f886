/* A decision is sent once: what it does may take some seconds. */
"use strict";

document.addEventListener("submit", (event) => {
    const form = event.target.closest(".decide-form");
    if (!form) {
        return;
    }
    const button = form.querySelector("button");
    if (button.disabled) {
        event.preventDefault();
        return;
    }
    button.disabled = true;
    form.querySelector("[role=status]").textContent = form.dataset.working;
});

/* Back from the next page by the browser's own way: the form can be sent again. */
window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll(".decide-form")) {
        form.querySelector("button").disabled = false;
        form.querySelector("[role=status]").textContent = "";
    }
});
