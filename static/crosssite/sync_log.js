/* What the Data Sync Log does beyond the other logs: search fields that are cleared by their icon and say what is wrong. */
"use strict";

(function () {
    const byId = (id) => document.getElementById(id);

    document.addEventListener("click", (event) => {
        const clear = event.target.closest(".sync-clear");
        if (!clear) {
            return;
        }
        event.preventDefault();
        const field = clear.parentElement.querySelector("input");
        field.value = "";
        field.focus();
        field.dispatchEvent(new Event("input", { bubbles: true }));
    });

    /* The fields stay while the list narrows: whether one is wrong is told by the list of errors. */

    function markField(field) {
        const error = byId(field.id + "_error");
        field.closest("td").classList.toggle("wrong", error !== null);
        if (error) {
            field.setAttribute("aria-invalid", "true");
            field.setAttribute("aria-describedby", error.id);
        } else {
            field.removeAttribute("aria-invalid");
            field.removeAttribute("aria-describedby");
        }
    }

    document.addEventListener("htmx:afterSettle", (event) => {
        const target = event.detail.target || event.target;
        if (target.id === "rows") {
            document.querySelectorAll("#search-fields input").forEach(markField);
        }
    });
}());
